import pytest

from bot.datasets.reading import read_table, read_tables
from bot.datasets.spool import FILE, LINE, open_spool
from bot.errors import DatasetError


def _read(tmp_path, data, name="file.csv"):
    source = tmp_path / name
    source.write_bytes(data if isinstance(data, bytes) else data.encode())
    reading = read_table(source, tmp_path / "spool", name=name)
    return reading, [row for batch in open_spool(tmp_path / "spool").batches() for row in batch.to_pylist()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_found(tmp_path, delimiter, codec):
    text = f"text{delimiter}label\r\n" + "".join(
        f"Ça va, n° {n} ?{delimiter}{'ab'[n % 2]}\r\n" for n in range(9)
    )
    if delimiter == ",":
        text = text.replace("Ça va,", "Ça va")

    reading, rows = _read(tmp_path, text.encode(codec))

    assert (reading.delimiter, reading.columns, reading.rows_read) == (delimiter, ("text", "label"), 9)
    assert rows[8]["text"].startswith("Ça va")
    assert rows[8][LINE] == 10


def test_stray_quotes_swallow_no_rows(tmp_path):
    lines = [
        "ham\tfine",
        'ham\t"never closed',
        'spam\t"Win" now',
        'ham\tsay "hi" to all',
        "spam\tcall me",
    ] * 3

    reading, rows = _read(tmp_path, "\n".join(lines))

    assert reading.rows_read == 15
    assert [row[LINE] for row in rows] == list(range(1, 16))
    assert rows[1]["column_2"] == '"never closed'


def test_quoted_line_breaks_move_the_line_numbers(tmp_path):
    _, rows = _read(tmp_path, 'text,label\n"a\nb, c",x\nplain,y\n"d",x\n')

    assert [(row["text"], row[LINE]) for row in rows] == [("a\nb, c", 2), ("plain", 4), ("d", 5)]


def test_two_files_are_one_dataset(tmp_path):
    for name, text in {
        "pos": "good , and so on .\nfine , really .\n",
        "neg": "bad .\nworse , again .\n",
    }.items():
        (tmp_path / name).write_text(text)

    reading = read_tables([(tmp_path / "pos", "pos"), (tmp_path / "neg", "neg")], tmp_path / "spool")

    rows = [row for batch in open_spool(tmp_path / "spool").batches() for row in batch.to_pylist()]
    assert reading.rows_read == 4
    assert [row[FILE] for row in rows] == ["pos", "pos", "neg", "neg"]


def test_empty_file_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match="empty"):
        _read(tmp_path, b"\xef\xbb\xbf\r\n")
