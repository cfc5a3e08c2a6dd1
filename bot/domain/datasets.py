"""What a dropped file becomes: reading, findings, remedies, splits, report."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Task(StrEnum):
    """What the examples teach."""

    CLASSIFICATION = "classification"
    GENERATION = "generation"
    EXTRACTION = "extraction"
    CHAT = "chat"


class Severity(StrEnum):
    """How bad a finding is: an error stops training, a warning deserves a look, info is advice."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class ExampleFormat(StrEnum):
    """The two JSONL formats of the OpenAI fine-tuning API."""

    CHAT = "chat"
    COMPLETION = "completion"


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One way to deal with a finding. `rows_before` and `rows_after` count the rows of the dataset."""

    code: str
    title: str
    recommended: bool
    applied: bool
    rows_before: int
    rows_after: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found: its code, how many rows, the spreadsheet lines of the first few, real examples.

    `counts` are further figures by name, such as ("byte_for_byte", 403) for duplicate rows.
    """

    code: str
    severity: Severity
    rows: int
    message: str
    lines: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A row whose label looks wrong: `row` is its place in the dataset (for Choices.relabels), `suggestion` the label
    that a model trained on the other rows gives it, with that probability. The text is masked."""

    row: int
    line: int
    file: str
    text: str
    label: str
    suggestion: str
    probability: float


@dataclass(frozen=True, kw_only=True)
class Choices:
    r"""What a person decided about a dataset; None means "choose for me".

    `text` is a column name or a template such as "{title}\n\n{body}"; `fixes` are remedy codes, or None for the
    recommended ones. Shares are fractions of the kept rows; the rest is the training part. `max_tokens` is the
    longest example the chosen model trains on. `relabels` are (row, label) for rows whose label a person put right,
    or confirmed; `drops` are rows that a person took out.
    """

    text: str | None = None
    label: str | None = None
    task: Task | None = None
    format: ExampleFormat = ExampleFormat.CHAT
    system: str = ""
    validation_share: float = 0.1
    test_share: float = 0.1
    seed: int = 42
    fixes: tuple[str, ...] | None = None
    max_tokens: int = 65_536
    relabels: tuple[tuple[int, str], ...] = ()
    drops: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file was understood. `delimiter` is empty for formats without one; `header` False when names were made up.

    `notes` are sentences for the person (a sheet chosen out of several, a preamble skipped, ...).
    """

    file: str
    format: str
    encoding: str
    delimiter: str
    quoting: bool
    header: bool
    columns: tuple[str, ...]
    rows_read: int
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SplitPart:
    """One part of a split: rows, o200k tokens, rows per label, and the JSONL file's name inside the work folder."""

    name: str
    rows: int
    tokens: int
    labels: dict[str, int]
    path: str


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Lengths of the examples in tokens (o200k), the system prompt and label included."""

    median: int
    p99: int
    longest: int
    longest_line: int
    histogram: tuple[tuple[int, int, int], ...] = ()
    """(from, up to but not including, rows) for each bar."""
    limit: int = 0
    over_limit: int = 0
    """Kept rows longer than `limit` tokens."""


@dataclass(frozen=True, kw_only=True)
class DatasetReport:
    """Everything a person reads about a dataset, and everything a job needs of it.

    `text` is the template in use ("{text}" for a single column), `labels` rows per label after the applied fixes,
    in descending order. `tokens` are those of the training part.
    """

    reading: Reading
    rows_kept: int
    text: str
    label: str
    ignored_columns: tuple[str, ...]
    task: Task
    format: ExampleFormat
    system: str
    stop: str
    separator: str
    labels: dict[str, int]
    findings: tuple[Finding, ...]
    splits: tuple[SplitPart, ...]
    tokens: int
    lengths: Lengths
    majority_share: float
    choices: Choices
    samples: tuple[tuple[str, str], ...] = ()
    """A few (text, label) pairs as they will be trained."""
    answers: dict[str, str] = field(default_factory=dict)
    """What the model is taught to say for each label, where that is not the label itself (numbered classes)."""

    def part(self, name: str) -> SplitPart | None:
        """The split part of that name ("train", "validation", "test"), or None."""
        return next((part for part in self.splits if part.name == name), None)

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands in the way of training."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


class DatasetStatus(StrEnum):
    """Where a dropped file stands; a joined one is part of another dataset."""

    READING = "reading"
    READY = "ready"
    UNUSABLE = "unusable"
    JOINED = "joined"


@dataclass(frozen=True, kw_only=True)
class VersionPlan:
    """How a version of a dataset is made of its parent: what is decided, and (text, label) pairs to add for training.

    The parts stay: what was held out is held out again, what is added is for training only.
    """

    choices: Choices
    additions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A file somebody dropped, as we keep it, or a later version of it. `report` is None until it has been read.

    `name` is what people call it, `file_name` the file's own, `drop_ts` the message that carried it. Several files of one
    message may be one dataset: `files` says how many, `files_read` how many of them the report is about, and
    `joined_to` names the dataset that a file was taken into. A version after the first has a `parent`, who made it
    (`made_by`), and in words what was changed (`change`); all versions share a `root`, the id of the first. `history`
    are the earlier choices that can be gone back to, oldest first.
    """

    id: str
    team: str
    channel: str
    user: str
    file_id: str
    name: str
    thread_ts: str
    report_ts: str
    status: DatasetStatus
    created_at: datetime
    report: DatasetReport | None = None
    problem: str = ""
    drop_ts: str = ""
    file_name: str = ""
    files: int = 1
    files_read: int = 0
    joined_to: str = ""
    version: int = 1
    parent: str = ""
    root: str = ""
    made_by: str = ""
    change: str = ""
    history: tuple[Choices, ...] = ()

    @property
    def title(self) -> str:
        """The name, with the version where it is not the first."""
        return self.name if self.version == 1 else f"{self.name} (v{self.version})"

    @property
    def is_read(self) -> bool:
        """Whether every file of it has been read, or found to be unusable."""
        return self.status is not DatasetStatus.READING and self.files_read >= self.files
