"""Mix the parts of a model: one scale a part, fitted on examples the parts have not trained on.

The answer is softmax(sum of scale * log-probabilities). Two scales are a blend weight and a temperature in one, and
the loss is convex in them, so a few Newton steps find the best pair.
"""

from collections.abc import Sequence

import numpy as np

from local.trainer.arrays import Doubles, Floats, Rows, log_softmax

NEWTON_STEPS = 40
PRIOR_EXAMPLES = 1.0
SMALLEST_MOVE = 1e-7
MAX_FITTED = 5_000


def blended(logits: Sequence[Floats], scales: Sequence[float]) -> Floats:
    """Log-probabilities [n, labels] of the mix."""
    total = sum(np.float32(scale) * log_softmax(part) for part, scale in zip(logits, scales, strict=True))
    return log_softmax(np.asarray(total, dtype=np.float32))


def even_scales(parts: int) -> tuple[float, ...]:
    """The scales before there is anything to fit them on: parts weigh the same, temperature 1."""
    return (1 / parts,) * parts


def _loss(scores: Doubles, scales: Doubles, start: Doubles, targets: Rows, strength: float) -> float:
    mixed = np.tensordot(scales, scores, axes=1)
    peak = mixed.max(axis=1)
    normaliser = peak + np.log(np.exp(mixed - peak[:, None]).sum(axis=1))
    chosen = mixed[np.arange(len(targets)), targets]
    return float((normaliser - chosen).mean() + strength * np.square(scales - start).sum() / 2)


def _slopes(
    scores: Doubles, scales: Doubles, start: Doubles, targets: Rows, strength: float
) -> tuple[Doubles, Doubles]:
    """Gradient and Hessian of the loss by the scales."""
    mixed = np.tensordot(scales, scores, axes=1)
    powers = np.exp(mixed - mixed.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    expected = (scores * probabilities).sum(axis=2)
    seen = scores[:, np.arange(len(targets)), targets]
    gradient = (expected - seen).mean(axis=1) + strength * (scales - start)
    second = np.einsum("ank,bnk,nk->ab", scores, scores, probabilities, optimize=True) / len(targets)
    hessian = second - expected @ expected.T / len(targets) + strength * np.eye(len(scales))
    return gradient, hessian


def fit_scales(logits: Sequence[Floats], targets: Rows) -> tuple[float, ...]:
    """The scales, none below 0, with the least loss on these targets; a weak pull to even scales steadies tiny sets.

    At most MAX_FITTED rows are looked at: a handful of numbers needs no more.
    """
    if len(targets) > MAX_FITTED:
        chosen = np.linspace(0, len(targets) - 1, MAX_FITTED).astype(np.int64)
        logits, targets = [part[chosen] for part in logits], targets[chosen]
    scores = np.stack([log_softmax(part).astype(np.float64) for part in logits])
    start = np.array(even_scales(len(logits)))
    strength = PRIOR_EXAMPLES / len(targets)
    scales = start.copy()
    active = np.ones(len(scales), dtype=bool)
    for _ in range(NEWTON_STEPS):
        gradient, hessian = _slopes(scores, scales, start, targets, strength)
        active = ~((scales <= 0) & (gradient > 0))
        move = np.zeros_like(scales)
        move[active] = -np.linalg.solve(hessian[np.ix_(active, active)], gradient[active])
        best = _loss(scores, scales, start, targets, strength)
        share = 1.0
        while (
            share > 1e-4
            and _loss(scores, np.maximum(0, scales + share * move), start, targets, strength) > best
        ):
            share /= 2
        moved = np.maximum(0, scales + share * move)
        if share <= 1e-4 or np.abs(moved - scales).max() < SMALLEST_MOVE:
            break
        scales = moved
    return tuple(float(scale) for scale in scales)
