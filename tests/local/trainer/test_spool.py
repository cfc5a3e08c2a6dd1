"""Arrays in nameless files: the same numbers as in memory, nothing left behind."""

import errno
import os

import numpy as np
import pytest

from local.trainer.ngrams import NgramConfig, hash_texts
from local.trainer.spool import NamelessFile, Spool
from local.trainer.vocabulary import choose_vocabulary
from tests.local.trainer.jobs import make_job, tickets, train

TEXTS = [f"parcel {number % 7} came late on day {number}" for number in range(300)] + ["", "late late"]


def test_a_spool_gives_what_was_put_in_and_leaves_no_name(tmp_path):
    for folder in (None, tmp_path):
        spool = Spool(np.float32, folder)
        for part in ([1, 2], [], [3.5]):
            spool.add(np.array(part))

        assert spool.array().tolist() == [1, 2, 3.5]
        assert Spool(np.int32, folder).array().tolist() == []
    assert list(tmp_path.iterdir()) == []


def test_what_was_read_stays_when_the_file_is_closed(tmp_path):
    file = NamelessFile(tmp_path)
    file.reserve(16)
    rows = file.mapped(np.dtype(np.int32), (2, 2))
    file.write(np.array([[0, 0], [7, 8]], np.int32)[1].tobytes(), at=8)
    number = file.number
    del file

    assert rows.tolist() == [[0, 0], [7, 8]]
    with pytest.raises(OSError, match="Bad file descriptor") as caught:
        os.fstat(number)
    assert caught.value.errno == errno.EBADF


def test_ngrams_in_files_are_those_in_memory(tmp_path, monkeypatch):
    here = hash_texts(TEXTS, NgramConfig())
    vocabulary = choose_vocabulary(here)
    rows = vocabulary.weighted(here)
    monkeypatch.setattr("local.trainer.vocabulary.COUNTED_AT_ONCE", 1_000)
    monkeypatch.setattr("local.trainer.vocabulary.WEIGHED_AT_ONCE", 1_000)

    there = hash_texts(TEXTS, NgramConfig(), folder=tmp_path)
    counted = choose_vocabulary(there)
    weighed = counted.weighted(there, folder=tmp_path)

    assert np.array_equal(here.hashes, there.hashes)
    assert np.array_equal(vocabulary.hashes, counted.hashes)
    assert np.array_equal(vocabulary.idf, counted.idf)
    assert np.array_equal(rows.starts, weighed.starts)
    assert np.array_equal(rows.columns, weighed.columns)
    assert np.array_equal(rows.values, weighed.values)
    assert list(tmp_path.iterdir()) == []


def test_counts_are_those_of_all_texts_at_once():
    hashed = hash_texts(TEXTS, NgramConfig())
    hashes, texts = np.unique(hashed.hashes, return_counts=True)

    vocabulary = choose_vocabulary(hashed)

    assert np.array_equal(vocabulary.hashes, hashes)
    assert np.allclose(vocabulary.idf, np.log((1 + len(TEXTS)) / (1 + texts)) + 1)


def test_a_full_disk_ends_the_job_with_what_to_do(tmp_path, monkeypatch):
    job = make_job(tmp_path, tickets(20))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    failed = train(job)[-1]

    assert (failed["type"], failed["code"]) == ("failed", "disk_full")
    assert str(tmp_path) in failed["message"]
    assert "Make room" in failed["message"]
