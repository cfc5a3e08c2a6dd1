"""Answer with a trained classifier: texts in, calibrated probabilities over its labels out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from local.trainer.arrays import Floats
from local.trainer.attention import Attended, attention_logits
from local.trainer.blend import blended
from local.trainer.encoder import Encoded, head_inputs, shared_encoder
from local.trainer.errors import ModelFolderError
from local.trainer.examples import ENCODING, TextTemplate, count_tokens, turns_of_messages
from local.trainer.modelfolder import ModelContent, read_model
from local.trainer.ngrams import hash_texts
from local.trainer.parent import part_tensors
from local.trainer.parts import ATTENTION, FIRST_LAYER, NGRAMS, TUNED
from local.trainer.recall import recalled_labels
from local.trainer.tokenstates import packed_states
from local.trainer.tuned import base_weights, classify
from local.trainer.vocabulary import Vocabulary
from local.trainer.weights import MODEL_SHA256
from local.trainer.wordpieces import token_ids

DEFAULT_THREADS = 2
TEXTS_AT_ONCE = 256
RECALLED = 0.999


class Classifier:
    """A trained model, ready to answer; reads only, so several threads may share it."""

    encoding = ENCODING
    known_parts = frozenset({*FIRST_LAYER, NGRAMS, TUNED})

    def __init__(self, content: ModelContent, *, threads: int = DEFAULT_THREADS) -> None:
        """Raises ModelFolderError for weights of another encoder, WeightsError where the encoder is missing."""
        self.manifest = content.manifest
        self._require_known_parts()
        self.labels = content.manifest.labels
        self._template = TextTemplate(system=content.manifest.system)
        self._tensors = {name: np.asarray(array) for name, array in content.tensors.items()}
        self._encoder = None
        if any(part in FIRST_LAYER for part in self.manifest.parts):
            if self.manifest.base_sha256 != MODEL_SHA256:
                raise ModelFolderError(
                    f"{self.manifest.output_model} was trained on another encoder than the one here"
                )
            self._encoder = shared_encoder(threads)
        if NGRAMS in self.manifest.parts:
            self._vocabulary = Vocabulary(
                hashes=self._tensors["ngrams.hashes"], idf=self._tensors["ngrams.idf"]
            )
        self._attention = part_tensors(self._tensors, ATTENTION)
        self._network: dict[str, Floats] = {}
        if TUNED in self.manifest.parts:
            self._network = {**base_weights(), **part_tensors(self._tensors, TUNED)}

    def _require_known_parts(self) -> None:
        unknown = sorted(set(self.manifest.parts) - self.known_parts)
        if unknown:
            raise ModelFolderError(
                f"{self.manifest.output_model} was made by another version of this trainer (it has a part named "
                f"{unknown[0]}); train it again"
            )

    @property
    def size_bytes(self) -> int:
        """Memory that this model's own weights take (the shared encoder aside)."""
        return sum(array.nbytes for array in self._tensors.values())

    def text_of(self, messages: Sequence[Mapping[str, object]]) -> str:
        """The text to classify in a conversation, taken as training took it."""
        return self._template.text_of(turns_of_messages(messages))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Exact token counts, in `encoding`."""
        return count_tokens(texts)

    def exact_matches(self, texts: Sequence[str]) -> list[str | None]:
        """The label that each text was trained with, verbatim; None elsewhere, and everywhere if the memory is off."""
        if not self.manifest.exact_match:
            return [None] * len(texts)
        return [self.labels[label] if label >= 0 else None for label in recalled_labels(self._tensors, texts)]

    def probabilities(self, texts: Sequence[str], *, recall: bool = True) -> Floats:
        """Calibrated probabilities, float32 [len(texts), labels]; rows sum to 1.

        Where the model has its exact-match memory on and `recall` is not False, a text that it was trained on gets
        RECALLED for its label; `exact_matches` says which texts those are.
        """
        probabilities = self._all_scored(texts)
        if recall and self.manifest.exact_match and len(texts):
            labels = recalled_labels(self._tensors, texts)
            known = np.flatnonzero(labels >= 0)
            probabilities[known] *= np.float32(1 - RECALLED)
            probabilities[known, labels[known]] += np.float32(RECALLED)
        return probabilities

    def _all_scored(self, texts: Sequence[str]) -> Floats:
        parts = [
            self._scored(texts[start : start + TEXTS_AT_ONCE])
            for start in range(0, len(texts), TEXTS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty((0, len(self.labels)), np.float32)

    def _scored(self, texts: Sequence[str]) -> Floats:
        encoded = self._encoder.encode(texts) if self._encoder else None
        logits = [self._part_logits(part, texts, encoded) for part in self.manifest.parts]
        powers = np.exp(blended(logits, self.manifest.scales))
        probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def _part_logits(self, part: str, texts: Sequence[str], encoded: Encoded | None) -> Floats:
        if part == TUNED:
            return classify(self._network, token_ids(texts))
        if part == NGRAMS or encoded is None:
            return self._ngram_logits(texts)
        return self._encoded_logits(part, encoded)

    def _encoded_logits(self, part: str, encoded: Encoded) -> Floats:
        inputs = head_inputs(encoded.vectors, first_layer=FIRST_LAYER[part])
        if part == ATTENTION:
            return attention_logits(self._attention, Attended(packed_states(encoded.states), inputs))
        scores: Floats = inputs @ self._tensors[f"{part}.weight"] + self._tensors[f"{part}.bias"]
        return scores

    def _ngram_logits(self, texts: Sequence[str]) -> Floats:
        rows = self._vocabulary.weighted(hash_texts(texts, self.manifest.ngrams))
        weight, bias = self._tensors["ngrams.weight"], self._tensors["ngrams.bias"]
        scores: Floats = np.repeat(bias[None, :], len(texts), axis=0)
        for row, (start, stop) in enumerate(zip(rows.starts[:-1], rows.starts[1:], strict=True)):
            scores[row] += rows.values[start:stop] @ weight[rows.columns[start:stop]]
        return scores


def load_classifier(model_dir: Path, *, threads: int = DEFAULT_THREADS) -> Classifier:
    """The classifier in a model or checkpoint folder. Raises ModelFolderError or WeightsError."""
    return Classifier(read_model(model_dir), threads=threads)
