"""What is decided from a job's size: hyperparameters, memory, time, replayed examples."""

import numpy as np
import pytest

from local.trainer.auto import resolve
from local.trainer.bases import BASES, find_base
from local.trainer.errors import JobTooLarge, TrainerError
from local.trainer.estimate import estimate_seconds, expected_seconds, remember_speed
from local.trainer.job import AskedHyperparameters, read_job
from local.trainer.material import read_material
from local.trainer.memory import _most_tokens, features_that_fit, needed_mb, require_memory
from local.trainer.parent import merged_vocabulary, warm_state
from local.trainer.recall import memory_tensors, recalled_labels
from local.trainer.replay import MAX_EXAMPLES, Replay, from_json_lines, sample_rows, to_json_lines
from local.trainer.vocabulary import Vocabulary
from tests.local.trainer.jobs import make_job, tickets

BLEND, NGRAM = find_base("minilm-l6-blend-1"), find_base("ngram-hash-1")
SIZE = {"tokens": 200_000, "labels": 77, "n_epochs": 8}


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.id)
def test_auto_becomes_numbers_with_a_sentence_each(base):
    small, notes = resolve(AskedHyperparameters(), base=base, examples=100)
    large, _ = resolve(AskedHyperparameters(), base=base, examples=100_000)

    assert len(notes) == 3
    assert 1 <= large.n_epochs <= small.n_epochs <= 10
    assert 8 <= small.batch_size <= large.batch_size <= 256
    assert small.may_stop_early


def test_asked_numbers_are_kept_and_never_stopped_early():
    asked = AskedHyperparameters(n_epochs=2, batch_size=5, learning_rate_multiplier=0.3)

    numbers, notes = resolve(asked, base=NGRAM, examples=100)

    assert numbers.as_fields() == {"n_epochs": 2, "batch_size": 5, "learning_rate_multiplier": 0.3}
    assert notes == []
    assert not numbers.may_stop_early


def test_memory_grows_with_the_base_and_bounds_the_vocabulary(tmp_path):
    rows = tickets(200)
    plain = read_material(read_job(make_job(tmp_path / "a", rows)))
    blend = read_material(read_job(make_job(tmp_path / "b", rows, base_model="minilm-l6-blend-1")))
    full = read_material(read_job(make_job(tmp_path / "c", rows, base_model="minilm-l6-full-1")))

    assert needed_mb(plain) < needed_mb(blend) < needed_mb(full)
    assert features_that_fit(plain, limit_mb=needed_mb(plain)) < features_that_fit(plain, limit_mb=1_000)
    with pytest.raises(JobTooLarge, match=f"about {needed_mb(blend):,} MB"):
        require_memory(blend, limit_mb=needed_mb(blend) - 1)


def test_memory_for_tuning_counts_the_batches_that_a_shuffle_makes():
    alike, one_long = np.full(1_000, 20.0), np.array([256.0] + [20.0] * 999)

    assert _most_tokens(alike, 32) == 640
    assert 640 < _most_tokens(one_long, 32) < 256 + 31 * 20 + 300
    assert _most_tokens(np.array([5.0, 9.0]), 32) == 14


def test_estimates_grow_with_the_work():
    one = expected_seconds(BLEND, examples=10_000, **SIZE)

    assert expected_seconds(NGRAM, examples=10_000, **SIZE) < one
    assert expected_seconds(BLEND, examples=20_000, **{**SIZE, "tokens": 400_000}) > 1.5 * one
    assert expected_seconds(find_base("minilm-l6-full-1"), examples=10_000, **SIZE) > 5 * one


def test_estimates_learn_from_this_machine(tmp_path):
    plain = estimate_seconds(BLEND, examples=1_000, cache_folder=tmp_path, **SIZE)
    remember_speed(BLEND.id, expected_s=10, took_s=30, cache_folder=tmp_path)
    slower = estimate_seconds(BLEND, examples=1_000, cache_folder=tmp_path, **SIZE)

    assert not plain.measured_here
    assert slower.measured_here
    assert slower.seconds == pytest.approx(3 * plain.seconds)
    assert not estimate_seconds(NGRAM, examples=1_000, cache_folder=tmp_path, **SIZE).measured_here


def test_damaged_speeds_count_as_none(tmp_path):
    (tmp_path / "speeds.json").write_text("[not json")

    assert not estimate_seconds(BLEND, examples=10, cache_folder=tmp_path, **SIZE).measured_here


def test_replay_takes_rare_labels_first():
    targets = np.concatenate([np.zeros(MAX_EXAMPLES + 100, np.int64), np.ones(3, np.int64)])

    rows = sample_rows(targets, seed=1)

    assert len(rows) == MAX_EXAMPLES
    assert (targets[rows] == 1).sum() == 3


def test_replayed_examples_survive_their_file():
    replay = Replay(texts=("a\n", "é"), answers=("x", "y"), tokens=(3, 4), held_out=(True, False))

    assert from_json_lines(to_json_lines(replay)) == replay


def test_contradicting_texts_are_not_remembered():
    tensors = memory_tensors(["a", "b", "b", "c"], np.array([0, 0, 1, 2]))

    assert recalled_labels(tensors, ["a", "b", "c", "d"]).tolist() == [0, -1, 2, -1]


def test_a_warm_start_keeps_old_columns_and_rows():
    old = Vocabulary(hashes=np.array([2, 9], np.uint32), idf=np.ones(2, np.float32))
    new = Vocabulary(hashes=np.array([1, 9, 30], np.uint32), idf=np.array([3, 1, 2], np.float32))
    merged = merged_vocabulary(old, new, max_features=3)
    parent = {"weight": np.array([[1, 3], [5, 7]], np.float32), "bias": np.array([2, 4], np.float32)}
    state = {"weight": np.zeros((3, 3), np.float32), "bias": np.zeros(3, np.float32)}

    warm = warm_state(state, parent, rows=np.searchsorted(merged.hashes, old.hashes))

    assert merged.hashes.tolist() == [2, 9, 30]  # The rarer new one found no room.
    assert warm["weight"].tolist() == [[1, 3, 2], [5, 7, 6], [0, 0, 0]]
    assert warm["bias"].tolist() == [2, 4, 3]


def test_a_job_file_without_its_fields_is_refused(tmp_path):
    (tmp_path / "job.json").write_text('{"job_id": "x"}')

    with pytest.raises(TrainerError, match="cannot be read"):
        read_job(tmp_path)
