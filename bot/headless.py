"""Drives the local workspace as a person would: drop a file, start, wait, ask; and reports what was posted.

Everything goes through the workspace's own HTTP control interface (docs/local-workspace.md); nothing is read from the
bot's or the server's insides.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib import error, parse, request
from uuid import uuid4

from bot.errors import ServiceError

USER = "U0LEAD"
CHANNEL = "C0TICKETS"
DEADLINE_S = 1800.0
ANSWER_S = 60.0
CARD_S = 30.0

_EPOCHS = re.compile(r"^Epochs? (\d+)(?:-(\d+))?/(\d+) done")
_ACCURACY = re.compile(r"held-out rows?: \*([\d.]+)%\*")
_COST = re.compile(r"^Cost: (?:\$([\d.,]+)|(.*))")
_MODEL = re.compile(r"your model is ready: `([^`]+)`")
_JOB = re.compile(r"`(ftjob-[^`]+)`")

Message = dict[str, Any]
Emit = Callable[[dict[str, Any]], None]


class Person:
    """One person in the local workspace."""

    def __init__(self, control: str, emit: Emit, *, user: str = USER, channel: str = CHANNEL) -> None:
        self._control = control
        self._emit = emit
        self._seq = self.get("workspace")["seq"]
        self.user = user
        self.channel = channel
        self.messages: list[Message] = []

    def get(self, path: str) -> dict[str, Any]:
        """GET from the control interface."""
        return self._call(request.Request(f"{self._control}/{path}"))  # noqa: S310  (our own loopback address)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST JSON to the control interface."""
        headers = {"Content-Type": "application/json"}
        return self._call(
            request.Request(f"{self._control}/{path}", json.dumps(body).encode(), headers)  # noqa: S310
        )

    def _call(self, call: request.Request) -> dict[str, Any]:
        try:
            with request.urlopen(call, timeout=60) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
        except error.HTTPError as refused:
            found = json.loads(refused.read() or b"{}")
        if not found.get("ok"):
            raise ServiceError(f"The workspace said {found.get('error')}: {found.get('message', '')}")
        return found

    def drop(self, *paths: Path) -> str:
        """Drop files in the channel, all in one message; its ts."""
        return str(self._upload({"user": self.user, "channel": self.channel}, paths)["ts"])

    def choose_file(self, path: Path) -> str:
        """Choose a file in a form's file field; its id."""
        return str(self._upload({"user": self.user}, (path,))["file"]["id"])

    def _upload(self, fields: dict[str, str], paths: Iterable[Path]) -> dict[str, Any]:
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for path in paths:
            disposition = f'Content-Disposition: form-data; name="file"; filename="{path.name}"'
            parts.append(
                f"--{boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
                + path.read_bytes()
                + b"\r\n"
            )
        parts.append(f"--{boundary}--\r\n".encode())
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._call(
            request.Request(f"{self._control}/files", b"".join(parts), headers)  # noqa: S310
        )

    def command(self, text: str) -> dict[str, Any]:
        """Type a slash command."""
        return self.post("commands", {"user": self.user, "channel": self.channel, "text": text})

    def say(self, text: str, *, thread_ts: str = "") -> str:
        """Write a message, in a thread where one is named; its ts."""
        place = {"user": self.user, "channel": self.channel, "thread_ts": thread_ts or None}
        return str(self.post("messages", {**place, "text": text})["message"]["ts"])

    def choose(self, message: Message, action_id: str, option: dict[str, Any]) -> None:
        """Choose an entry of a menu of a message."""
        self._act(message, action_id, {"selected_option": option})

    def press(self, message: Message, action_id: str) -> None:
        """Press a button of a message."""
        self._act(message, action_id, {})

    def _act(self, message: Message, action_id: str, given: dict[str, Any]) -> None:
        for block in message["blocks"]:
            for element in [*block.get("elements", ()), block.get("accessory") or {}]:
                if isinstance(element, dict) and element.get("action_id") == action_id:
                    self.post(
                        "actions",
                        {
                            "user": self.user,
                            "channel": self.channel,
                            "ts": message["ts"],
                            "ephemeral_id": message.get("ephemeral_id", ""),
                            "block_id": block.get("block_id", ""),
                            "action_id": action_id,
                            "value": element.get("value", ""),
                            **given,
                        },
                    )
                    return
        raise ServiceError(f"There is no {action_id} in {message['text'][:80]!r}")

    def form(self, callback_id: str, timeout_s: float = 30) -> dict[str, Any]:
        """The form that opened for this person. Raises ServiceError when none does."""
        found: dict[str, Any] = {}

        def is_open() -> bool:
            stack = self.get(f"views?user={self.user}")["stack"]
            if stack and stack[-1]["callback_id"] == callback_id:
                found.update(stack[-1])
            return bool(found)

        self.wait_until(is_open, f"the form {callback_id}", timeout_s)
        return found

    def wait_until(self, is_so: Callable[[], bool], what: str, timeout_s: float = 30) -> None:
        """Look after each change in the workspace whether it is so. Raises ServiceError after the deadline."""
        deadline = time.monotonic() + timeout_s
        while not is_so():
            if time.monotonic() > deadline:
                raise ServiceError(f"Waited {timeout_s:.0f} s for {what} in vain.")
            self._read_changes(0.3)

    def submit(self, view: dict[str, Any], changed: dict[str, Any] | None = None) -> None:
        """Press a form's submit button with what stands in it, some fields changed. Raises ServiceError on refusal."""
        answer = self.post(
            "view_submissions",
            {
                "user": self.user,
                "view_id": view["id"],
                "values": {**_standing_values(view), **(changed or {})},
            },
        )
        if answer.get("response_action") == "errors":
            raise ServiceError(f"The form was refused: {answer['errors']}")

    def wait_for(
        self, wanted: Callable[[Message], bool], what: str, timeout_s: float = DEADLINE_S
    ) -> Message:
        """The first message, posted or edited from now or before, that fits. Raises ServiceError after the deadline."""
        deadline = time.monotonic() + timeout_s
        seen = 0
        while True:
            for message in self.messages[seen:]:
                if wanted(message):
                    return message
            seen = len(self.messages)
            left = deadline - time.monotonic()
            if left <= 0:
                raise ServiceError(f"Waited {timeout_s:.0f} s for {what} in vain.")
            self._read_changes(min(5.0, left))

    def _read_changes(self, wait_s: float) -> None:
        query = parse.urlencode({"after": self._seq, "wait": max(wait_s, 0.1)})
        answer = self.get(f"changes?{query}")
        self._seq = answer["seq"]
        for change in answer["changes"]:
            if change["type"] in ("message", "message_changed", "ephemeral") and "message" in change:
                self._note(change["type"], change["message"])

    def _note(self, kind: str, message: Message) -> None:
        if message["channel"] != self.channel:
            return
        self.messages.append({**message, "change": kind})
        self._emit(
            {
                "event": kind,
                "channel": message["channel"],
                "thread": message["thread_ts"],
                "ts": message["ts"],
                "text": message["text"],
                "blocks": message["blocks"],
            }
        )


