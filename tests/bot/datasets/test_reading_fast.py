"""The quick way through Arrow gives exactly what the tolerant way gives, or steps aside."""

import random

import pytest

from bot.datasets.readers import delimited
from bot.datasets.readers.strict_scan import scan_strictly
from bot.datasets.reading import read_table
from bot.datasets.spool import open_spool


def _scan(tmp_path, text, **options):
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode())
    return scan_strictly(
        path, **({"start": 0, "first_line": 1, "delimiter": ",", "quote": '"', "limit": 1000} | options)
    )


def test_scan_numbers_records_by_their_first_line(tmp_path):
    scan = _scan(tmp_path, 'a,b\r\n\r\n"x\ny\n",c\n"",""\n"say ""hi""",d')

    assert scan.first_lines.tolist() == [1, 3, 6, 7]


@pytest.mark.parametrize(
    "text",
    [
        'a,"b"c\n', 'a,b"c"\n', 'a,"open\nb,c\n', 'a,b\rc,d\n', 'a, "b"\n', '"a""b,c\nd"e,f\n', "x" * 2000 + ",a\n", "",
        '"' + "x\n" * 800 + '",a\n',
    ],
)  # fmt: skip
def test_scan_doubts_whatever_is_not_strict(tmp_path, text):
    assert _scan(tmp_path, text) is None


def test_scan_counts_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.datasets.readers.strict_scan._BLOCK_BYTES", 7)
    text = 'ab,"c\nd\n\ne",f\n\nlong cell without quotes,x\n"q","w\n"\nlast,1'

    assert _scan(tmp_path, text).first_lines.tolist() == [1, 6, 7, 9]


def _rows(path, tmp_path):
    reading = read_table(path, tmp_path / "spool", name="file")
    return reading, [row for batch in open_spool(tmp_path / "spool").batches() for row in batch.to_pylist()]


def _table(rng, rows):
    cells = [
        "plain",
        "with, comma",
        'say ""hi""',
        "two\nlines",
        "é 日本",
        "NA",
        "null",
        "007",
        "",
        "x\0y",
        "a\u0085b",
    ]
    lines = ["text,label,n"]
    for number in range(rows):
        text = rng.choice(cells)
        lines.append(
            f'"{text}",{rng.choice(["a", "b"])},{number}' if rng.random() < 0.9 else f"bare text,a,{number}"
        )
        if rng.random() < 0.05:
            lines.append("")
    return "\r\n".join(lines)


@pytest.mark.parametrize("ending", ["\r\n", "", "\r\n,,\r\nSource: somebody,,\r\n"])
def test_both_ways_give_the_same(tmp_path, monkeypatch, ending):
    path = tmp_path / "file"
    path.write_bytes((_table(random.Random(3), 3000) + ending).encode())
    tolerant = _rows(path, tmp_path)
    used = []
    monkeypatch.setattr(delimited, "_FAST_FROM_BYTES", 0)
    read_strict = delimited.read_strict
    monkeypatch.setattr(
        delimited, "read_strict", lambda *args, **named: used.append(1) or read_strict(*args, **named)
    )

    fast = _rows(path, tmp_path)

    assert used
    assert fast == tolerant


@pytest.mark.parametrize(
    "tail", [b"one,row,too,wide\r\n", b"text,label,n\r\n", b"caf\xe9,a,1\r\n", b'"open,a,1\r\n']
)
def test_fast_way_steps_aside_without_losing_a_row(tmp_path, monkeypatch, tail):
    path = tmp_path / "file"
    path.write_bytes(_table(random.Random(4), 500).encode() + b"\r\n" + tail)
    tolerant = _rows(path, tmp_path)
    monkeypatch.setattr(delimited, "_FAST_FROM_BYTES", 0)

    fast = _rows(path, tmp_path)

    assert fast == tolerant
    assert len(fast[1]) == 500 + (not tail.startswith(b"text"))
