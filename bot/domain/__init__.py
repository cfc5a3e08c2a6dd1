"""The nouns: frozen values with no behaviour beyond their own invariants.

Times are aware UTC datetimes, money is Decimal US dollars, durations are seconds unless the name says otherwise.
The words are explained in docs/glossary.md.
"""

from bot.domain.datasets import (
    Choices,
    Dataset,
    DatasetReport,
    DatasetStatus,
    ExampleFormat,
    Finding,
    Lengths,
    Reading,
    Remedy,
    Severity,
    SplitPart,
    Suspect,
    Task,
)
from bot.domain.jobs import (
    Checkpoint,
    ClaimedJob,
    Evaluation,
    FineTuningJob,
    Hyperparameters,
    JobEvent,
    JobPhase,
    JobPlan,
    JobProgress,
    JobStatus,
    Metrics,
    RemoteJob,
)
from bot.domain.models import Answer, BaseModel, Estimate, FineTunedModel, Question
from bot.domain.places import Actor, Thread
from bot.domain.updates import OutboxRow, Update, UpdateKind

__all__ = [
    "Actor",
    "Answer",
    "BaseModel",
    "Checkpoint",
    "Choices",
    "ClaimedJob",
    "Dataset",
    "DatasetReport",
    "DatasetStatus",
    "Estimate",
    "Evaluation",
    "ExampleFormat",
    "Finding",
    "FineTunedModel",
    "FineTuningJob",
    "Hyperparameters",
    "JobEvent",
    "JobPhase",
    "JobPlan",
    "JobProgress",
    "JobStatus",
    "Lengths",
    "Metrics",
    "OutboxRow",
    "Question",
    "Reading",
    "Remedy",
    "RemoteJob",
    "Severity",
    "SplitPart",
    "Suspect",
    "Task",
    "Thread",
    "Update",
    "UpdateKind",
]
