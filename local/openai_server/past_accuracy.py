"""What accuracy to expect of a base, from the caller's own finished jobs with about as many labels."""

import sqlite3
import statistics
from dataclasses import dataclass

import msgspec

LABELS_APART = 2.0
"""Jobs with up to so many times more or fewer labels count as alike."""
LOOKED_AT = 200

SQL = """
    SELECT models.labels AS labels, jobs.state AS state
    FROM jobs JOIN models ON models.job_id = jobs.id AND models.owner = jobs.owner
    WHERE jobs.owner = ? AND jobs.status = 'succeeded' AND models.base = ? AND models.id NOT LIKE '%:ckpt-step-%'
    ORDER BY jobs.seq DESC LIMIT ?
"""


class _Evaluation(msgspec.Struct):
    metrics: dict[str, float] = {}


class _State(msgspec.Struct):
    evaluation: _Evaluation | None = None


_state = msgspec.json.Decoder(_State)


@dataclass(frozen=True, kw_only=True)
class PastAccuracy:
    """Accuracy on held-out examples: the median of `jobs` jobs, the least and the best of them."""

    median: float
    lowest: float
    highest: float
    jobs: int


def past_accuracy(connection: sqlite3.Connection, owner: str, base: str, labels: int) -> PastAccuracy | None:
    """None where the owner has no finished job of this base with about so many labels."""
    rows = connection.execute(SQL, (owner, base, LOOKED_AT)).fetchall()
    found = [
        accuracy
        for row in rows
        if _is_alike(row["labels"], labels) and (accuracy := _accuracy(row["state"])) is not None
    ]
    if not found:
        return None
    return PastAccuracy(
        median=round(statistics.median(found), 4),
        lowest=round(min(found), 4),
        highest=round(max(found), 4),
        jobs=len(found),
    )


def _is_alike(labels: int, wanted: int) -> bool:
    return max(labels, wanted) <= LABELS_APART * min(labels, wanted)


def _accuracy(state: str) -> float | None:
    try:
        evaluation = _state.decode(state).evaluation
    except msgspec.ValidationError:
        return None  # A job of a base that writes: its evaluation has other figures.
    return None if evaluation is None else evaluation.metrics.get("validation_accuracy")
