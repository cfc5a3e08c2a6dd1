"""The main job, driven by somebody patient: what the bot could not take because it was dead is simply tried again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.kills.phases import Phase
from bot.errors import ServiceError
from bot.headless import Message, Person

FORM = "jobs_start_form"
PATIENCE_S = 600.0
AGAIN_S = 0.3
BETWEEN_QUESTIONS_S = 0.5
ANSWER_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question typed after /classify; `taken` is whether the workspace got its ack."""

    text: str
    taken: bool


@dataclass(kw_only=True)
class Run:
    """What was done, for the judge."""

    thread: str = ""
    asked: list[Asked] = field(default_factory=list)
    seconds: float = 0.0


class PatientPerson(Person):
    """Tries again until it is taken."""

    def is_taken(self, command: str) -> bool:
        """Type a command once; False when nobody acked it."""
        try:
            self.command(command)
        except ServiceError:
            time.sleep(AGAIN_S)
            return False
        return True

    def skip(self) -> None:
        """Forget what was posted until now."""
        self._seq = self.get("workspace")["seq"]
        self.messages.clear()

    def start_training(self, *, model: str, epochs: int) -> None:
        """Type /finetune start and submit its form, however often it takes. Raises ServiceError in the end."""
        deadline = time.monotonic() + PATIENCE_S
        view = self._open_form(deadline)
        changed: dict[str, Any] = {
            "model": {"model": {"selected_option": _option(view, "model", model)}},
            "n_epochs": {"n_epochs": {"value": str(epochs)}},
        }
        while True:
            try:
                self.submit(view, changed)
                return
            except ServiceError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(AGAIN_S)

    def _open_form(self, deadline: float) -> dict[str, Any]:
        while time.monotonic() < deadline:
            if self.is_taken("/finetune start"):
                try:
                    return self.form(FORM, timeout_s=5)
                except (
                    ServiceError
                ):  # the bot died before the form was filled: close what there is, type again
                    self._close_forms()
        raise ServiceError("The form did not open.")

    def _close_forms(self) -> None:
        for view in reversed(self.get(f"views?user={self.user}")["stack"]):
            self.post("view_closed", {"user": self.user, "view_id": view["id"]})


def drive(
    person: PatientPerson,
    dataset: Path,
    *,
    enter: Callable[[Phase], None],
    is_killing: Callable[[], bool],
    question: str,
    model: str,
    epochs: int,
) -> Run:
    """From the drop to the answers, telling each phase to `enter`. Raises ServiceError when a step does not come about."""
    began = time.monotonic()
    enter(Phase.READING)
    run = Run(thread=person.drop(dataset))
    person.wait_for(_report_in(run.thread), "the report", PATIENCE_S)
    enter(Phase.SUBMITTING)
    person.start_training(model=model, epochs=epochs)
    person.wait_for(_card_with_job_in(run.thread), "the job's number on the card", PATIENCE_S)
    enter(Phase.TRAINING)
    person.wait_for(_reply_in(run.thread, "Epoch"), "the first epoch", PATIENCE_S)
    enter(Phase.EPOCHS)
    person.wait_for(_reply_in(run.thread, "Cost:"), "the cost", PATIENCE_S)
    enter(Phase.ENDING)
    person.wait_for(_reply_in(run.thread, f"<@{person.user}>"), "the end", PATIENCE_S)
    enter(Phase.ANSWERING)
    while is_killing():
        text = f"question {len(run.asked) + 1}: {question}"
        run.asked.append(Asked(text=text, taken=person.is_taken(f"/classify {text}")))
        time.sleep(BETWEEN_QUESTIONS_S)
    while not person.is_taken(f"/classify {question}"):
        run.asked.append(Asked(text=question, taken=False))
    run.asked.append(Asked(text=question, taken=True))
    for asked in run.asked:
        if asked.taken:
            _wait_for_answer(person, asked.text)
    run.seconds = round(time.monotonic() - began, 1)
    return run


def _option(view: dict[str, Any], field_name: str, value: str) -> dict[str, Any]:
    """The option of a form's select. Raises ServiceError when there is none such."""
    element = next(block["element"] for block in view["blocks"] if block.get("block_id") == field_name)
    for option in element["options"]:
        if option["value"] == value:
            found: dict[str, Any] = option
            return found
    raise ServiceError(f"The form offers no {field_name} {value}.")


def _wait_for_answer(person: PatientPerson, text: str) -> None:
    try:
        person.wait_for(lambda message: f"“{text}”" in message["text"], "an answer", ANSWER_S)
    except ServiceError:
        return  # the judge finds it missing


def _report_in(thread: str) -> Callable[[Message], bool]:
    return lambda message: _is_ours(message, thread) and '"jobs_start"' in json.dumps(message["blocks"])


def _card_with_job_in(thread: str) -> Callable[[Message], bool]:
    return lambda message: _is_ours(message, thread) and "ftjob-" in json.dumps(message["blocks"])


def _reply_in(thread: str, beginning: str) -> Callable[[Message], bool]:
    return lambda message: _is_ours(message, thread) and message["text"].startswith(beginning)


def _is_ours(message: Message, thread: str) -> bool:
    return message["thread_ts"] == thread and bool(message["bot_id"])
