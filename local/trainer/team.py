"""Build what a job trains: the inputs of each part, the model's heads, and its shadows'."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from local.trainer.arrays import Floats, Tensors
from local.trainer.cache import EncodedCache
from local.trainer.encodedtexts import EncodedTexts
from local.trainer.encoder import shared_encoder
from local.trainer.heads import Head
from local.trainer.inputs import AttendedInputs, Inputs, NgramInputs, TokenInputs, VectorInputs
from local.trainer.job import Job
from local.trainer.loop import Trainee
from local.trainer.material import Material
from local.trainer.ngrams import NgramConfig, hash_texts
from local.trainer.parent import merged_vocabulary, part_tensors, vocabulary_of, warm_state
from local.trainer.parts import ATTENTION, FIRST_LAYER, NGRAMS, TUNED, new_head
from local.trainer.relevance import label_relevance
from local.trainer.tuned import CLASSIFIER
from local.trainer.tuner import Tuner
from local.trainer.vocabulary import Vocabulary, choose_vocabulary


@dataclass(frozen=True, kw_only=True)
class Team:
    """The trainees, the model itself first, and what they read."""

    inputs: Mapping[str, Inputs]
    trainees: list[Trainee]
    vocabulary: Vocabulary
    relevance: Floats | None
    encoded: EncodedTexts

    def vocabulary_tensors(self) -> Tensors:
        """The vocabulary as it goes into a model folder, weighted as the model itself reads it."""
        idf = self.vocabulary.idf
        if self.relevance is not None:
            idf = idf * self.relevance
        return {f"{NGRAMS}.hashes": self.vocabulary.hashes, f"{NGRAMS}.idf": idf}


def build_team(
    job: Job,
    material: Material,
    *,
    ngrams: NgramConfig,
    max_features: int,
    cache: EncodedCache | None,
    between: Callable[[], None],
    tuner: Tuner,
) -> Team:
    """Inputs and untrained (or, continued, the parent's) heads; nothing is embedded yet."""
    hashed = hash_texts(material.texts, ngrams, folder=job.folder)
    vocabulary = choose_vocabulary(hashed.between(0, material.examples), max_features=max_features)
    if material.warm and material.parent is not None:
        old = vocabulary_of(material.parent.tensors)
        vocabulary = merged_vocabulary(old, vocabulary, max_features=max_features)
    encoded = EncodedTexts(
        material.texts,
        encoder=lambda: shared_encoder(job.threads),
        weights_sha256=material.base.sha256 or "",
        cache=cache,
        folder=job.folder,
        keeps_states=ATTENTION in material.base.parts,
        between=between,
    )

    def inputs_of(part: str) -> Inputs:
        if part == ATTENTION:
            return AttendedInputs(encoded)
        if part in FIRST_LAYER:
            return VectorInputs(encoded, first_layer=FIRST_LAYER[part])
        if part == TUNED:
            return TokenInputs(material.texts)
        return NgramInputs(hashed, vocabulary, folder=job.folder)

    inputs = {part: inputs_of(part) for part in material.base.parts}
    folds = _left_out(material)
    relevances = [_relevance(material, inputs[NGRAMS], vocabulary, fold) for fold in folds]
    return Team(
        inputs=inputs,
        trainees=[
            Trainee(heads=_heads(job, material, vocabulary, relevance, tuner), leaves_out=fold)
            for fold, relevance in zip(folds, relevances, strict=True)
        ],
        vocabulary=vocabulary,
        relevance=relevances[0],
        encoded=encoded,
    )


def _relevance(
    material: Material, inputs: Inputs, vocabulary: Vocabulary, left_out: int | None
) -> Floats | None:
    """Factors of the n-grams for a trainee, from the rows it trains on. A parent's weights were trained with the
    parent's own, which are in its vocabulary."""
    if material.warm or not isinstance(inputs, NgramInputs):
        return None
    plan = material.plan
    rows = plan.trained
    if left_out is not None and plan.folds is not None:
        rows = rows[plan.folds[rows] != left_out]
    return label_relevance(
        inputs, rows, plan.targets[rows], labels=len(material.labels), features=len(vocabulary)
    )


def _left_out(material: Material) -> list[int | None]:
    """The fold that each trainee leaves out. A tuned encoder is too dear for shadows: it leaves the fold out itself."""
    folds = material.plan.folds
    if folds is None:
        return [None]
    return [0] if material.base.tunes_encoder else [None, *range(int(folds.max()) + 1)]


def _heads(
    job: Job, material: Material, vocabulary: Vocabulary, relevance: Floats | None, tuner: Tuner
) -> dict[str, Head]:
    labels = len(material.labels)
    heads = {
        part: new_head(
            part,
            labels=labels,
            ngram_features=len(vocabulary),
            relevance=relevance,
            seed=job.seed,
            threads=job.threads,
            tuner=tuner,
        )
        for part in material.base.parts
    }
    if material.warm and material.parent is not None:
        for part, head in heads.items():
            old = part_tensors(material.parent.tensors, part)
            if not old:
                continue  # The base had not this part when the parent was trained.
            rows = np.searchsorted(vocabulary.hashes, old["hashes"]) if part == NGRAMS else None
            head.restore(warm_state(head.state(), old, prefix=CLASSIFIER if part == TUNED else "", rows=rows))
    return heads
