"""How long a job of a model that writes takes: a formula of its tokens, corrected by earlier jobs on this machine."""

from pathlib import Path

from local.trainer.estimate import Estimate, speed_factor

START_S = 25.0
TOKENS_PER_S = 150
"""SmolLM2-135M with LoRA on one core of a 2.4 GHz AMD EPYC with AVX-512 in bfloat16, 2026-11-21."""


def expected_seconds(*, tokens: int, n_epochs: int) -> float:
    """The formula alone; `tokens` are those of one epoch."""
    return START_S + tokens * n_epochs / TOKENS_PER_S


def estimate_seconds(base_id: str, *, tokens: int, n_epochs: int, cache_folder: Path | None) -> Estimate:
    """The expected time of a job on this machine."""
    factor = speed_factor(base_id, cache_folder)
    plain = expected_seconds(tokens=tokens, n_epochs=n_epochs)
    return Estimate(seconds=plain * (factor or 1.0), measured_here=factor is not None)
