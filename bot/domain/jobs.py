"""Fine-tuning jobs: what was asked, what the server says, how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class JobStatus(StrEnum):
    """The API's statuses, plus our own before the API knows the job; unknown ones are kept as text beside."""

    WAITING = "waiting_for_approval"
    STARTING = "starting"
    VALIDATING_FILES = "validating_files"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_finished(self) -> bool:
        """Whether the job will not change any more."""
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What to train with; None means the server's "auto"."""

    n_epochs: int | None = None
    batch_size: int | None = None
    learning_rate_multiplier: float | None = None


@dataclass(frozen=True, kw_only=True)
class Classification:
    """Which figures a classifier's results are to have; the words of OpenAI's fine-tunes API of 2021 to 2024.

    `n_classes` None: as many as the dataset has. `positive_class` "": the rarer of two. `betas`: F-beta is told for each.
    """

    n_classes: int | None = None
    positive_class: str = ""
    betas: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JobPlan:
    """What a person asked for when starting a job. None means "as the dataset says" for shares, the server's choice else.

    `model` is a base, or a model fine-tuned before (`ft:…`) whose training goes on with this dataset.
    """

    dataset_id: str
    model: str
    hyperparameters: Hyperparameters = field(default_factory=Hyperparameters)
    suffix: str = ""
    seed: int | None = None
    validation_share: float | None = None
    test_share: float | None = None
    classification: Classification = field(default_factory=Classification)
    wandb_project: str = ""
    """The Weights & Biases project that the server sends the run's figures to; "" for none."""
    portion: float = 1.0
    """How much of the training part to train on: below 1 for the points of a learning curve."""
    curve: str = ""
    """The learning curve this training is a point of; the curve tells of it, not the job itself."""


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """The numbers of one training step or checkpoint; None where the server gave none."""

    step: int
    total_steps: int | None = None
    train_loss: float | None = None
    train_accuracy: float | None = None
    valid_loss: float | None = None
    valid_accuracy: float | None = None


@dataclass(frozen=True, kw_only=True)
class JobEvent:
    """One event of a job as the server told it, oldest first when in a list."""

    id: str
    created_at: datetime
    level: str
    message: str
    metrics: Metrics | None = None


@dataclass(frozen=True, kw_only=True)
class EventPage:
    """Some of a job's events, newest first; `older` is the cursor to those before, "" when there are none."""

    events: tuple[JobEvent, ...]
    older: str = ""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A usable model saved during training."""

    id: str
    step: int
    model: str
    metrics: Metrics


@dataclass(frozen=True, kw_only=True)
class RemoteJob:
    """A fine-tuning job as the server sees it. `status_text` is the server's own word."""

    id: str
    status: JobStatus
    status_text: str
    model: str
    created_at: datetime
    finished_at: datetime | None = None
    estimated_finish: datetime | None = None
    fine_tuned_model: str = ""
    trained_tokens: int | None = None
    n_epochs: int | None = None
    error: str = ""
    queue_position: int | None = None
    result_files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How a model did on the held-out test part, beside always answering the commonest label."""

    rows: int
    correct: int
    majority_correct: int

    @property
    def accuracy(self) -> float:
        """Share of rows answered with their own label."""
        return self.correct / self.rows if self.rows else 0.0


@dataclass(frozen=True, kw_only=True)
class JobProgress:
    """What is known of a job between two looks; grows, never shrinks."""

    status: JobStatus = JobStatus.STARTING
    status_text: str = ""
    step: int = 0
    total_steps: int | None = None
    n_epochs: int | None = None
    epochs_done: int = 0
    losses: tuple[tuple[int, float], ...] = ()
    """(step, training loss), thinned to at most 200 points."""
    epoch_metrics: tuple[Metrics, ...] = ()
    """The last metrics of each finished epoch, in order."""
    last: Metrics | None = None
    trained_tokens: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    estimated_finish: datetime | None = None
    queue_position: int | None = None
    fine_tuned_model: str = ""
    error: str = ""
    notice: str = ""
    """The last warning the server gave."""
    activity: str = ""
    """What the server said last that is no step: shown while there are no steps yet."""
    pace: tuple[tuple[float, int], ...] = ()
    """(UTC seconds, step) of the newest steps since training last started or went on: the observed step rate."""
    checkpoints: tuple[Checkpoint, ...] = ()
    """The checkpoints the server kept, in step order; known once the job has succeeded."""


@dataclass(frozen=True, kw_only=True)
class FineTuningJob:
    """A job as we keep it. `op_id` is ours and rides in the server's metadata; `remote_id` is the server's."""

    op_id: str
    team: str
    channel: str
    user: str
    thread_ts: str
    card_ts: str
    dataset_id: str
    dataset_name: str
    base_model: str
    plan: JobPlan
    train_tokens: int
    created_at: datetime
    remote_id: str = ""
    progress: JobProgress = field(default_factory=JobProgress)
    cost_usd: Decimal | None = None
    evaluation: Evaluation | None = None
    lost: str = ""
    """Slack's error when the thread can't be told any more; from then on the starter is told directly."""


class Wish(StrEnum):
    """What a person asked to be done with a job at the server, kept until the server was told."""

    NONE = ""
    PAUSE = "pause"
    RESUME = "resume"


class JobPhase(StrEnum):
    """What the poller still has to do for a job."""

    WAITING = "waiting"
    """For somebody's approval: the poller leaves it alone."""
    ACTIVE = "active"
    EVALUATING = "evaluating"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class ClaimedJob:
    """A job leased to one poller. Results are accepted only while `fence` is still the row's.

    `attempts` counts claims before the server's job id was known: above one, an earlier try may have created it.
    """

    job: FineTuningJob
    phase: JobPhase
    fence: int
    attempts: int
    fails: int
    training_file: str = ""
    validation_file: str = ""
    last_event: str = ""
    cancel_by: str = ""
    wish: Wish = Wish.NONE
    wish_by: str = ""
    poll_interval_s: float = 0.0
