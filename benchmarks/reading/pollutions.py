"""Ways in which published tables stray from RFC 4180; each writes a clean table as bytes and says what is true of it."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.reading.tables import Row, Table


@dataclass(frozen=True, kw_only=True)
class Polluted:
    """A file's bytes and the records that a person would say it holds."""

    data: bytes
    records: list[Row]


Pollute = Callable[[Table, random.Random], Polluted]
POLLUTIONS: dict[str, Pollute] = {}


def _named(name: str) -> Callable[[Pollute], Pollute]:
    def keep(pollute: Pollute) -> Pollute:
        POLLUTIONS[name] = pollute
        return pollute

    return keep


def written(
    rows: list[Row],
    *,
    delimiter: str = ",",
    quote: str = '"',
    end: str = "\r\n",
    escape: str = "",
    every: bool = False,
) -> str:
    """The rows as delimited text; `escape` goes before a quote in a cell instead of doubling it, `every` quotes all."""

    def cell(text: str) -> str:
        special = any(mark and mark in text for mark in (delimiter, quote, "\n", "\r", escape))
        if not (every or special or text[:1] == " " or text[-1:] == " "):
            return text
        if escape:
            return quote + text.replace(escape, escape * 2).replace(quote, escape + quote) + quote
        return quote + text.replace(quote, quote * 2) + quote

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


def _plain(table: Table, text: str, records: list[Row] | None = None, codec: str = "utf-8") -> Polluted:
    return Polluted(data=text.encode(codec), records=table.rows if records is None else records)


def _all(table: Table) -> list[Row]:
    return [table.header, *table.rows]


def _writing(name: str, **options: object) -> None:
    @_named(name)
    def pollute(table: Table, rng: random.Random) -> Polluted:
        return _plain(table, written(_all(table), **options))  # type: ignore[arg-type]


for _delimiter, _name in {
    ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", ", ": "comma_space", "; ": "semicolon_space",
    "||": "two_bars", "::": "two_colons", "~": "tilde", "^": "caret", "\x1f": "unit_separator", "\x01": "control_a", ":": "colon", "¦": "broken_bar", " | ": "bar_spaces",
}.items():  # fmt: skip
    # Without quotes around nobody can tell whether a space belongs to the cell.
    _writing(f"delimiter_{_name}", delimiter=_delimiter, every=_delimiter in (", ", "; "))
for _end, _name in {"\n": "lf", "\r": "cr"}.items():
    _writing(f"record_delimiter_{_name}", end=_end)
_writing("quote_single", quote="'")
_writing("quote_all", every=True)
_writing("quote_all_semicolon", every=True, delimiter=";")
_writing("escape_backslash", escape="\\")
_writing("escape_backslash_all", escape="\\", every=True)
_writing("escape_backslash_single", escape="\\", quote="'", every=True)

for _codec in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "utf-32"):

    def _encoded(table: Table, rng: random.Random, codec: str = _codec) -> Polluted:
        return _plain(table, written(_all(table)), codec=codec)

    POLLUTIONS[f"encoding_{_codec}"] = _encoded


@_named("no_trailing_newline")
def _no_end(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written(_all(table)).rstrip("\r\n"))


@_named("double_trailing_newline")
def _double_end(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written(_all(table)) + "\r\n\r\n")


@_named("no_header")
def _no_header(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written(table.rows))


@_named("header_only")
def _header_only(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written([table.header]), [])


@_named("one_row")
def _one_row(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written(_all(table)[:2]), table.rows[:1])


