"""Files as people publish them: preambles, footers, odd dialects, odd encodings, rows that stick out."""

import pytest

from bot.datasets.reading import read_table
from bot.datasets.spool import LINE, open_spool

_ROWS = [[f"S{n:02}", f"2013-01-{n + 1:02}", f"Supplier {n}", f"{n}.50"] for n in range(12)]
_HEADER = ["Id", "Date", "Supplier", "Amount"]


def _text(rows, delimiter=",", end="\n"):
    return "".join(delimiter.join(row) + end for row in rows)


def _read(tmp_path, text, codec="utf-8"):
    source = tmp_path / "source"
    source.write_bytes(text.encode(codec))
    reading = read_table(source, tmp_path / "spool", name="file.csv")
    lines, rows = [], []
    for batch in open_spool(tmp_path / "spool").batches():
        for row in batch.to_pylist():
            lines.append(row.pop(LINE))
            rows.append(list(row.values()))
    return reading, rows, lines


@pytest.mark.parametrize(
    "above",
    [
        "Spending of the department\n",
        "Spending, by supplier\nReleased in 2014\n\n",
        "Spending,,,\n,,,\n",
        "Created,2014-01-01\nAuthor,J. Doe\n\n",
        "# exported\n# by hand\n",
    ],
)
def test_preamble_is_left_out_and_told(tmp_path, above):
    reading, rows, lines = _read(tmp_path, above + _text([_HEADER, *_ROWS]))

    assert rows == _ROWS
    assert list(reading.columns) == _HEADER
    assert lines[0] == above.count("\n") + 2
    assert "above the table" in reading.notes[0]


@pytest.mark.parametrize(
    "below", ["Source: the department\n", "\nNote: provisional,,,\n", ",,,\nNote,,,\n* and so on,,,\n"]
)
def test_footer_is_left_out_and_kept_among_the_rejects(tmp_path, below):
    reading, rows, _ = _read(tmp_path, _text([_HEADER, *_ROWS]) + below)

    assert rows == _ROWS
    assert "below the table" in reading.notes[0]
    assert open_spool(tmp_path / "spool").rejects()


def test_missing_header_is_made_up(tmp_path):
    reading, rows, lines = _read(tmp_path, _text(_ROWS))

    assert rows == _ROWS
    assert (reading.header, reading.columns[0], lines[0]) == (False, "column_1", 1)


def test_header_of_two_rows_is_joined(tmp_path):
    reading, rows, _ = _read(tmp_path, _text([["Order", "", "Payment", ""], _HEADER, *_ROWS]))

    assert rows == _ROWS
    assert reading.columns == ("Order Id", "Order Date", "Payment Supplier", "Payment Amount")


def test_index_column_without_a_name_moves_the_header(tmp_path):
    numbered = [[str(number), *row] for number, row in enumerate(_ROWS, 1)]

    reading, rows, _ = _read(tmp_path, _text([_HEADER, *numbered]))

    assert rows == numbered
    assert reading.columns == ("column_1", *_HEADER)


def test_years_are_a_header(tmp_path):
    rows = [[f"Region {n}", str(n * 7), str(n * 5), str(n * 3)] for n in range(9)]

    reading, found, _ = _read(tmp_path, _text([["", "2010", "2011", "2012"], *rows]))

    assert found == rows
    assert reading.columns == ("column_1", "2010", "2011", "2012")


def test_header_that_comes_again_is_left_out(tmp_path):
    reading, rows, _ = _read(tmp_path, _text([_HEADER, *_ROWS[:6], _HEADER, *_ROWS[6:]]))

    assert rows == _ROWS
    assert "1 time more" in reading.notes[0]


def test_ragged_rows_lose_nothing(tmp_path):
    ragged = [*_ROWS[:3], ["S99", "2013-02-01"], [*_ROWS[4], "one", "two"], *_ROWS[5:]]

    reading, rows, _ = _read(tmp_path, _text([_HEADER, *ragged]))

    assert [[cell for cell in row if cell] for row in rows] == ragged
    assert reading.columns == (*_HEADER, "column_5", "column_6")
    assert len(reading.warnings) == 2


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("S99;2013-01-01;Fish, fresh;9.50", "another delimiter"),
        ("S99,2013-01-01,'Fish, fresh',9.50", "another kind of quotes"),
        ("S99, 2013-01-01, Fish, 9.50", "space after each delimiter"),
        ('S99,2013-01-01,"Fish,9.50', "never closes"),
        ("S98,2013-01-01,Fish,9.50\rS99,2013-01-01,Fish,9.50", "carriage return"),
    ],
)
def test_row_that_does_not_fit_is_mended_and_told(tmp_path, line, kind):
    quoted = 'S97,2013-01-01,"Meat, frozen",9.50\n' * 4

    reading, rows, _ = _read(tmp_path, _text([_HEADER, *_ROWS[:5]]) + quoted + line + "\n" + _text(_ROWS[5:]))

    assert [row for row in rows if row in _ROWS] == _ROWS
    assert all(row[0] in ("S97", "S98", "S99") and row[3] == "9.50" for row in rows if row not in _ROWS)
    assert any(kind in warning for warning in reading.warnings)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", " \n"])
