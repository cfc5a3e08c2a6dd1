"""What a fine-tuning server sends, read leniently into domain values: JSON in, nouns out, no network.

Servers that speak the OpenAI API differ in statuses, events, nulls and page order; docs/server.md lists what was seen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain import BaseModel, Checkpoint, JobEvent, JobStatus, Metrics, RemoteBatch, RemoteJob

_NUMBER = r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|nan|[+-]?inf)"
_STEP = re.compile(
    rf"Step\s+(\d+)(?:\s*/\s*(\d+))?\s*:\s*training loss\s*=\s*{_NUMBER}"
    rf"(?:,\s*validation loss\s*=\s*{_NUMBER})?(?:,\s*full validation loss\s*=\s*{_NUMBER})?",
    re.IGNORECASE,
)


def read_base_model(row: Mapping[str, Any]) -> BaseModel | None:
    """A row of /models as a base that can be fine-tuned, or that says why it can't be now; None for any other row."""
    about = row.get("fine_tuning")
    if not isinstance(about, Mapping) or str(row["id"]).startswith("ft:"):
        return None
    problem = "" if about.get("available") else str(about.get("problem") or "")
    if not about.get("available") and not problem:
        return None
    return BaseModel(
        id=str(row["id"]),
        kind=str(about.get("kind") or ""),
        description=str(about.get("good_at") or about.get("description") or ""),
        license=str(about.get("license") or ""),
        is_default=bool(about.get("default")) and not problem,
        problem=problem,
    )


def read_job(row: Mapping[str, Any]) -> RemoteJob:
    """A job row; "auto" hyperparameters and every missing field become None or empty."""
    method = row.get("method") or {}
    chosen = (method.get("supervised") or {}).get("hyperparameters") or row.get("hyperparameters") or {}
    word = str(row.get("status") or "")
    return RemoteJob(
        id=str(row["id"]),
        status=_status(word),
        status_text=word,
        model=str(row.get("model") or ""),
        created_at=_moment(row.get("created_at")) or datetime.now(UTC),
        finished_at=_moment(row.get("finished_at")),
        estimated_finish=_moment(row.get("estimated_finish")),
        fine_tuned_model=str(row.get("fine_tuned_model") or ""),
        trained_tokens=_integer(row.get("trained_tokens")),
        n_epochs=_integer(chosen.get("n_epochs")),
        error=_error_text(row.get("error")),
        queue_position=_integer(row.get("queue_position")),
        result_files=tuple(str(item) for item in row.get("result_files") or ()),
    )


def _status(word: str) -> JobStatus:
    """Statuses other servers use are mapped to the API's; unknown ones are kept as UNKNOWN and shown as they came."""
    aliases = {"pending": "queued", "created": "queued", "completed": "succeeded", "canceled": "cancelled"}
    try:
        return JobStatus(aliases.get(word, word))
    except ValueError:
        return JobStatus.UNKNOWN


def _error_text(error: Any) -> str:
    if isinstance(error, Mapping):
        return str(error.get("message") or "")
    return str(error or "")


def read_event(row: Mapping[str, Any]) -> JobEvent:
    """An event row; metrics come from its data, else from the words of its message."""
    message = str(row.get("message") or "")
    return JobEvent(
        id=str(row["id"]),
        created_at=_moment(row.get("created_at")) or datetime.now(UTC),
        level=str(row.get("level") or "info"),
        message=message,
        metrics=_metrics(row.get("data"), message),
    )


def _metrics(data: Any, message: str) -> Metrics | None:
    """From the event's data where it has any, else from the words of its message."""
    if isinstance(data, Mapping) and _integer(data.get("step")) is not None:
        return Metrics(
            step=int(data["step"]),
            total_steps=_integer(data.get("total_steps")),
            train_loss=read_number(data.get("train_loss")),
            train_accuracy=read_number(data.get("train_mean_token_accuracy")),
            valid_loss=_first_number(data, "full_valid_loss", "valid_loss"),
            valid_accuracy=_first_number(data, "full_valid_mean_token_accuracy", "valid_mean_token_accuracy"),
        )
    words = _STEP.search(message)
    if words is None:
        return None
    step, total, train, valid, full = words.groups()
    return Metrics(
        step=int(step),
        total_steps=_integer(total),
        train_loss=read_number(train),
        valid_loss=read_number(full) if full else read_number(valid),
    )


def read_batch(row: Mapping[str, Any]) -> RemoteBatch:
    """A batch row; its errors become one sentence."""
    status, counts = str(row.get("status") or ""), row.get("request_counts") or {}
    problems = [str(entry.get("message") or "") for entry in (row.get("errors") or {}).get("data") or ()]
    return RemoteBatch(
        id=str(row["id"]),
        is_finished=status in ("completed", "failed", "expired", "cancelled"),
        is_completed=status == "completed",
        total=_integer(counts.get("total")) or 0,
        completed=_integer(counts.get("completed")) or 0,
        failed=_integer(counts.get("failed")) or 0,
        output_file=str(row.get("output_file_id") or ""),
        error_file=str(row.get("error_file_id") or ""),
        error="; ".join(problems[:3]) or (status if status in ("failed", "expired") else ""),
    )


def read_checkpoint(row: Mapping[str, Any]) -> Checkpoint:
    """A checkpoint row."""
    step = int(row.get("step_number") or 0)
    return Checkpoint(
        id=str(row["id"]),
        step=step,
        model=str(row.get("fine_tuned_model_checkpoint") or ""),
        metrics=_metrics({**(row.get("metrics") or {}), "step": step}, "") or Metrics(step=step),
    )


def step_of(event: JobEvent) -> int:
    """The step an event tells of, 0 when none: it orders events of one second."""
    return event.metrics.step if event.metrics else 0


def _moment(value: Any) -> datetime | None:
    """A time given as seconds or as an ISO text."""
    if isinstance(value, int | float) and value > 0:
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str) and value:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _integer(value: Any) -> int | None:
    number = read_number(value)
    return None if number is None or not math.isfinite(number) else int(number)


def read_number(value: Any) -> float | None:
    """A number, also out of text; None for "auto", null and everything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _first_number(data: Mapping[str, Any], *names: str) -> float | None:
    return next((number for name in names if (number := read_number(data.get(name))) is not None), None)
