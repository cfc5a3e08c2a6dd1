"""What a model did on test rows it has never seen: single predictions, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.jobs import FineTuningJob


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One test row answered. `line` is its line in the JSONL file, from 1; labels are the dataset's own words.

    `probabilities` are (label, p), the likeliest first, at most ten; empty where the server shows none.
    """

    line: int
    label: str
    predicted: str
    probabilities: tuple[tuple[str, float], ...] = ()
    latency_ms: float = 0.0
    approximate: bool = False

    @property
    def is_right(self) -> bool:
        """Whether the model gave the row's own label."""
        return self.predicted == self.label

    @property
    def confidence(self) -> float | None:
        """The probability of what was answered; None where the server showed none."""
        return dict(self.probabilities).get(self.predicted)


@dataclass(frozen=True, kw_only=True)
class ClassScore:
    """One label: `rows` that have it, `predicted` rows that were given it. Scores are 0 where there is nothing to divide."""

    label: str
    rows: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, kw_only=True)
class ConfusedPair:
    """`rows` of label `label` that were answered with `predicted`."""

    label: str
    predicted: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class BinaryScores:
    """Two classes, seen from the positive one. `chosen_by` says why that one: "plan" or "rarer".

    `f_betas` are (beta, F-beta). The areas are None where a row lacks the positive class's probability.
    """

    positive: str
    chosen_by: str
    precision: float
    recall: float
    f_betas: tuple[tuple[float, float], ...]
    auroc: float | None
    auprc: float | None


@dataclass(frozen=True, kw_only=True)
class OrdinalScores:
    """Labels with an order: `order` is lowest to highest.

    `off_by_one` is the share at most one place from the right label, `mean_error` the mean distance in places.
    `good_bad` is the share on the right side of the middle among `sided_rows` rows whose label has a side.
    """

    order: tuple[str, ...]
    off_by_one: float
    mean_error: float
    good_bad: float
    sided_rows: int


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """Rows answered with a confidence between `low` and `high`: how sure, and how often right."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Whether the probabilities mean what they say. `error` is the expected calibration error, 0 to 1."""

    error: float
    bins: tuple[CalibrationBin, ...]
    rows: int


@dataclass(frozen=True, kw_only=True)
class HeldOutScores:
    """Everything counted on a test part; fields that do not apply are None or empty.

    `labels` are in descending order of rows, then those that were only ever answered; `confusion[i][j]` are rows of
    label i answered with label j. `interval` is the 95% confidence interval of the accuracy.
    """

    rows: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    majority_label: str
    majority_share: float
    weighted_f1: float
    macro_f1: float
    labels: tuple[str, ...]
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    pairs: tuple[ConfusedPair, ...]
    binary: BinaryScores | None = None
    ordinal: OrdinalScores | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A confident and wrong answer. The text is masked for personal data."""

    line: int
    text: str
    label: str
    predicted: str
    confidence: float | None


@dataclass(frozen=True, kw_only=True)
class ResultFile:
    """The server's result file, read: the last value of each column that has any, and the class metrics in it."""

    columns: tuple[str, ...]
    steps: int
    train_loss: float | None = None
    train_accuracy: float | None = None
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    classification: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class JobResults:
    """Everything that is known of how a job came out.

    `file` is the server's result file, None where `file_problem` says why. `tested` and `right` count test rows; for a
    classifier `scores` has the rest. `approximate` says that probabilities are those of the likeliest tokens only.
    """

    job: FineTuningJob
    classifies: bool
    file: ResultFile | None = None
    file_problem: str = ""
    tested: int = 0
    right: int = 0
    scores: HeldOutScores | None = None
    mistakes: tuple[Mistake, ...] = ()
    has_probabilities: bool = False
    approximate: bool = False
