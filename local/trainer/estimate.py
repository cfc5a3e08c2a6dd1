"""How long a job will take: a formula of its size, corrected by what earlier jobs on this machine took."""

import json
from dataclasses import dataclass
from pathlib import Path

from local.trainer.bases import BaseModel
from local.trainer.durable import replace_file
from local.trainer.folds import CROSS_VALIDATE_BELOW, FOLDS
from local.trainer.parts import FIRST_LAYER, NGRAMS, TUNED

FILE_NAME = "speeds.json"
START_S = 3.0
EMBEDDED_TOKENS_PER_S = 14_000
TUNED_TOKENS_PER_S = 1_200
STEP_S_PER_EXAMPLE = 5e-5
STEP_S_PER_EXAMPLE_AND_LABEL = 2e-7
"""All on two cores of an AMD EPYC with AVX-512, 2026-11-21, by `benchmarks.train`; tokens as o200k_base counts them. The
steps are those of one head."""
NEW_SHARE = 0.5
"""How much the latest job counts against those before it."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Seconds that a job will take; `measured_here` where earlier jobs of this base corrected the figure."""

    seconds: float
    measured_here: bool


def expected_seconds(base: BaseModel, *, examples: int, tokens: int, labels: int, n_epochs: int) -> float:
    """The formula alone. `tokens` are those of one epoch; nothing is taken to be cached."""
    embedded = tokens / EMBEDDED_TOKENS_PER_S if any(part in FIRST_LAYER for part in base.parts) else 0.0
    tuned = n_epochs * tokens / TUNED_TOKENS_PER_S if TUNED in base.parts else 0.0
    trainees = 1 if base.tunes_encoder else 1 + FOLDS if examples < CROSS_VALIDATE_BELOW else 2
    heads = len([part for part in base.parts if part == NGRAMS or part in FIRST_LAYER])
    per_example = STEP_S_PER_EXAMPLE + STEP_S_PER_EXAMPLE_AND_LABEL * labels
    return START_S + embedded + tuned + examples * n_epochs * trainees * heads * per_example


def _factors(cache_folder: Path | None) -> dict[str, float]:
    if cache_folder is None:
        return {}
    try:
        values = json.loads((cache_folder / FILE_NAME).read_bytes())
        return {str(name): float(value) for name, value in values.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def estimate_seconds(
    base: BaseModel, *, examples: int, tokens: int, labels: int, n_epochs: int, cache_folder: Path | None
) -> Estimate:
    """The expected time of a job on this machine."""
    factor = _factors(cache_folder).get(base.id)
    plain = expected_seconds(base, examples=examples, tokens=tokens, labels=labels, n_epochs=n_epochs)
    return Estimate(seconds=plain * (factor or 1.0), measured_here=factor is not None)


def speed_factor(base_id: str, cache_folder: Path | None) -> float | None:
    """What earlier jobs of a base took here as a multiple of the formula; None before the first."""
    return _factors(cache_folder).get(base_id)


def remember_speed(base_id: str, *, expected_s: float, took_s: float, cache_folder: Path) -> None:
    """Correct later estimates of this base by what a job took against what the formula said."""
    factors = _factors(cache_folder)
    ratio = took_s / expected_s
    known = factors.get(base_id, ratio)
    factors[base_id] = round(known * (1 - NEW_SHARE) + ratio * NEW_SHARE, 4)
    replace_file(cache_folder / FILE_NAME, json.dumps(factors, indent=1).encode())
