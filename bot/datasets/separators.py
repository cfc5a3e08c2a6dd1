"""The completion format's marks: a separator after the prompt and a stop sequence after the answer that occur nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.rows import RowTexts
from bot.datasets.tokens import count_tokens

SEPARATORS = ("\n\n###\n\n", "\n\n===\n\n", "\n\n---\n\n", "\n\n===>\n\n", "\n\n--->\n\n")
STOPS = ("\n", " END", "***", "+++", "&&&", "$$$", "@@@", "%%%")


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The marks chosen, and how many texts hold the first choice of a separator."""

    separator: str = ""
    stop: str = ""
    taken: int = 0


def choose_marks(parts: Iterable[RowTexts]) -> Marks:
    """The first separator that no text contains and the first stop sequence that no answer contains.

    When all the common ones are taken, a mark is made that is longer than any of its like in the data.
    """
    separators, stops = _Search(SEPARATORS, "#"), _Search(STOPS, "*")
    taken = 0
    for part in parts:
        separators.look(part.text)
        stops.look(part.answer)
        taken += pc.sum(pc.match_substring(part.text, SEPARATORS[0])).as_py() or 0
    return Marks(separator=separators.choice("\n\n{}\n\n"), stop=stops.choice(" {}"), taken=taken)


class _Search:
    def __init__(self, candidates: Iterable[str], filler: str) -> None:
        self.free = list(candidates)
        self.filler = filler
        self.most = 0

    def look(self, texts: pa.Array) -> None:
        """Strike out the candidates that one of the texts contains."""
        self.free = [one for one in self.free if not pc.any(pc.match_substring(texts, one)).as_py()]
        self.most = max(self.most, pc.max(pc.count_substring(texts, self.filler)).as_py() or 0)

    def choice(self, form: str) -> str:
        """The first candidate left, or a run of the filler that is longer than any there is."""
        return self.free[0] if self.free else form.format(self.filler * (self.most + 3))


def completion_tokens(parts: Iterable[RowTexts], rows: int, marks: Marks) -> npt.NDArray[np.int32]:
    """The tokens of prompt and completion of each row, marks included."""
    tokens = np.zeros(rows, np.int32)
    for part in parts:
        prompts = [text + marks.separator for text in part.text.to_pylist()]
        completions = [f" {answer}{marks.stop}" for answer in part.answer.to_pylist()]
        here = slice(part.start, part.start + len(prompts))
        tokens[here] = np.array(count_tokens(prompts), np.int32) + np.array(
            count_tokens(completions), np.int32
        )
    return tokens
