"""What the use cases need from the outside world, as Protocols; each has a real adapter and a fake in tests/fakes.

Also the two values that cross these seams: `Message` (text and Block Kit) and `TrainingFile`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from bot.domain import (
    Admission,
    Answer,
    BaseModel,
    Checkpoint,
    EventPage,
    FineTunedModel,
    FineTuningJob,
    Hyperparameters,
    JobEvent,
    JobPlan,
    Person,
    RemoteBatch,
    RemoteJob,
    Thread,
    UserGroup,
)

Block = dict[str, Any]
"""One Block Kit block as Slack's JSON has it; made in bot/views, read nowhere else."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message as Slack takes it: `text` says what `blocks` show, for notifications and screen readers."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RemoteEstimate:
    """What the server itself says a training would take; None where it does not say."""

    n_epochs: int
    tokens: int
    seconds: float | None
    usd: float | None
    measured: bool
    accuracy: float | None = None
    """What the server's past runs on such data make one expect on held-out rows."""


class Provider(Protocol):
    """A server that offers the OpenAI fine-tuning API.

    Every method raises ProviderError when the server refuses, ProviderUnavailableError when it cannot be asked.
    """

    async def base_models(self) -> tuple[BaseModel, ...]:
        """Models that can be fine-tuned, the server's default first; empty when the server does not tell.

        Those with a `problem` can't be at the moment.
        """

    async def estimate(
        self, model: str, *, examples: int, tokens: int, labels: int, hyperparameters: Hyperparameters
    ) -> RemoteEstimate | None:
        """The server's own estimate, or None when it has none."""

    async def upload(self, path: Path, *, name: str) -> str:
        """Upload a JSONL file for fine-tuning; the file's id."""

    async def create_job(
        self, plan: JobPlan, *, training_file: str, validation_file: str, op_id: str
    ) -> RemoteJob:
        """Create a job once, without retries; `op_id` rides in its metadata."""

    async def find_job(self, op_id: str, *, training_file: str) -> RemoteJob | None:
        """The job created under that op_id, if any; the oldest when there are several (the others are cancelled)."""

    async def job(self, remote_id: str) -> RemoteJob:
        """The job as it is now."""

    async def events(self, remote_id: str, *, after: str) -> list[JobEvent]:
        """Events that came after the event of that id ("" for all), oldest first."""

    async def checkpoints(self, remote_id: str) -> list[Checkpoint]:
        """The job's checkpoints in step order; empty when the server keeps none."""

    async def content(self, file_id: str) -> bytes:
        """A file's bytes as the server keeps them, such as a job's result file."""

    async def event_page(self, remote_id: str, *, limit: int, after: str = "") -> EventPage:
        """The job's newest events, or those before the event of that id."""

    async def cancel(self, remote_id: str) -> RemoteJob:
        """Cancel a job."""

    async def pause(self, remote_id: str) -> RemoteJob:
        """Pause a job. Raises NotSupportedError where the server has no such call."""

    async def resume(self, remote_id: str) -> RemoteJob:
        """Let a paused job go on. Raises NotSupportedError where the server has no such call."""

    async def create_batch(self, requests: Path, *, endpoint: str, key: str) -> RemoteBatch:
        """Have a file of requests answered; the same `key` makes no second batch at servers that know it."""

    async def batch(self, remote_id: str) -> RemoteBatch:
        """The batch as it is now."""

    async def cancel_batch(self, remote_id: str) -> None:
        """Stop a batch; what has been answered stays in its output."""

    async def save_content(self, file_id: str, target: Path) -> None:
        """Write a file of the server's to `target`, whatever its size."""

    async def delete_model(self, name: str) -> bool:
        """Delete a model; False when the server does not know it (any more)."""

    async def answer(self, model: FineTunedModel, text: str) -> Answer:
        """The model's answer to one text, asked the way it was trained, at temperature 0."""


class Permits(Protocol):
    """Who may start what, and for how much."""

    async def admit(self, job: FineTuningJob, usd: Decimal | None) -> Admission:
        """The terms on which this job is taken; `usd` is its price, None when unknown.

        Raises NotAllowedError when its starter may not, SlackError when that can't be found out now.
        """


class Notifier(Protocol):
    """Slack, as far as we write to it. Every method raises SlackError (`in_doubt` when it may have happened)."""

    async def post(
        self, thread: Thread, message: Message, *, outbox_id: str = "", broadcast: bool = False
    ) -> str:
        """Post into the thread (or the channel, when `thread.ts` is empty); the message's ts."""

    async def edit(self, place: Thread, message: Message) -> None:
        """Replace the message whose ts is `place.ts`."""

    async def find(self, thread: Thread, *, outbox_id: str, since: datetime) -> str | None:
        """The ts of our message that carries that outbox id, or None when it is not there or cannot be looked up."""

    async def whisper(self, channel: str, user: str, message: Message, *, thread_ts: str = "") -> None:
        """Show a message to one person only."""

    async def respond(
        self, response_url: str, message: Message, *, in_channel: bool, replace: bool = False
    ) -> None:
        """Answer a command or a button through its response URL; `replace` edits the message of the button."""

    async def direct(self, user: str) -> str:
        """The channel of our direct messages with one person."""

    async def react(self, place: Thread, emoji: str) -> None:
        """Add a reaction to the message whose ts is `place.ts`."""

    async def upload(
        self, thread: Thread, path: Path, *, name: str, title: str, alt_text: str = "", comment: str = ""
    ) -> None:
        """Put a file into the thread."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A message that carries a file: its own ts, and the thread it lies in (its own when it starts one)."""

    channel: str
    ts: str
    thread_ts: str


@dataclass(frozen=True, kw_only=True)
class DroppedFile:
    """A file in Slack as its own record says: never as an event claims. `mode` is Slack's ("hosted", "external", ...)."""

    id: str
    name: str
    size_bytes: int
    mode: str
    user: str
    url: str
    shares: tuple[Share, ...] = ()


class FileSource(Protocol):
    """Slack, as far as we read files from it."""

    async def file(self, file_id: str) -> DroppedFile:
        """The file's record. Raises SlackError."""

    async def download(self, file: DroppedFile, target: Path, *, max_bytes: int) -> None:
        """Write the file's bytes to `target`. Raises DatasetError (too large, not hosted by Slack), SlackError."""


class Directory(Protocol):
    """Slack, as far as we ask it about people. Every method raises SlackError; `code` is Slack's own."""

    async def person(self, team: str, user: str) -> Person:
        """What Slack knows of somebody, seen from that team."""

    async def group_members(self, group: str) -> tuple[str, ...]:
        """The user ids of a user group's members."""

    async def groups(self) -> tuple[UserGroup, ...]:
        """The workspace's user groups."""

    async def is_member(self, channel: str, user: str) -> bool:
        """Whether somebody is in a channel."""


class Sandbox(Protocol):
    """Runs one function apart from us, under limits."""

    async def run(self, function: str, arguments: dict[str, object], kind: type[Any]) -> Any:
        """Call "module:function" with keyword arguments; the value as `kind`.

        Raises what the function raised when it is one of our UserErrors, else SandboxError.
        """


Rows = Sequence[tuple[list[dict[str, str]], str]]
"""Test rows: (messages without the answer, the expected answer)."""
