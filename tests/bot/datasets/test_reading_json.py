"""JSON in the shapes in which people keep examples."""

import json

import pytest

from bot.datasets.limits import ReadLimits
from bot.datasets.reading import read_table
from bot.datasets.spool import LINE, open_spool
from bot.errors import DatasetError


def _read(tmp_path, text, **limits):
    source = tmp_path / "file"
    source.write_text(text, encoding="utf-8")
    reading = read_table(source, tmp_path / "spool", name="file", limits=ReadLimits(**limits))
    rows = [row for batch in open_spool(tmp_path / "spool").batches() for row in batch.to_pylist()]
    return reading, [{key: value for key, value in row.items() if key != LINE} for row in rows]


def test_chat_lines_keep_their_messages_as_json(tmp_path):
    messages = [{"role": "user", "content": "Ça va?"}, {"role": "assistant", "content": "oui", "weight": 1}]

    reading, rows = _read(tmp_path, (json.dumps({"messages": messages}) + "\n") * 2)

    assert (reading.format, reading.columns) == ("jsonl", ("messages",))
    assert json.loads(rows[0]["messages"]) == messages


def test_values_stay_as_they_were_written(tmp_path):
    lines = '{"id": "0000001", "x": 1.10, "y": 1e5, "z": 12345678901234567890, "d": "2020-01-01", "n": null, "b": true}\n'

    _, rows = _read(tmp_path, lines * 2)

    assert rows[0] == {
        "id": "0000001", "x": "1.10", "y": "1e5", "z": "12345678901234567890", "d": "2020-01-01", "n": "", "b": "true",
    }  # fmt: skip


def test_broken_line_is_rejected_with_its_number(tmp_path):
    reading, rows = _read(tmp_path, '{"a": "1"}\n\n{broken\n{"a": "2"},\n')

    (reject,) = open_spool(tmp_path / "spool").rejects()
    assert [row["a"] for row in rows] == ["1", "2"]
    assert (reject.line, reject.raw) == (3, "{broken\n")
    assert reading.warnings


def test_nested_objects_become_dotted_columns(tmp_path):
    reading, rows = _read(tmp_path, '{"a": {"b": 1, "c": {"d": "x"}}}\n{"a": {"b": 2}, "e": [1, "é"]}\n')

    assert reading.columns == ("a.b", "a.c.d", "e")
    assert rows[1] == {"a.b": "2", "a.c.d": "", "e": '[1, "é"]'}


_TWO = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]


@pytest.mark.parametrize(
    "document",
    [
        '[{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]',
        '{"meta": {"version": 1}, "data": [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]}',
        '{"text": ["a", "b"], "label": ["x", "y"]}',
        '{"text": {"0": "a", "1": "b"}, "label": {"0": "x", "1": "y"}}',
        '{"0": {"text": "a", "label": "x"}, "1": {"text": "b", "label": "y"}}',
        '{"columns": ["text", "label"], "index": [0, 1], "data": [["a", "x"], ["b", "y"]]}',
        '[["text", "label"], ["a", "x"], ["b", "y"]]',
        '{"text": "a",\n "label": "x"}\n{"text": "b",\n "label": "y"}',
    ],
)
def test_every_shape_of_a_document_gives_the_same_rows(tmp_path, document):
    _, rows = _read(tmp_path, document)

    assert rows == _TWO


def test_texts_under_their_labels_are_taken_apart(tmp_path):
    _, rows = _read(tmp_path, '{"greet": ["hi", "hello"], "bye": ["ciao"]}')

    assert rows == [
        {"text": "hi", "label": "greet"}, {"text": "hello", "label": "greet"}, {"text": "ciao", "label": "bye"}
    ]  # fmt: skip


def test_large_object_is_streamed_from_the_array_in_it(tmp_path):
    document = json.dumps({"name": "x", "rows": {"train": [{"a": number} for number in range(100)]}})

    reading, rows = _read(tmp_path, document, json_object_bytes=100)

    assert reading.rows_read == 100
    assert rows[99] == {"a": "99"}


def test_what_breaks_off_keeps_the_records_before(tmp_path):
    reading, rows = _read(tmp_path, '[{"a": 1}, {"a": 2}, {"a":')

    assert [row["a"] for row in rows] == ["1", "2"]
    assert "breaks off" in reading.warnings[0]


def test_text_with_a_bracket_in_front_is_no_json(tmp_path):
    reading, _ = _read(tmp_path, "[note] first line of a text\nanother line, longer than this one\n")

    assert reading.format == "txt"
    assert reading.rows_read == 2


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 50_000 + "1" + "}" * 50_000, "[1," * 5_000])
def test_deep_json_ends_in_a_sentence(tmp_path, text):
    with pytest.raises(DatasetError, match="levels deep"):
        _read(tmp_path, text)


def test_deep_value_in_a_line_is_rejected(tmp_path):
    deep = "[" * 5000 + "]" * 5000

    reading, _ = _read(tmp_path, f'{{"a": 1}}\n{{"a": 2}}\n{{"a": {deep}}}\n')

    assert reading.rows_read == 2
    assert len(open_spool(tmp_path / "spool").rejects()) == 1


def test_half_characters_are_replaced_and_told(tmp_path):
    reading, rows = _read(tmp_path, '{"a": "\\ud83d"}\n{"a": "x"}\n')

    assert rows[0]["a"] == "\ufffd"
    assert "half a character" in reading.warnings[0]


def test_too_many_keys_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="different keys"):
        _read(tmp_path, '{"a": 1}\n{"b": 1}\n{"c": 1}\n', columns=2)
