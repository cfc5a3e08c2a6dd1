"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is being done ("reading", "checking", "looking closer", "writing"), the rows done, and all rows (0: not known)."""


def silent(_doing: str, _done: int, _of: int) -> None:
    """Tell nobody."""
