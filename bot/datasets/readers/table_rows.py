"""Writes the rows of a table into a spool: what stands above and below it left out, what sticks out told."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from bot.datasets.footer import TAIL_ROWS, footer_rows
from bot.datasets.layout import Layout
from bot.datasets.limits import ReadLimits
from bot.datasets.spool import SpoolWriter
from bot.datasets.told import Told, counted, shown
from bot.texts import t

Record = tuple[int, Sequence[str]]


def write_rows(
    records: Iterable[Record], layout: Layout, writer: SpoolWriter, told: Told, limits: ReadLimits
) -> None:
    """Append the data rows among `records`, which start with the preamble and header rows of `layout`."""
    rows = iter(records)
    preamble = list(islice(rows, layout.preamble))
    tell_of_what_stands_above(preamble, layout, told)
    deque(islice(rows, layout.header_rows), maxlen=0)
    width, short, long, repeated = layout.width, 0, 0, 0
    names = list(layout.header_cells[-1]) if layout.header_rows else None
    tail: deque[Record] = deque()
    for line, cells in rows:
        if cells == names:
            writer.reject(line, t("the header again"), shown(cells))
            repeated += 1
            continue
        if len(cells) < width:
            short += 1
        elif len(cells) > width:
            cells = _without_empty_end(cells, width)
            long += len(cells) > width
            if len(cells) > limits.columns:
                writer.reject(
                    line, t("the row has more than {columns:,} cells", columns=limits.columns), shown(cells)
                )
                continue
        tail.append((line, cells))
        if len(tail) > TAIL_ROWS:
            kept_line, kept = tail.popleft()
            writer.append(kept, kept_line)
    write_tail(list(tail), layout, writer, told)
    if repeated:
        told.notes.append(
            t(
                "The header stands {times} more in the file; left out there.",
                times=counted(repeated, "time"),
            )
        )
    if short:
        told.warnings.append(
            t(
                "{rows} with fewer cells than the others: the missing ones are empty.",
                rows=counted(short, "row"),
            )
        )
    if long:
        told.warnings.append(
            t("{rows} with more cells than the others: kept in further columns.", rows=counted(long, "row"))
        )


def tell_of_what_stands_above(preamble: Sequence[Record], layout: Layout, told: Told) -> None:
    """Note the rows above the table, and a missing header."""
    if preamble:
        text = " / ".join(shown(cells) for _, cells in preamble[:3])
        told.notes.append(
            t("{rows} above the table left out: {text}", rows=counted(len(preamble), "row"), text=text)
        )
    if not layout.header_rows and layout.width:
        told.notes.append(t("There is no header; the columns were named column_1, column_2, …"))


def _without_empty_end(cells: Sequence[str], width: int) -> Sequence[str]:
    size = len(cells)
    while size > width and not cells[size - 1].strip():
        size -= 1
    return cells[:size]


def write_tail(tail: Sequence[Record], layout: Layout, writer: SpoolWriter, told: Told) -> None:
    """Append a table's last rows but for the notes below it, which are told and kept among the rejects."""
    count = footer_rows([cells for _, cells in tail], width=layout.width, usual_filled=layout.usual_filled)
    for line, cells in tail[: len(tail) - count]:
        writer.append(cells, line)
    notes = tail[len(tail) - count :]
    for line, cells in notes:
        writer.reject(line, t("a note below the table"), shown(cells))
    if notes:
        text = " / ".join(shown(cells) for _, cells in notes[:3])
        told.notes.append(t("{rows} below the table left out: {text}", rows=counted(count, "row"), text=text))