@_named("header_two_rows")
def _two_header_rows(table: Table, rng: random.Random) -> Polluted:
    upper = [
        ("Group " + chr(65 + number // 2)) if number % 2 == 0 else "" for number in range(len(table.header))
    ]
    return _plain(table, written([upper, *_all(table)]))


@_named("header_duplicate_names")
def _duplicate_names(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written([[table.header[0]] * len(table.header), *table.rows]))


@_named("header_empty_cell")
def _empty_name(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written([["", *table.header[1:]], *table.rows]))


@_named("header_shorter_by_index")
def _index_column(table: Table, rng: random.Random) -> Polluted:
    rows = [[str(number), *row] for number, row in enumerate(table.rows, 1)]
    return _plain(table, written([table.header, *rows]), rows)


@_named("index_column_unnamed")
def _index_unnamed(table: Table, rng: random.Random) -> Polluted:
    rows = [[str(number), *row] for number, row in enumerate(table.rows)]
    return _plain(table, written([["", *table.header], *rows]), rows)


_TITLES = [
    "Annual report on public spending, 2014",
    "Source: Department of Statistics",
    "Released under the Open Licence",
]


@_named("preamble_bare")
def _preamble(table: Table, rng: random.Random) -> Polluted:
    lines = "".join(f"{written([[title]])}" for title in _TITLES[: rng.randint(1, 3)])
    return _plain(table, lines + written(_all(table)))


@_named("preamble_blank_line")
def _preamble_blank(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written([[_TITLES[0]]]) + "\r\n" + written(_all(table)))


@_named("preamble_padded")
def _preamble_padded(table: Table, rng: random.Random) -> Polluted:
    width = len(table.header)
    rows = [[title, *[""] * (width - 1)] for title in _TITLES[:2]] + [[""] * width]
    return _plain(table, written([*rows, *_all(table)]))


@_named("preamble_key_values")
def _preamble_pairs(table: Table, rng: random.Random) -> Polluted:
    return _plain(
        table, written([["Created", "2014-07-24"], ["Author", "J. Doe"]]) + "\r\n" + written(_all(table))
    )


@_named("footer_bare")
def _footer(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written(_all(table)) + "\r\n" + written([["Source: Office for Statistics"]]))


@_named("footer_padded")
def _footer_padded(table: Table, rng: random.Random) -> Polluted:
    width = len(table.header)
    notes = [[""] * width, ["Note: figures are provisional", *[""] * (width - 1)]]
    return _plain(table, written([*_all(table), *notes]))


@_named("comment_lines")
def _comments(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, "# exported by hand\r\n# units: pieces\r\n" + written(_all(table)))


@_named("sep_line")
def _sep_line(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, "sep=;\r\n" + written(_all(table), delimiter=";"))


@_named("blank_lines_between")
def _blank_lines(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written(_all(table), end="\r\n\r\n"))


@_named("trailing_delimiters")
def _trailing(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written([[*row, ""] for row in _all(table)]))


@_named("trailing_delimiter_data_only")
def _trailing_data(table: Table, rng: random.Random) -> Polluted:
    return _plain(table, written([table.header, *([*row, ""] for row in table.rows)]))


@_named("empty_column")
def _empty_column(table: Table, rng: random.Random) -> Polluted:
    rows = [[row[0], "", *row[1:]] for row in table.rows]
    return _plain(table, written([[table.header[0], "", *table.header[1:]], *rows]), rows)


@_named("empty_rows_padded")
def _empty_rows(table: Table, rng: random.Random) -> Polluted:
    width = len(table.header)
    return _plain(table, written([*_all(table), [""] * width, [""] * width]))


@_named("tables_two_same_width")
def _two_tables(table: Table, rng: random.Random) -> Polluted:
    half = len(table.rows) // 2
    text = written(_all(table)[: half + 1]) + "\r\n" + written([table.header, *table.rows[half:]])
    return _plain(table, text)


def _changed_rows(table: Table, rng: random.Random, count: int) -> set[int]:
    return set(rng.sample(range(len(table.rows)), min(count, len(table.rows))))


def _by_row(name: str, count: int, change: Callable[[Row, random.Random], tuple[str, Row]]) -> None:
    """A pollution of some rows: `change` gives the text of one and what is true of it."""

    @_named(name)
    def pollute(table: Table, rng: random.Random) -> Polluted:
        chosen = _changed_rows(table, rng, count)
        text, records = written([table.header]), []
        for number, row in enumerate(table.rows):
            if number in chosen:
                line, record = change(row, rng)
                text += line
                records.append(record)
            else:
                text += written([row])
                records.append(row)
        return _plain(table, text, records)


def _more_delimiters(row: Row, rng: random.Random) -> tuple[str, Row]:
    at = rng.randrange(len(row))
    longer = [*row[:at], "", *row[at:]]
    return written([longer]), longer


def _fewer_delimiters(row: Row, rng: random.Random) -> tuple[str, Row]:
    at = rng.randrange(len(row) - 1)
    cells = [written([[cell]], end="") for cell in row]
    text = ",".join([*cells[:at], cells[at] + cells[at + 1], *cells[at + 2 :]]) + "\r\n"
    return text, [*row[:at], row[at] + row[at + 1], *row[at + 2 :]]


def _extra_quote(row: Row, rng: random.Random) -> tuple[str, Row]:
    at = rng.randrange(len(row))
    cells = [written([[cell]], end="") for cell in row]
    where = rng.choice(["start", "middle", "end"])
    plain = cells[at] == row[at]
    if not plain or where == "middle":
        middle = max(1, len(row[at]) // 2)
        changed = row[at][:middle] + '"' + row[at][middle:]
        raw = changed if plain else '"' + changed.replace('""', '"') + '"'
        if plain and not row[at]:
            raw = changed = ""
        cells[at] = raw
    else:
        changed = cells[at] = '"' + row[at] if where == "start" else row[at] + '"'
    return ",".join(cells) + "\r\n", [*row[:at], changed, *row[at + 1 :]]


def _in_other_dialect(**options: str) -> Callable[[Row, random.Random], tuple[str, Row]]:
    def change(row: Row, rng: random.Random) -> tuple[str, Row]:
        return written([row], **options), row  # type: ignore[arg-type]

    return change


for _count, _suffix in ((1, ""), (8, "_many")):
    _by_row("row_more_delimiters" + _suffix, _count, _more_delimiters)
    _by_row("row_fewer_delimiters" + _suffix, _count, _fewer_delimiters)
    _by_row("row_extra_quote" + _suffix, _count, _extra_quote)
    _by_row("row_delimiter_semicolon" + _suffix, _count, _in_other_dialect(delimiter=";"))
    _by_row("row_delimiter_tab" + _suffix, _count, _in_other_dialect(delimiter="\t"))
    _by_row("row_delimiter_comma_space" + _suffix, _count, _in_other_dialect(delimiter=", "))
    _by_row("row_quote_single" + _suffix, _count, _in_other_dialect(quote="'"))
    _by_row("row_escape_backslash" + _suffix, _count, _in_other_dialect(escape="\\"))
    _by_row("row_end_lf" + _suffix, _count, _in_other_dialect(end="\n"))
    _by_row("row_end_cr" + _suffix, _count, _in_other_dialect(end="\r"))


@_named("quotes_not_escaped")
def _not_escaped(table: Table, rng: random.Random) -> Polluted:
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in _all(table))
    return _plain(table, text)


@_named("no_quoting_tsv")
def _no_quoting(table: Table, rng: random.Random) -> Polluted:
    rows = [[cell.replace("\n", " ") for cell in row] for row in table.rows]
    text = "".join("\t".join(row) + "\n" for row in [table.header, *rows])
    return _plain(table, text, rows)


@_named("ragged_short_rows")
def _short_rows(table: Table, rng: random.Random) -> Polluted:
    rows = []
    for row in table.rows:
        kept = list(row)
        while len(kept) > 1 and not kept[-1]:
            kept.pop()
        rows.append(kept)
    return _plain(table, written([table.header, *rows]), rows)


@_named("odd_characters")
def _odd_characters(table: Table, rng: random.Random) -> Polluted:
    odd = ["\x00", "\x85", "\u2028", "\x0b", "\x0c", "\x1c", "\ufeff", "\x1a"]
    rows = [[*row[:-1], row[-1][:4] + rng.choice(odd) + row[-1][4:]] for row in table.rows]
    return _plain(table, written([table.header, *rows]), rows)


@_named("padded_cells")
def _padded_cells(table: Table, rng: random.Random) -> Polluted:
    widths = [max(len(row[number]) for row in _all(table)) for number in range(len(table.header))]
    if any("\n" in cell for row in table.rows for cell in row):
        return _plain(table, written(_all(table)))
    rows = [
        [f" {cell.ljust(width)} " for cell, width in zip(row, widths, strict=True)] for row in _all(table)
    ]
    text = "".join(";".join(row) + "\n" for row in rows)
    return _plain(table, text, rows[1:])


@_named("library_writer_all_text_cells")
def _nonnumeric(table: Table, rng: random.Random) -> Polluted:
    sink = io.StringIO(newline="")
    csv.writer(sink, quoting=csv.QUOTE_NONNUMERIC, delimiter=";").writerows(_all(table))
    return _plain(table, sink.getvalue())