def test_any_line_end(tmp_path, end):
    _, rows, _ = _read(tmp_path, _text([_HEADER, *_ROWS], end=end))

    assert [[cell.rstrip() for cell in row] for row in rows] == _ROWS


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Größe,Straße\n" + "für,Füße\n" * 9, "cp1252"),
        ("Имя,Город\n" + "Привет тебе,Москва и Тверь\n" * 9, "cp1251"),
        ("名前,都市\n" + "こんにちは世界です,東京の大学\n" * 9, "shift_jis"),
        ("标题,城市\n" + "今天天气非常好我们走,北京的大学\n" * 9, "gb18030"),
        ("제목,도시\n" + "안녕하세요 세계 여러분,서울 대학교\n" * 9, "euc-kr"),
        ("Größe,Straße\n" + "für,Füße\n" * 9, "utf-16-be"),
        ("Größe,Straße\n" + "für,Füße\n" * 9, "utf-32"),
    ],
)
def test_legacy_encodings_are_recognised(tmp_path, text, codec):
    reading, rows, _ = _read(tmp_path, text, codec)

    assert rows[-1] == text.splitlines()[-1].split(",")
    assert not any("could not be decoded" in warning for warning in reading.warnings)


def test_stray_bytes_in_utf8_are_read_as_cp1252(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"text,label\n" + "déjà vu,a\n".encode() * 20 + b"caf\xe9,b\n")

    reading = read_table(source, tmp_path / "spool", name="file")

    last = [row for batch in open_spool(tmp_path / "spool").batches() for row in batch.to_pylist()][-1]
    assert last["text"] == "café"
    assert "no UTF-8" in reading.warnings[0]


def test_cells_stay_what_they_are(tmp_path):
    cells = [
        "None",
        "N/A",
        "nan",
        "007",
        "1e5",
        "2013-01-01",
        " x ",
        "=1+1",
        "a\u0085b",
        "c\x00d",
        "e\u2028f",
    ]

    _, rows, _ = _read(tmp_path, _text([["text", "label"], *([cell, "x"] for cell in cells)]))

    assert [row[0] for row in rows] == cells


@pytest.mark.parametrize("delimiter", [" ", "::", "||", " | ", "\x1f", "~", "^", ":"])
def test_rare_delimiters(tmp_path, delimiter):
    rows = [[f"w{n}", str(n * 3), f"k{n % 3}", f"{n}.5"] for n in range(20)]

    _, found, _ = _read(tmp_path, _text([["name", "n", "kind", "score"], *rows], delimiter))

    assert found == rows


def test_columns_aligned_by_blanks(tmp_path):
    rows = [[f"{n / 7:.3f}", f"{n * 1000 / 3:.1f}", str(n)] for n in range(15)]
    text = "".join("".join(cell.rjust(12) for cell in row) + "\n" for row in rows)

    _, found, _ = _read(tmp_path, text)

    assert found == rows


@pytest.mark.parametrize("always", [True, False], ids=["every cell quoted", "quoted where needed"])
def test_words_are_kept_apart_by_blanks_where_quotes_say_so(tmp_path, always):
    rows = [[f"my card {n} has not arrived", f"topic_{n % 3}"] for n in range(12)]
    enclosed = [f'"{text}" "{label}"' if always else f'"{text}" {label}' for text, label in rows]

    _, found, _ = _read(tmp_path, "text label\n" + "\n".join(enclosed) + "\n")

    assert found == rows


def test_a_delimiter_written_twice_makes_no_empty_columns(tmp_path):
    rows = [[f"text {n}", "" if n % 4 else "x", str(n)] for n in range(12)]

    _, found, _ = _read(tmp_path, _text([["text", "label", "n"], *rows], "\t\t"))

    assert found == rows


def test_a_space_behind_every_comma_belongs_to_no_cell(tmp_path):
    text = "text, label\n" + "".join(f'"well, text {n}", topic_{n % 3}\n' for n in range(12))

    _, found, _ = _read(tmp_path, text)

    assert found[0] == ["well, text 0", "topic_0"]


def test_unquoted_commas_stay_in_the_text(tmp_path):
    text = "text,label\n" + "".join(
        f"parcel {n} is late{', please help' * (n % 2)},{'ab'[n % 2]}\n" for n in range(20)
    )

    reading, found, _ = _read(tmp_path, text)

    assert found[:2] == [["parcel 0 is late", "a"], ["parcel 1 is late, please help", "b"]]
    assert reading.warnings == (
        "10 rows with unquoted delimiters in their text: joined again (first: line 3).",
    )
