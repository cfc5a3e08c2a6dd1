"""Workbooks, packed files, foreign files and bombs."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from pathlib import Path

import pytest

from bot.datasets.limits import ReadLimits
from bot.datasets.reading import read_table
from bot.datasets.spool import FILE, LINE, open_spool
from bot.errors import DatasetError

sys.path.insert(0, str(Path(__file__).parent))
from workbooks import write_workbook  # tests are no package

_CSV = b"text,label\nhello there,a\ngood bye,b\n"


def _read(tmp_path, data, name="file", **limits):
    source = tmp_path / "source"
    source.write_bytes(data)
    reading = read_table(source, tmp_path / "spool", name=name, limits=ReadLimits(**limits))
    return reading, [row for batch in open_spool(tmp_path / "spool").batches() for row in batch.to_pylist()]


def _workbook(tmp_path, sheets):
    write_workbook(tmp_path / "book", sheets)
    return (tmp_path / "book").read_bytes()


def _zipped(members, method=zipfile.ZIP_DEFLATED):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def test_best_sheet_is_read_and_the_others_told(tmp_path):
    sheets = {
        "Notes": {1: ["made by hand"]},
        "Data": {3: ["text", "label", "n"], 4: ["None", 7, 0.5], 6: [" x ", True, 1e20]},
    }

    reading, rows = _read(tmp_path, _workbook(tmp_path, sheets))

    assert (reading.format, reading.columns, reading.rows_read) == ("xlsx", ("text", "label", "n"), 2)
    assert rows[0] == {"text": "None", "label": "7", "n": "0.5", LINE: 4}
    assert rows[1] == {"text": " x ", "label": "TRUE", "n": "1e+20", LINE: 6}
    assert "'Data'" in reading.notes[0]
    assert "'Notes'" in reading.notes[0]


def test_sheet_with_a_title_above_the_table(tmp_path):
    rows = {1: ["Tickets of 2024"], 3: ["text", "label"]} | {
        n: [f"ticket number {n}", "ab"[n % 2]] for n in range(4, 12)
    }

    reading, found = _read(tmp_path, _workbook(tmp_path, {"S": rows}))

    assert (reading.columns, reading.rows_read, found[0][LINE]) == (("text", "label"), 8, 4)
    assert "Tickets of 2024" in reading.notes[0]


def test_error_values_of_a_sheet_are_their_text(tmp_path):
    sheets = {
        "Other": {1: ["#NAME?"]},
        "S": {3: [None, "text", "n"], 4: [None, "#REF!", 1], 5: [None, "fine", "#N/A"], 6: [None, "good", 3]},
    }

    _, rows = _read(tmp_path, _workbook(tmp_path, sheets))

    assert [(row["text"], row["n"], row[LINE]) for row in rows] == [
        ("#REF!", "1", 4),
        ("fine", "#N/A", 5),
        ("good", "3", 6),
    ]


def test_more_rows_than_the_limit_end_in_a_sentence(tmp_path):
    lines = b"text,label\n" + b"".join(b"this is %d,yes\n" % number for number in range(30))

    with pytest.raises(DatasetError, match="more than 20 rows"):
        _read(tmp_path, lines, rows=20)

    assert _read(tmp_path, lines, rows=30)[0].rows_read == 30


def test_empty_and_broken_workbooks_end_in_a_sentence(tmp_path):
    good = _workbook(tmp_path, {"S": {1: ["a"]}})

    with pytest.raises(DatasetError, match="no rows"):
        _read(tmp_path, _workbook(tmp_path, {"S": {}}))
    with pytest.raises(DatasetError, match="damaged"):
        _read(tmp_path, good[:600])
    with pytest.raises(DatasetError, match="workbook"):
        _read(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600)


def test_workbook_bomb_is_refused_by_its_directory(tmp_path):
    data = _zipped({"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": b" " * 40_000_000})

    with pytest.raises(DatasetError, match="unpacks to far more"):
        _read(tmp_path, data, workbook_bytes=30 << 20)


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: _zipped({"x/a.csv": data})]
)
def test_packed_file_is_read_as_what_is_in_it(tmp_path, pack):
    reading, rows = _read(tmp_path, pack(_CSV), name="a.csv.gz")

    assert (reading.file, reading.columns, reading.rows_read) == ("a.csv.gz", ("text", "label"), 2)
    assert rows[1][LINE] == 3
    assert {path.name for path in tmp_path.iterdir()} == {"source", "spool"}


def test_zip_of_two_classes_is_one_dataset(tmp_path):
    members = {
        "pos.txt": "a good one .\nfine , truly .\n",
        "neg.txt": "a bad one .\n",
        "__MACOSX/._pos.txt": "x",
    }

    reading, rows = _read(tmp_path, _zipped(members))

    assert reading.rows_read == 3
    assert [row[FILE] for row in rows] == ["pos.txt", "pos.txt", "neg.txt"]


def test_zip_leaves_out_what_does_not_belong(tmp_path):
    members = {
        "data.csv": _CSV,
        "more.csv": _CSV,
        "readme.pdf": b"%PDF-1.4",
        "other.csv": b"id;n;m\n1;2;3\n4;5;6\n",
    }

    reading, _ = _read(tmp_path, _zipped(members))

    assert reading.rows_read == 4
    assert any("readme.pdf" in note and "PDF" in note for note in reading.notes)
    assert any("other.csv" in note for note in reading.notes)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: _zipped({"a.csv": data})])
def test_bomb_ends_in_a_sentence(tmp_path, pack):
    with pytest.raises(DatasetError, match="unpacks to far more"):
        _read(tmp_path, pack(b"0" * 40_000_000))


def test_archives_with_too_many_files_or_too_often_packed_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="at most 3"):
        _read(tmp_path, _zipped({f"{n}.csv": _CSV for n in range(4)}), container_entries=3)
    with pytest.raises(DatasetError, match="times over"):
        _read(tmp_path, gzip.compress(gzip.compress(gzip.compress(_CSV))))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 xx", "PDF"),
        (b"PAR1xxxx", "Parquet"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\x1f\x8bbroken", "damaged"),
        (b"PK\x03\x04broken", "damaged"),
        (b"", "empty"),
        (b"\0\0\0\0", "empty"),
    ],
)
def test_what_holds_no_table_is_refused_by_name(tmp_path, data, words):
    with pytest.raises(DatasetError, match=words):
        _read(tmp_path, data)


def test_single_huge_line_ends_in_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match="no line under"):
        _read(tmp_path, b"a" * 3_000_000, record_bytes=1 << 20)


def test_one_huge_line_among_others_is_rejected(tmp_path):
    data = _CSV + b"x" * 2_000_000 + b",a\nlast one,b\n"

    reading, rows = _read(tmp_path, data, record_bytes=1 << 20)

    (reject,) = open_spool(tmp_path / "spool").rejects()
    assert (reading.rows_read, rows[-1]["text"], rows[-1][LINE]) == (3, "last one", 5)
    assert (reject.line, reject.reason, reject.capped) == (4, "the line is too long", True)


def test_too_many_columns_are_refused(tmp_path):
    line = b",".join(b"c%d" % number for number in range(10_000))

    with pytest.raises(DatasetError, match="10,000 columns"):
        _read(tmp_path, line + b"\n" + line + b"\n")


def test_file_over_the_limit_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="larger than"):
        _read(tmp_path, _CSV * 1000, file_bytes=1000)
