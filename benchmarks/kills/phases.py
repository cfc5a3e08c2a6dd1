"""How far the run is, and how many kills each part of it gets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """A part of the main job, as it is seen from outside; `training` lasts until the first epoch is told."""

    READING = "reading"
    SUBMITTING = "submitting"
    TRAINING = "training"
    EPOCHS = "epochs"
    ENDING = "ending"
    ANSWERING = "answering"


@dataclass(frozen=True, kw_only=True)
class Share:
    """A phase's part of all kills, and how long the bot may run before each, in seconds."""

    kills: float
    window_s: float


SHARES: dict[Phase, Share] = {
    Phase.READING: Share(kills=0.15, window_s=2.5),
    Phase.SUBMITTING: Share(kills=0.15, window_s=1.5),
    Phase.TRAINING: Share(kills=0.15, window_s=5.0),
    Phase.EPOCHS: Share(kills=0.25, window_s=2.0),
    Phase.ENDING: Share(kills=0.15, window_s=4.0),
    Phase.ANSWERING: Share(kills=0.15, window_s=1.5),
}


def most_kills(phase: Phase, total: int) -> int:
    """How many of `total` kills may have happened by the end of `phase`; what a short phase leaves goes to the next."""
    phases = list(SHARES)
    until = phases[: phases.index(phase) + 1]
    return total if phase is phases[-1] else round(total * sum(SHARES[each].kills for each in until))
