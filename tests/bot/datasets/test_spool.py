import io

import pyarrow as pa
import pytest

from bot.datasets.spool import FILE, LINE, SpoolWriter, join_spools, open_spool, write_rfc4180


def test_spool_gives_back_cells_exactly_as_written(tmp_path):
    with SpoolWriter(tmp_path / "a", ["text", "label"]) as writer:
        writer.append([" padded ", "None"], 2)
        writer.append(["1e5", "007"], 4)

    spool = open_spool(tmp_path / "a")

    assert spool.columns == ("text", "label")
    assert spool.rows == 2
    assert [batch.to_pylist() for batch in spool.batches()] == [
        [{"text": " padded ", "label": "None", LINE: 2}, {"text": "1e5", "label": "007", LINE: 4}]
    ]


def test_widening_fills_the_earlier_rows(tmp_path):
    with SpoolWriter(tmp_path / "a", ["a"]) as writer:
        writer.append(["1"], 1)
        writer.append(["2", "x"], 2)

    rows = [
        row for batch in open_spool(tmp_path / "a").batches(["a", "column_2"]) for row in batch.to_pylist()
    ]

    assert rows == [{"a": "1", "column_2": ""}, {"a": "2", "column_2": "x"}]


def test_columns_come_in_the_order_asked_for(tmp_path):
    with SpoolWriter(tmp_path / "a", ["a", "b", "c"]) as writer:
        writer.append(["1", "2", "3"], 1)

    batch = next(open_spool(tmp_path / "a").batches(["c", "a"]))

    assert batch.schema.names == ["c", "a"]


def test_batches_stay_small(tmp_path):
    text = pa.array(["x" * 1000] * 30_000, pa.string())
    with SpoolWriter(tmp_path / "a", ["text"]) as writer:
        writer.append_arrays([text], pa.array(range(30_000), pa.int64()))

    sizes = [batch.nbytes for batch in open_spool(tmp_path / "a").batches()]

    assert max(sizes) < 11 << 20
    assert len(sizes) > 2


def test_rejects_are_kept_beside_the_rows(tmp_path):
    with SpoolWriter(tmp_path / "a", ["text"], name="a.csv") as writer:
        writer.reject(7, "the line is too long", "x" * 5000)

    (reject,) = open_spool(tmp_path / "a").rejects()

    assert (reject.file, reject.line, reject.capped, len(reject.raw)) == ("a.csv", 7, True, 2000)


def test_failed_writing_leaves_nothing_behind(tmp_path):
    def fail_while_writing():
        with SpoolWriter(tmp_path / "a", ["text"]) as writer:
            writer.append_arrays([pa.array(["x"])], pa.array([1]))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_while_writing()

    assert list(tmp_path.iterdir()) == []


def test_joined_spool_says_which_file_a_row_came_from(tmp_path):
    for name in ("pos", "neg"):
        with SpoolWriter(tmp_path / name, ["text", name]) as writer:
            writer.append([f"a {name} text", "x"], 1)

    joined = join_spools([(open_spool(tmp_path / name), name) for name in ("pos", "neg")], tmp_path / "all")

    rows = [row for batch in joined.batches() for row in batch.to_pylist()]
    assert joined.has_file
    assert rows == [
        {"text": "a pos text", "pos": "x", "neg": "", LINE: 1, FILE: "pos"},
        {"text": "a neg text", "pos": "", "neg": "x", LINE: 1, FILE: "neg"},
    ]


def test_table_is_written_as_rfc_4180(tmp_path):
    with SpoolWriter(tmp_path / "a", ["text", "the, label"]) as writer:
        writer.append(['say "é"', "two\nlines"], 2)
        writer.append(["", ""], 4)
    out = io.BytesIO()

    write_rfc4180(open_spool(tmp_path / "a"), out)

    assert out.getvalue() == 'text,"the, label"\r\n"say ""é""","two\nlines"\r\n,\r\n'.encode()
