"""What all texts of a column begin or end with: the mark of an earlier preparation, or an accident."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

MOST = 200
"""Characters that are compared at either end."""


class CommonAffixes:
    """Learns the longest prefix and suffix that all texts seen so far have; empty texts have no say."""

    def __init__(self) -> None:
        self._prefix: str | None = None
        self._suffix: str | None = None

    def add(self, texts: pa.Array, values: Sequence[str]) -> None:
        """Look at a batch; `values` are the distinct texts of the array, or all of them."""
        if self._prefix is None or self._suffix is None:
            first = next((value for value in values if value), None)
            if first is None:
                return
            self._prefix, self._suffix = first[:MOST], first[-MOST:]
        while (
            self._prefix and (odd := _first_without(pc.starts_with(texts, self._prefix), texts)) is not None
        ):
            self._prefix = _shared(self._prefix, odd)
        while self._suffix and (odd := _first_without(pc.ends_with(texts, self._suffix), texts)) is not None:
            self._suffix = _shared(self._suffix[::-1], odd[::-1])[::-1]

    def found(self) -> tuple[str, str]:
        """The prefix and the suffix; empty ones where there are none."""
        return self._prefix or "", self._suffix or ""


def _first_without(has: pa.Array, texts: pa.Array) -> str | None:
    """The first text that is not empty and lacks the affix."""
    lacking = pc.and_(pc.invert(has), pc.not_equal(texts, ""))
    place = pc.index(lacking, True).as_py()
    return None if place < 0 else str(texts[place].as_py())


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[:place]
    return one[: len(other)]
