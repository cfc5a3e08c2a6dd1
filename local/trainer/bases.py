"""The base models that can be trained here, named for what they are, and whether their weights are in place."""

from dataclasses import dataclass

from local.trainer.encoder import POOLED_LAYERS
from local.trainer.errors import TrainerError, WeightsError
from local.trainer.parts import ATTENTION, LAYERS, NGRAMS, SENTENCE, TUNED
from local.trainer.weights import MODEL_BYTES, MODEL_SHA256, encoder_file, tokenizer_file

FALLBACK_ID = "ngram-hash-1"


@dataclass(frozen=True, kw_only=True)
class BaseModel:
    """One base model. `sha256` names its weights, None where it has none; sizes in bytes, languages as ISO 639-1."""

    id: str
    kind: str
    description: str
    good_at: str
    license: str
    size_bytes: int
    languages: tuple[str, ...]
    is_default: bool
    parts: tuple[str, ...]
    sha256: str | None
    tunes_encoder: bool = False


BASES: tuple[BaseModel, ...] = (
    BaseModel(
        id="minilm-l6-blend-1",
        kind="classifier",
        description=(
            f"A frozen all-MiniLM-L6-v2 encoder ({len(POOLED_LAYERS)} layers) under softmax heads over its pooled vectors "
            "and over its tokens, blended with hashed word and character n-grams. It learns labels, not prose."
        ),
        good_at="Intents, topics, sentiment and triage in English, from ten examples a label; ready in a minute.",
        license="Apache-2.0",
        size_bytes=MODEL_BYTES,
        languages=("en",),
        is_default=True,
        parts=(LAYERS, SENTENCE, ATTENTION, NGRAMS),
        sha256=MODEL_SHA256,
    ),
    BaseModel(
        id="minilm-l6-full-1",
        kind="classifier",
        description=(
            "All six layers of all-MiniLM-L6-v2 tuned, blended with the frozen encoder and the n-grams. It learns "
            "labels, not prose."
        ),
        good_at="Meaning that hangs on the whole sentence (sentiment, tone) in English; minutes rather than seconds.",
        license="Apache-2.0",
        size_bytes=MODEL_BYTES,
        languages=("en",),
        is_default=False,
        parts=(TUNED, LAYERS, SENTENCE, ATTENTION, NGRAMS),
        sha256=MODEL_SHA256,
        tunes_encoder=True,
    ),
    BaseModel(
        id=FALLBACK_ID,
        kind="classifier",
        description="Hashed word and character n-grams under a softmax trained from zero. It learns labels, not prose.",
        good_at="Any language, spelling as a signal (spam, codes, names), and answers in under a millisecond.",
        license="MIT",
        size_bytes=0,
        languages=("*",),
        is_default=False,
        parts=(NGRAMS,),
        sha256=None,
    ),
)


def find_base(base_id: str) -> BaseModel | None:
    """The base model with this id; None where there is none."""
    return next((base for base in BASES if base.id == base_id), None)


def missing_weights(base: BaseModel) -> str | None:
    """Why the base's weights cannot be used, in a few words; None where they are in place and the pinned ones."""
    if base.sha256 is None:
        return None
    try:
        encoder_file()
        tokenizer_file()
    except WeightsError as error:
        return str(error)
    return None


def usable_base(base_id: str) -> tuple[BaseModel, str | None]:
    """The base to train, and a notice where it is not the one that was asked for. Raises TrainerError."""
    base = find_base(base_id)
    if base is None:
        raise TrainerError(
            f"The base model {base_id!r} does not exist here", code="model_not_found", param="model"
        )
    problem = missing_weights(base)
    if problem is None:
        return base, None
    fallback = find_base(FALLBACK_ID)
    if fallback is None:
        raise TrainerError(f"{base.id} cannot be used: {problem}", code="model_not_available", param="model")
    return fallback, f"{base.id} cannot be used: {problem}. Training {fallback.id} in its place."