def _standing_values(view: dict[str, Any]) -> dict[str, Any]:
    """What a form's inputs hold when a person changes nothing."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        element = block.get("element")
        if not element:
            continue
        if "initial_option" in element:
            state: Any = {"selected_option": element["initial_option"]}
        elif "initial_options" in element:
            state = {"selected_options": element["initial_options"]}
        elif "initial_users" in element:
            state = {"selected_users": element["initial_users"]}
        else:
            state = {"value": element.get("initial_value")}
        values[block["block_id"]] = {element["action_id"]: state}
    return values


@dataclass(kw_only=True)
class Summary:
    """What the thread told, gathered from its messages."""

    status: str = "unknown"
    job: str = ""
    model: str = ""
    epochs_posted: list[int] = field(default_factory=list)
    cost_posted: str | None = None
    mentioned: bool = False
    test_accuracy: float | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def take(self, messages: Iterable[Message], user: str) -> None:
        """Read the job's messages as a person reads them."""
        for message in messages:
            text = message["text"]
            if found := _EPOCHS.match(text):
                first, last = int(found[1]), int(found[2] or found[1])
                if message["change"] == "message":
                    self.epochs_posted += range(first, last + 1)
            if found := _COST.match(text):
                self.cost_posted = found[1] or found[2]
            if found := _JOB.search(json.dumps(message["blocks"], ensure_ascii=False)):
                self.job = found[1]
            if f"<@{user}>" in text and "your model is ready" in text:
                self.status, self.mentioned = "succeeded", True
                self.model = (_MODEL.search(text) or ["", ""])[1]
                accuracy = _ACCURACY.search(text)
                self.test_accuracy = round(float(accuracy[1]) / 100, 4) if accuracy else None
            elif f"<@{user}>" in text and (" failed: " in text or "was cancelled" in text):
                self.status, self.mentioned = ("failed" if " failed: " in text else "cancelled"), True


