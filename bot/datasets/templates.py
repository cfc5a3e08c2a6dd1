r"""Text templates such as "{title}\n\n{body}": which columns they use, and the text they give for each row."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from bot.errors import DatasetError
from bot.texts import t

_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Template:
    """Pieces of literal text around columns: `literals` has one more entry than `columns`."""

    source: str
    literals: tuple[str, ...]
    columns: tuple[str, ...]

    def render(self, batch: pa.RecordBatch) -> pa.Array:
        """The text of each row of the batch, untrimmed."""
        if len(self.columns) == 1 and self.literals == ("", ""):
            return batch.column(self.columns[0])
        pieces: list[pa.Array | str] = [self.literals[0]]
        for column, literal in zip(self.columns, self.literals[1:], strict=True):
            pieces += [batch.column(column), literal]
        return pc.binary_join_element_wise(*pieces, "")


def parse_template(text: str, columns: Sequence[str]) -> Template:
    r"""The template that `text` means: the name of a column, or literal text with names in braces (\n is a new line).

    Raises DatasetError when it names a column that is not there, or none at all.
    """
    if text in columns:
        return Template(source=f"{{{text}}}", literals=("", ""), columns=(text,))
    pieces = _FIELD.split(text.replace("\\n", "\n"))
    names = tuple(pieces[1::2])
    if not names:
        raise _unknown(text, columns)
    for name in names:
        if name not in columns:
            raise _unknown(name, columns)
    return Template(source=text.replace("\\n", "\n"), literals=tuple(pieces[0::2]), columns=names)


def known_column(name: str, columns: Sequence[str]) -> str:
    """`name` when it is one of the columns; raises DatasetError, with the nearest ones, when not."""
    if name not in columns:
        raise _unknown(name, columns)
    return name


def _unknown(name: str, columns: Sequence[str]) -> DatasetError:
    near = difflib.get_close_matches(name, columns, n=1, cutoff=0.5)
    hint = t("Did you mean “{near}”? ", near=near[0]) if near else ""
    listed = ", ".join(columns[:20])
    return DatasetError(
        t("There is no column “{name}”.", name=name),
        next_step=t("{hint}The columns are: {listed}.", hint=hint, listed=listed),
    )
