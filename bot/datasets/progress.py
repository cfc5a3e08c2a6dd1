"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is being done ("checking", "writing"), the rows done, and all rows."""


def silent(_doing: str, _done: int, _of: int) -> None:
    """Tell nobody."""
