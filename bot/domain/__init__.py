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
    Task,
)
from bot.domain.jobs import (
    Checkpoint,
    Evaluation,
    FineTuningJob,
    Hyperparameters,
    JobEvent,
    JobPlan,
    JobProgress,
    JobStatus,
    Metrics,
    RemoteJob,
)
from bot.domain.models import Answer, BaseModel, Estimate, FineTunedModel
from bot.domain.places import Actor, Thread

__all__ = [
    "Actor",
    "Answer",
    "BaseModel",
    "Checkpoint",
    "Choices",
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
    "JobPlan",
    "JobProgress",
    "JobStatus",
    "Lengths",
    "Metrics",
    "Reading",
    "Remedy",
    "RemoteJob",
    "Severity",
    "SplitPart",
    "Task",
    "Thread",
]
