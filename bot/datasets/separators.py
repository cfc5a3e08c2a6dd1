"""The separator after a prompt and the stop sequence after an answer, for the completion format: ones that occur nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

SEPARATORS = ("\n\n###\n\n", "\n\n===\n\n", "\n\n---\n\n", "\n\n===>\n\n", "\n\n--->\n\n")
STOPS = ("\n", " END", "***", "+++", "&&&", "$$$", "@@@", "%%%")


def choose_separator(batches: Iterable[pa.Array]) -> str:
    """The first separator that none of the texts contains; one of growing length when all common ones do."""
    return _first_free(list(SEPARATORS), batches, "\n\n{}\n\n", "#")


def choose_stop(batches: Iterable[pa.Array]) -> str:
    """The first stop sequence that none of the answers contains."""
    return _first_free(list(STOPS), batches, " {}", "[END]")


def _first_free(candidates: list[str], batches: Iterable[pa.Array], form: str, filler: str) -> str:
    longest = 0
    for texts in batches:
        candidates = [one for one in candidates if not pc.any(pc.match_substring(texts, one)).as_py()]
        longest = max(longest, _longest_run(texts, filler))
    return candidates[0] if candidates else form.format(filler * (longest + 4))


def _longest_run(texts: pa.Array, filler: str) -> int:
    """An upper bound of how often `filler` stands in one of the texts."""
    counts: Sequence[int | None] = [pc.max(pc.count_substring(texts, filler)).as_py()]
    return max((count or 0 for count in counts), default=0)
