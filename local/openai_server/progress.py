"""The trainer's progress lines: read, and turned into events, checkpoints and the job's state, each once."""

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from local.openai_server.ids import checkpoint_name
from local.openai_server.store import events, models
from local.openai_server.store.events import Level, NewEvent
from local.openai_server.store.jobs import Hyperparameters, Job
from local.openai_server.store.models import FineTunedModel

logger = logging.getLogger(__name__)

STEP_METRICS = ("train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy")
FULL_METRICS = ("full_valid_loss", "full_valid_mean_token_accuracy")


class _Line(msgspec.Struct, kw_only=True, tag_field="type"):
    seq: int
    at: float


class Started(_Line, tag="started"):
    """The trainer has read its files and resolved its hyperparameters."""

    hyperparameters: Hyperparameters
    total_steps: int
    n_epochs: int
    labels: int = 0
    notes: list[str] = []


class Step(_Line, tag="step"):
    """One reported step, with the loop's own figures."""

    step: int
    total_steps: int
    epoch: float = 0
    train_loss: float | None = None
    train_mean_token_accuracy: float | None = None
    valid_loss: float | None = None
    valid_mean_token_accuracy: float | None = None


class CheckpointMade(_Line, tag="checkpoint"):
    """A callable checkpoint lies in `dir`, relative to the job's folder."""

    step: int
    dir: str
    metrics: dict[str, float | int | None]


class Message(_Line, tag="message"):
    """Something worth telling."""

    message: str
    level: str = "info"


class Finished(_Line, tag="finished"):
    """The model is complete in `model_dir`, relative to the job's folder."""

    trained_tokens: int
    model_dir: str
    result_csv: str
    steps: int = 0
    best_step: int | None = None
    metrics: dict[str, object] = {}
    classification: dict[str, object] | None = None


class Failed(_Line, tag="failed"):
    """Training can't go on; code, message and param go into the job's error."""

    code: str
    message: str
    param: str | None = None


Line = Started | Step | CheckpointMade | Message | Finished | Failed
_decoder = msgspec.json.Decoder(Line)


def parse_lines(content: bytes) -> list[Line]:
    """The complete lines of a progress stream; a last line still being written waits for its end."""
    lines: list[Line] = []
    for raw in content.split(b"\n")[:-1]:
        try:
            lines.append(_decoder.decode(raw))
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            logger.warning("progress line skipped reason=%s", error)
    return lines