def run(
    control: str,
    dataset: Path,
    *,
    emit: Emit,
    text_column: str = "",
    label_column: str = "",
    asks: Iterable[str] = (),
) -> Summary:
    """The main job from the drop to the answers. Raises ServiceError when a step does not come about."""
    started = time.monotonic()
    person = Person(control, emit)
    thread = person.drop(dataset)
    report = person.wait_for(_in_thread(thread), "the report", 300)
    if text_column or label_column:
        report = _choose_columns(person, report, thread, text_column, label_column)
    if not _has_button(report, "jobs_start"):
        raise ServiceError(f"The dataset is not ready: {report['text']}")
    person.command("/finetune start")
    person.submit(person.form("jobs_start_form"))
    person.wait_for(lambda message: _is_end(message, thread, person.user), "the end of the job")
    person.wait_for(lambda message: _is_last_card(message, thread), "the card's last state", CARD_S)
    summary = Summary()
    summary.take(person.messages, person.user)
    for text in asks:
        summary.answers.append(_ask(person, text))
    summary.seconds = round(time.monotonic() - started, 1)
    return summary


def _in_thread(thread: str) -> Callable[[Message], bool]:
    return lambda message: message["thread_ts"] == thread and bool(message["bot_id"])


def _has_button(message: Message, action_id: str) -> bool:
    return f'"action_id": "{action_id}"' in json.dumps(message["blocks"])


def _choose_columns(person: Person, report: Message, thread: str, text: str, label: str) -> Message:
    person.press(report, "datasets_columns")
    view = person.form("datasets_columns_form")
    changed: dict[str, Any] = {}
    if text:
        changed["text"] = {"text": {"value": text}}
    if label:
        options = next(block for block in view["blocks"] if block.get("block_id") == "label")["element"][
            "options"
        ]
        chosen = next((entry for entry in options if entry["text"]["text"] == label), None)
        if chosen is None:
            raise ServiceError(f"The report knows no column {label}.")
        changed["label"] = {"label": {"selected_option": chosen}}
    person.submit(view, changed)
    return person.wait_for(
        lambda message: message["change"] == "message_changed" and message["ts"] == report["ts"],
        "the new report",
        300,
    )


def _is_end(message: Message, thread: str, user: str) -> bool:
    text = message["text"]
    ended = "your model is ready" in text or " failed: " in text or "was cancelled" in text
    return message["thread_ts"] == thread and f"<@{user}>" in text and ended


def _is_last_card(message: Message, thread: str) -> bool:
    """The card is edited every few seconds at most, so its last state may come after the end was told."""
    text = message["text"]
    ended = any(word in text for word in ("Succeeded", "Failed", "Cancelled"))
    return message["thread_ts"] == thread and text.startswith("*Fine-tuning*") and ended


def _ask(person: Person, text: str) -> dict[str, Any]:
    before = len(person.messages)
    began = time.monotonic()
    person.command(f"/classify {text}")
    answer = person.wait_for(
        lambda message: (
            message in person.messages[before:] and bool(message["bot_id"]) and not message["thread_ts"]
        ),
        f"the answer to {text!r}",
        ANSWER_S,
    )
    label = re.match(r"`([^`]+)`(?: ([\d.<]+)%)?", answer["text"])
    return {
        "text": text,
        "label": label[1] if label else None,
        "probability": round(float(label[2].strip("<")) / 100, 4) if label and label[2] else None,
        "ms": round((time.monotonic() - began) * 1000, 1),
        "answer": answer["text"],
    }
