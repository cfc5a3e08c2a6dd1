"""What the columns of a spool look like: measured on rows from all over the file, so that a sorted one does not mislead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from bot.datasets.chat_schema import ROLE_NAMES
from bot.datasets.spool import FILE, Spool

FIRST_ROWS = 1_000
MOST_ROWS = 6_000
MOST_BATCHES = 30
CATEGORY_SHARE = 0.5
CATEGORY_CHARS = 60

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|\d*\.\d+)([eE][+-]?\d+)?%?")
_TECHNICAL = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}.*)?|https?://\S+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,64}"
)
_CHAT = re.compile(
    r'\[\s*\{.*"(?:role|from)"\s*:.*"(?:content|value|tool_calls)"\s*:|\[\s*\{.*"(?:content|value)"\s*:.*"(?:role|from)"\s*:',
    re.DOTALL,
)
_LIST = re.compile(r"\[.*\]", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class ColumnShape:
    """A column in the sample: shares are of its cells that are not empty."""

    name: str
    rows: int
    filled: int
    distinct: int
    mean_chars: float
    numeric_share: float
    technical_share: float
    list_share: float
    chat_share: float
    role_share: float
    counting: bool
    """Whether it numbers the rows (0, 1, 2, ...)."""

    @property
    def distinct_share(self) -> float:
        """Distinct values a filled row."""
        return self.distinct / self.filled if self.filled else 0.0

    @property
    def is_numeric(self) -> bool:
        """Whether all but a few cells are numbers."""
        return self.numeric_share > 0.95

    @property
    def is_technical(self) -> bool:
        """Whether most cells are dates, addresses or hashes."""
        return self.technical_share > 0.8

    @property
    def is_identifier(self) -> bool:
        """Whether it names the rows rather than tells something of them."""
        unique_numbers = self.is_numeric and self.distinct_share > 0.95 and self.filled > 20
        return self.counting or unique_numbers or (self.is_technical and self.distinct_share > 0.9)

    @property
    def is_categorical(self) -> bool:
        """Whether it holds few distinct, short values."""
        few = self.distinct_share <= CATEGORY_SHARE or self.distinct <= 2
        return few and self.mean_chars <= CATEGORY_CHARS and not self.is_technical


@dataclass(frozen=True, kw_only=True)
class TableSample:
    """The shapes of all columns, and how many classes the files' names tell (1: they tell none)."""

    columns: tuple[ColumnShape, ...]
    classes: int


def take_sample(spool: Spool, *, is_split: bool = False) -> TableSample:
    """The shapes of the spool's columns, from its first rows and some of the batches after.

    `is_split` when the files are parts of a split, so that their names are no classes.
    """
    cells: list[list[str]] = [[] for _ in spool.columns]
    files: set[str] = set()
    with pa.OSFile(str(spool.path)) as source:
        reader = pa.ipc.open_file(source)
        batches = reader.num_record_batches
        step = max(1, -(-batches // MOST_BATCHES))
        each = max(20, MOST_ROWS // max(1, -(-batches // step)))
        for number in range(0, batches, step):
            batch = reader.get_batch(number)
            picked = _spread(batch, each)
            if number == 0:
                picked = pa.concat_batches(
                    [batch.slice(0, FIRST_ROWS), _spread(batch.slice(FIRST_ROWS), each)]
                )
            for column, name in zip(cells, spool.columns, strict=True):
                column += picked.column(name).to_pylist()
            if spool.has_file:
                files.update(batch.column(FILE).dictionary.to_pylist())
    shapes = tuple(shape_of(name, column) for name, column in zip(spool.columns, cells, strict=True))
    return TableSample(columns=shapes, classes=1 if is_split else len(files) or 1)


def _spread(batch: pa.RecordBatch, rows: int) -> pa.RecordBatch:
    step = max(1, batch.num_rows // rows)
    return batch.take(pa.array(range(0, batch.num_rows, step), pa.int32()))


def shape_of(name: str, cells: Sequence[str]) -> ColumnShape:
    """The shape of a column with these cells."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    count = max(1, len(filled))
    numbers = sum(1 for cell in filled if _NUMBER.fullmatch(cell))
    return ColumnShape(
        name=name,
        rows=len(cells),
        filled=len(filled),
        distinct=len(set(filled)),
        mean_chars=sum(map(len, filled)) / count,
        numeric_share=numbers / count,
        technical_share=sum(1 for cell in filled if _TECHNICAL.fullmatch(cell)) / count,
        list_share=sum(1 for cell in filled if _LIST.fullmatch(cell)) / count,
        chat_share=sum(1 for cell in filled if _CHAT.match(cell)) / max(1, len(cells)),
        role_share=sum(1 for cell in filled if cell.lower() in ROLE_NAMES) / count,
        counting=numbers == len(filled) and _counts_up(filled),
    )


def _counts_up(cells: Sequence[str]) -> bool:
    head = cells[:50]
    if len(head) < 3 or not all(cell.isdecimal() for cell in head):
        return False
    numbers = [int(cell) for cell in head]
    return all(later == earlier + 1 for earlier, later in pairwise(numbers))
