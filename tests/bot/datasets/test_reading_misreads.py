"""Files that were once misread, or that look like another kind of table than they are."""

import json
import random

import pytest

from bot.datasets.reading import read_table
from bot.datasets.spool import open_spool
from tests.bot.datasets.making import csv_file

_TEXT = "the cat sat on a warm mat because nobody minded what came next in long quiet afternoon hours"


def _sentences(count, words, seed=1):
    rng = random.Random(seed)
    return [" ".join(rng.choices(_TEXT.split(), k=words)) for _ in range(count)]


def _read(tmp_path, text):
    source = tmp_path / "source"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    reading = read_table(source, tmp_path / "spool", name="file")
    rows = []
    for batch in open_spool(tmp_path / "spool").batches(reading.columns):
        rows += map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return reading, rows


def _written(tmp_path, header, rows):
    return csv_file(tmp_path / "written.csv", header, rows).read_bytes()


@pytest.mark.parametrize("count", [4, 40])
def test_lists_in_json_are_one_cell(tmp_path, count):
    rows = [
        [text, json.dumps(["Rome", "Bob, the builder"][: n % 3])]
        for n, text in enumerate(_sentences(count, 7))
    ]

    reading, found = _read(tmp_path, _written(tmp_path, ["text", "entities"], rows))

    assert (found, reading.quoting) == (rows, True)


@pytest.mark.parametrize("cell", ["a; b; c", "red; green", "one | two | three", "yes: no: maybe"])
def test_a_list_within_a_cell_is_no_row(tmp_path, cell):
    rows = [[cell, text] for text in _sentences(30, 6)]

    reading, found = _read(tmp_path, _written(tmp_path, ["tags", "text"], rows))

    assert found == rows
    assert (reading.columns, reading.delimiter) == (("tags", "text"), ",")


@pytest.mark.parametrize("words", [4, 5, 6, 8])
@pytest.mark.parametrize("count", [6, 40])
def test_sentences_of_equal_length_are_one_column(tmp_path, words, count):
    sentences = _sentences(count, words)

    reading, found = _read(tmp_path, "\n".join(sentences))

    assert [row[0] for row in found] == sentences
    assert (reading.format, reading.delimiter) == ("txt", "")


def test_numbers_in_sentences_make_no_columns(tmp_path):
    sentences = [f"I waited {days} days for {cards} cards" for days in range(5) for cards in range(6)]

    _, found = _read(tmp_path, "\n".join(sentences))

    assert [row[0] for row in found] == sentences


def test_one_comma_in_each_sentence_makes_no_columns(tmp_path):
    sentences = [
        f"{text}, but {other}" for text, other in zip(_sentences(30, 4), _sentences(30, 5, 2), strict=True)
    ]

    _, found = _read(tmp_path, "\n".join(sentences))

    assert [row[0] for row in found] == sentences


def test_a_space_behind_every_delimiter_belongs_to_it(tmp_path):
    rows = [[f"site {n}", f"{n}.5", str(n * 10)] for n in range(20)]
    lines = [", ".join(row) for row in [["site", "height", "weight"], *rows]]

    reading, found = _read(tmp_path, "\n".join(lines))

    assert (found, reading.delimiter) == (rows, ", ")


def test_a_delimiter_too_many_makes_no_column(tmp_path):
    rows = [[f"site {n}", f"{n}.5", str(n * 10)] for n in range(20)]
    lines = [",".join(row) for row in [["site", "height", "weight"], *rows]]
    lines[7] = lines[7].replace(",", ",,", 1)

    reading, found = _read(tmp_path, "\n".join(lines))

    assert (found, reading.columns) == (rows, ("site", "height", "weight"))
    assert "delimiter too many" in reading.warnings[0]


def test_a_delimiter_too_few_leaves_the_last_cell_empty(tmp_path):
    lines = ["site,height,weight", *(f"site {n},{n}.5,{n}0" for n in range(20))]
    lines[7] = "site 67.5,60"

    reading, found = _read(tmp_path, "\n".join(lines))

    assert found[6] == ["site 67.5", "60", ""]
    assert "fewer cells" in reading.warnings[0]


def test_numbered_notes_below_a_table_are_notes(tmp_path):
    rows = [[f"ward {n}", str(100 + n), f"{n / 7:.2f}%", f"£{n},000"] for n in range(24)]
    table = _written(tmp_path, ["ward", "count", "share", "budget"], rows)

    reading, found = _read(tmp_path, table + b"\nNotes\n1. figures are rounded\n")

    assert found == rows
    assert "2 rows below the table" in reading.notes[0]


def test_dated_comments_above_a_table_are_no_header(tmp_path):
    rows = [[f"site {n}", f"{n}.5", str(n)] for n in range(20)]
    table = _written(tmp_path, ["a", "b", "c"], rows)

    reading, found = _read(tmp_path, b"# made by hand\n# date: 2020-01-01\n" + table)

    assert (found, reading.columns) == (rows, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("line", "rule", "below"),
    [
        ("| {} | {} | {} |", "|---|:---:|--:|", ""),
        (" {} | {} | {} ", "------+------+-----", "(12 rows)"),
        ("| {}   | {} |  {} |", "+-----+------+-----+", ""),
    ],
)
def test_tables_drawn_with_bars(tmp_path, line, rule, below):
    rows = [[str(n), f"{text}, done: {n}", "ab"[n % 2]] for n, text in enumerate(_sentences(12, 5))]
    drawn = [line.format("n", "text", "label"), rule, *(line.format(*row) for row in rows), below]

    reading, found = _read(tmp_path, "\n".join(drawn))

    assert found == rows
    assert (reading.columns, reading.delimiter) == (("n", "text", "label"), "|")


def test_a_dash_in_a_cell_is_no_rule(tmp_path):
    rows = [["-", "--", str(n)] for n in range(12)]

    _, found = _read(tmp_path, "a|b|n\n" + "".join("|".join(row) + "\n" for row in rows))

    assert found == rows
