"""Whatever a CSV writer writes, in any dialect and encoding, is read back cell for cell."""

import contextlib
import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.datasets.reading import read_table
from bot.datasets.spool import open_spool
from bot.errors import DatasetError

_WORDS = st.sampled_from(
    ["card", "payment", "why", "don't", "arrived,", "(still)", "top-up?", "Ça", "été", "5\"", "\"quoted\"", "a;b", "50%",
     "N/A", "the", "my", "is", "über", "and", "so on...", "x|y", "back\\slash", "#1", "'single'", "007"]
)  # fmt: skip
_SENTENCES = st.lists(_WORDS, min_size=3, max_size=12).map(" ".join)
_TEXTS = st.one_of(_SENTENCES, st.tuples(_SENTENCES, _SENTENCES).map("\n".join))
_LABELS = st.sampled_from(["card_arrival", "lost", "None", "N/A", "refund"])
_NUMBERS = st.one_of(
    st.integers(-9999, 9999).map(str), st.floats(-1e3, 1e3).map(lambda x: f"{x:.3f}"), st.just("")
)
_COLUMNS = {
    "text": _TEXTS,
    "label": _LABELS,
    "amount": _NUMBERS,
    "day": st.dates().map(str),
    "note": _SENTENCES,
}


@st.composite
def _tables(draw):
    names = [
        "text",
        *draw(st.lists(st.sampled_from(["label", "amount", "day", "note"]), min_size=1, unique=True)),
    ]
    rows = draw(st.lists(st.tuples(*(_COLUMNS[name] for name in names)), min_size=6, max_size=25))
    return names, [list(row) for row in rows]


_DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
        "escapechar": st.sampled_from([None, "\\"]),
    }
)
_CODECS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])


def _written(names, rows, dialect):
    sink = io.StringIO(newline="")
    csv.writer(sink, doublequote=dialect["escapechar"] is None, **dialect).writerows([names, *rows])
    return sink.getvalue()


def _read(data):
    with tempfile.TemporaryDirectory() as folder:
        source, spool = Path(folder, "file"), Path(folder, "spool")
        source.write_bytes(data)
        reading = read_table(source, spool, name="file")
        rows = []
        for batch in open_spool(spool).batches(reading.columns):
            rows += map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return reading, rows


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_tables(), _DIALECTS, _CODECS)
@example(
    (["text", "n"], [*[["one two three", "0"]] * 4, ['one two\n5"', ""], ["one two three", "0"]]),
    {"delimiter": ",", "quoting": csv.QUOTE_ALL, "lineterminator": "\n", "escapechar": "\\"},
    "utf-8",
)
def test_what_a_csv_writer_writes_is_read_back(table, dialect, codec):
    names, rows = table
    if dialect["escapechar"]:  # A doubled backslash alone does not tell that it is an escape.
        rows = [[cell.replace("\\", "/") for cell in row] for row in rows]

    reading, found = _read(_written(names, rows, dialect).encode(codec))

    assert list(reading.columns) == names
    assert found == rows


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
@example(b'"')
@example(b"\xff\xfe\x00")
@example(b'a,"b\n' * 40)
@example(b"\r\r\r,\r")
@example(b"{\x00")
@example(b"PK\x03\x04")
@example(b"sep=,")
def test_no_bytes_crash_the_reader(data):
    with contextlib.suppress(DatasetError):
        reading, rows = _read(data)
        assert reading.rows_read == len(rows) or not reading.columns


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1,;\t|\"'\\ \n\r#{}[]:"), max_size=400))
@example("[[]")
@example("[[], []]")
def test_no_odd_text_crashes_the_reader(text):
    with contextlib.suppress(DatasetError):
        _read(text.encode())