@dataclass(kw_only=True)
class Recorder:
    """Turns one job's lines into rows; remembers what it has seen, so that a line is looked at once per process."""

    seen: set[str] = field(default_factory=set)
    since: float = 0.0
    labels: int = 0

    def record(self, tx: sqlite3.Connection, job: Job, lines: Sequence[Line]) -> Job:
        """Write what is new and give the job as it is then (not saved). Finished and Failed are left alone."""
        total_steps, epochs = job.state.total_steps, _epochs(job)
        for position, line in enumerate(lines):
            following = lines[position + 1] if position + 1 < len(lines) else None
            if isinstance(line, Started):
                job = self._started(tx, job, line)
                total_steps, epochs = line.total_steps, line.n_epochs
            elif isinstance(line, Step):
                if following is None and _ends_epoch(line.step, total_steps, epochs):
                    break  # its checkpoint's figures belong into the same event and come within moments
                self._step(tx, job, line, following)
            elif isinstance(line, CheckpointMade):
                self._checkpoint(tx, job, line)
            elif isinstance(line, Message):
                self._message(tx, job, line)
        return replace(job, state=replace(job.state, estimated_finish=estimated_finish(lines, self.since)))

    def _new(self, key: str) -> bool:
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def _started(self, tx: sqlite3.Connection, job: Job, line: Started) -> Job:
        self.labels = line.labels
        if self._new("trainer-started"):
            for number, note in enumerate(line.notes):
                events.append(tx, job.id, NewEvent(key=f"note:{number}", at=line.at, message=note))
        state = replace(job.state, hyperparameters=line.hyperparameters, total_steps=line.total_steps)
        return replace(job, state=state)

    def _step(self, tx: sqlite3.Connection, job: Job, line: Step, following: Line | None) -> None:
        if not self._new(f"step:{line.step}"):
            return
        metrics = {
            "step": line.step,
            "total_steps": line.total_steps,
            **_numbers(msgspec.structs.asdict(line), STEP_METRICS),
        }
        if isinstance(following, CheckpointMade) and following.step == line.step:
            metrics |= _numbers(following.metrics, FULL_METRICS)
        event = NewEvent(key=f"step:{line.step}", at=line.at, message=step_text(metrics), metrics=metrics)
        events.append(tx, job.id, event)

    def _checkpoint(self, tx: sqlite3.Connection, job: Job, line: CheckpointMade) -> None:
        if not self._new(f"checkpoint:{line.step}"):
            return
        model_id = checkpoint_name(job.spec.output_model, line.step)
        metrics = {"step": line.step, **_numbers(line.metrics, (*STEP_METRICS, *FULL_METRICS))}
        if models.insert_checkpoint(tx, job.id, line.step, model_id, int(line.at), metrics):
            models.insert(tx, fine_tuned_model(job, model_id, line.dir, self.labels, int(line.at)))
            models.drop_old_checkpoints(tx, job.id)
        text = f"Checkpoint created at step {line.step}"
        events.append(tx, job.id, NewEvent(key=f"checkpoint:{line.step}", at=line.at, message=text))

    def _message(self, tx: sqlite3.Connection, job: Job, line: Message) -> None:
        key = f"message:{line.seq}:{line.message}"
        if self._new(key):
            level = Level(line.level) if line.level in set(Level) else Level.INFO
            events.append(tx, job.id, NewEvent(key=key, at=line.at, message=line.message, level=level))


def fine_tuned_model(job: Job, model_id: str, directory: str, labels: int, now: int) -> FineTunedModel:
    """The row of a model that lies in a folder of the job's folder."""
    return FineTunedModel(
        id=model_id, owner=job.owner, base=job.spec.base_model, job_id=job.id, kind=job.spec.base_kind,
        labels=labels,
        directory=f"jobs/{job.id}/{directory}", created_at=now,
    )  # fmt: skip


def step_text(metrics: dict[str, float]) -> str:
    """OpenAI's wording of one step: losses with two decimals, the validation ones only where they were computed."""
    text = (
        f"Step {metrics['step']}/{metrics['total_steps']}: training loss={metrics.get('train_loss', 0.0):.2f}"
    )
    if "valid_loss" in metrics:
        text += f", validation loss={metrics['valid_loss']:.2f}"
    if "full_valid_loss" in metrics:
        text += f", full validation loss={metrics['full_valid_loss']:.2f}"
    return text


def estimated_finish(lines: Sequence[Line], since: float) -> int | None:
    """When training ends (epoch seconds) if it goes on at the rate seen since this process took it up."""
    steps = [line for line in lines if isinstance(line, Step) and line.at >= since]
    if len(steps) < 2 or steps[-1].step <= steps[0].step:
        return None
    first, last = steps[0], steps[-1]
    seconds_per_step = (last.at - first.at) / (last.step - first.step)
    return int(last.at + seconds_per_step * (last.total_steps - last.step)) + 1


def _numbers(
    values: dict[str, object] | dict[str, float | int | None], names: Sequence[str]
) -> dict[str, float]:
    found = ((name, values.get(name)) for name in names)
    return {name: value for name, value in found if isinstance(value, int | float)}


def _epochs(job: Job) -> int:
    resolved = job.state.hyperparameters
    return resolved.n_epochs if resolved is not None and isinstance(resolved.n_epochs, int) else 1


def _ends_epoch(step: int, total_steps: int | None, epochs: int) -> bool:
    if not total_steps or epochs < 1:
        return False
    return step % max(1, total_steps // epochs) == 0
