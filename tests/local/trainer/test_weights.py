"""The encoder's files: pinned, checked, extended, and vectors that depend on their text alone."""

import numpy as np
import onnxruntime
import pytest

from local.trainer import bases, weights
from local.trainer.bases import BASES, FALLBACK_ID, find_base, missing_weights, usable_base
from local.trainer.cache import EncodedCache, text_key
from local.trainer.encodedtexts import EncodedTexts
from local.trainer.encoder import HIDDEN, POOLED_LAYERS, TOKENS_PER_RUN, Encoder, head_inputs, runs_of
from local.trainer.errors import TrainerError, WeightsError
from local.trainer.weights import checked_file, encoder_file, tokenizer_file
from local.trainer.wordpieces import token_ids

TEXTS = ["Where is my card?", "hi", "Where is my cat!?", "", "The refund has not come yet", "£5 退款"]


@pytest.fixture(scope="module")
def encoder():
    return Encoder(threads=2)


def test_the_installed_files_are_the_pinned_ones():
    assert encoder_file().stat().st_size == weights.MODEL_BYTES
    assert tokenizer_file().name == "tokenizer.json"


def test_another_file_is_refused(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"something else")

    with pytest.raises(WeightsError, match="not the pinned"):
        checked_file(tmp_path / "model.onnx", weights.MODEL_SHA256)
    with pytest.raises(WeightsError, match="missing from its package"):
        checked_file(tmp_path / "none.onnx", weights.MODEL_SHA256)


def test_a_mismatch_falls_back_to_ngrams_with_a_notice(monkeypatch):
    monkeypatch.setattr(
        weights, "MODEL_SHA256", "0" * 64
    )  # The only way to meet a mismatch without touching packages.

    base, notice = usable_base("minilm-l6-blend-1")

    assert base.id == FALLBACK_ID
    assert "cannot be used" in notice
    assert "ngram-hash-1 in its place" in notice
    assert missing_weights(find_base("minilm-l6-blend-1")) is not None


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(weights, "MODEL_PACKAGE", "no_such_package_at_all")

    assert "no_such_package_at_all" in missing_weights(find_base("minilm-l6-blend-1"))


def test_bases_say_what_they_are():
    assert [base.id for base in BASES if base.is_default] == ["minilm-l6-blend-1"]
    assert all(base.license and base.languages and base.good_at for base in bases.BASES)
    assert usable_base(FALLBACK_ID) == (find_base(FALLBACK_ID), None)
    with pytest.raises(TrainerError, match="does not exist here"):
        usable_base("ada")


def test_the_graph_computes_what_the_packages_own_file_does(encoder):
    session = onnxruntime.InferenceSession(encoder_file().read_bytes(), providers=["CPUExecutionProvider"])

    for text, vector in zip(TEXTS, encoder.encode(TEXTS).vectors, strict=True):
        ids = np.array(token_ids([text]), dtype=np.int64)
        feeds = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        theirs = session.run(["last_hidden_state"], feeds)[0].mean(axis=1)[0]
        ours = vector[-HIDDEN:].astype(np.float32)
        assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) > 0.99


def test_numbers_do_not_depend_on_what_runs_beside(encoder):
    rng = np.random.default_rng(3)

    for length in (3, 4, 7, 15, 16, 17, 31, 64, 129, 256):
        ids = rng.integers(1_000, 20_000, (6, length))
        together = encoder._run(ids)
        for size in (1, 2, 5):
            apart = [encoder._run(ids[start : start + size]) for start in range(0, 6, size)]
            for number, array in enumerate(together):
                assert np.array_equal(np.concatenate([run[number] for run in apart]), array), (length, size)


def test_runs_hold_each_text_once_and_one_length_each():
    lengths = [5, 300, 5, 7, 300, 5, *[4] * 200]

    runs = runs_of(lengths)

    assert sorted(np.concatenate(runs)) == list(range(len(lengths)))
    assert all(len({lengths[row] for row in run}) == 1 for run in runs)
    assert max(len(run) for run in runs) == TOKENS_PER_RUN // 4


def test_a_vector_depends_on_its_text_alone(encoder):
    together = encoder.encode(TEXTS * 7)

    for row, text in enumerate(TEXTS):
        alone = encoder.encode([text])
        assert np.array_equal(alone.vectors[0], together.vectors[row])
        assert np.array_equal(alone.states[0], together.states[row])
        assert np.array_equal(together.vectors[row], together.vectors[row + len(TEXTS)])
        assert together.states[row].shape == (len(token_ids([text])[0]), HIDDEN)


def test_near_texts_have_near_vectors(encoder):
    last = head_inputs(encoder.encode(TEXTS).vectors, first_layer=len(POOLED_LAYERS) - 1)
    likeness = last @ last.T / HIDDEN

    assert likeness[0, 2] > likeness[0, 4] > likeness[0, 1]
    assert np.allclose(np.diag(likeness), 1, atol=1e-4)


def test_encoded_texts_are_cached_by_weights_and_text(tmp_path, encoder):
    cache = EncodedCache(tmp_path)
    rows = np.arange(len(TEXTS))

    def texts_with(sha256):
        made = EncodedTexts(
            TEXTS,
            encoder=lambda: encoder,
            weights_sha256=sha256,
            cache=cache,
            folder=tmp_path,
            keeps_states=True,
        )
        made.prepare(rows)
        return made

    cold, warm, other = texts_with("a"), texts_with("a"), texts_with("b")

    assert (cold.encoded, warm.encoded, other.encoded) == (len(TEXTS), 0, len(TEXTS))
    assert np.array_equal(cold.vectors(rows), warm.vectors(rows))
    assert np.array_equal(cold.states(rows[::-1]).values, warm.states(rows[::-1]).values)
    assert np.array_equal(cold.states(rows[2:3]).values, encoder.encode(TEXTS).states[2])
    assert [path.name for path in tmp_path.iterdir() if "sqlite" not in path.name] == []


def test_the_cache_drops_what_was_unused_for_longest(tmp_path):
    cache = EncodedCache(tmp_path, max_bytes=3 * 8)
    keys = [text_key("w", str(number)) for number in range(5)]
    for key in keys:
        EncodedCache(tmp_path).store({key: bytes(8)})
    cache.find(keys[:1])

    assert cache.trim() == 2
    assert keys[0] in cache.find(keys)
    assert len(cache.find(keys)) == 3


def test_one_job_stores_no_more_than_the_cache_may_hold(tmp_path):
    cache = EncodedCache(tmp_path, max_bytes=3 * 8)
    keys = [text_key("w", str(number)) for number in range(5)]
    for key in keys:
        cache.store({key: bytes(8)})

    assert set(cache.find(keys)) == set(keys[:3])
