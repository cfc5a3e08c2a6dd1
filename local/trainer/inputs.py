"""What each part of a model reads: rows of vectors or of weighted n-grams for the job's texts, made when needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from local.trainer.arrays import Floats, Rows
from local.trainer.attention import Attended
from local.trainer.encodedtexts import EncodedTexts
from local.trainer.encoder import head_inputs
from local.trainer.ngrams import HashedTexts, SparseRows
from local.trainer.vocabulary import Vocabulary
from local.trainer.wordpieces import token_ids


class Inputs(Protocol):
    """The texts of a job as one part of the model sees them; rows count the job's texts."""

    def prepare(self, rows: Rows) -> None:
        """Have these rows ready for `take`."""

    def take(self, rows: Rows) -> Any:
        """The rows in the form that the part's head reads."""


class VectorInputs:
    """The layers of the texts' vectors from one layer on, scaled for a head."""

    def __init__(self, encoded: EncodedTexts, *, first_layer: int) -> None:
        self._encoded = encoded
        self._first_layer = first_layer

    def prepare(self, rows: Rows) -> None:
        """Encode what is missing; parts that share the texts encode once."""
        self._encoded.prepare(rows)

    def take(self, rows: Rows) -> Floats:
        """Scaled vectors, float32 [len(rows), layers * HIDDEN]."""
        return head_inputs(self._encoded.vectors(rows), first_layer=self._first_layer)


class AttendedInputs:
    """The texts' token states, and all layers of their vectors."""

    def __init__(self, encoded: EncodedTexts) -> None:
        self._encoded = encoded

    def prepare(self, rows: Rows) -> None:
        """Encode what is missing."""
        self._encoded.prepare(rows)

    def take(self, rows: Rows) -> Attended:
        """What the attention head reads of the rows."""
        return Attended(self._encoded.states(rows), head_inputs(self._encoded.vectors(rows)))


class TokenInputs:
    """WordPiece ids of the texts, for the part that tunes the encoder; made for each batch, for they cost a hundredth of
    what the batch does, and those of all texts would take 36 bytes a token."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def prepare(self, rows: Rows) -> None:
        """Nothing to do."""

    def take(self, rows: Rows) -> list[list[int]]:
        """The ids of each row."""
        return token_ids([self._texts[row] for row in rows])


class NgramInputs:
    """Weighted n-grams of every text, made at once (they are cheap), in files in `folder` where there is one."""

    def __init__(self, hashed: HashedTexts, vocabulary: Vocabulary, *, folder: Path | None = None) -> None:
        self._rows = vocabulary.weighted(hashed, folder=folder)

    def prepare(self, rows: Rows) -> None:
        """Nothing to do: all rows are there from the start."""

    def take(self, rows: Rows) -> SparseRows:
        """The rows, sparse."""
        return self._rows.take(rows)
