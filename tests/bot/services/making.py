"""Datasets over a real database and what runs in worker processes, with Slack as a list of messages and files as bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bot.domain import Actor, Dataset
from bot.errors import SlackError
from bot.ports import DroppedFile, Share
from bot.sandbox import _call_function
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from storage import Store
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import ACTOR

MESSAGE = "100.000100"


@dataclass
class Folder:
    """Files in Slack by id: (name, bytes). `failures` are raised by the next look-ups; `downloads` are counted."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    failures: list[SlackError] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    ts: str = MESSAGE

    async def file(self, file_id: str) -> DroppedFile:
        if self.failures:
            raise self.failures.pop(0)
        name, data = self.files[file_id]
        share = Share(channel="C1", ts=self.ts, thread_ts=self.ts)
        return DroppedFile(
            id=file_id,
            name=name,
            size_bytes=len(data),
            mode="hosted",
            user="U1",
            url=f"https://files.slack.com/{file_id}",
            shares=(share,) if self.ts else (),
        )

    async def download(self, file: DroppedFile, target: Path, *, max_bytes: int) -> None:
        self.downloads.append(file.id)
        target.write_bytes(self.files[file.id][1])


class InThisProcess:
    """Does what a worker process does, values carried as JSON, without the second that a process takes to start."""

    async def run(self, function: str, arguments: dict[str, object], kind: type) -> object:
        if function == "bot.charts.report:draw":
            return "a picture in words"
        call = json.loads(msgspec.json.encode(arguments, enc_hook=str))
        answer = msgspec.json.encode(_call_function(function, call))
        return msgspec.convert(json.loads(answer), kind, strict=False)


def datasets_over(
    store: Store, folder: Folder, notifier: RecordingNotifier, clock: FakeClock, home: Path
) -> Datasets:
    return Datasets(
        store=store,
        files=folder,
        notifier=notifier,
        sandbox=InThisProcess(),
        estimates=Estimates(provider=FakeProvider(), clock=clock),
        home=home,
        max_bytes=50_000_000,
        clock=clock,
        settle_s=0,
    )


async def accepted(datasets: Datasets, file_id: str, *, actor: Actor = ACTOR) -> Dataset:
    dataset = await datasets.accept(actor, file_id, delivery=f"event:T1:{file_id}", drop_ts=MESSAGE)
    assert dataset is not None
    return dataset


def table(rows: list[tuple[str, str]]) -> bytes:
    return ("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows)).encode()


def plain_rows(count: int = 40, start: int = 0) -> list[tuple[str, str]]:
    return [(f"this is the text of row {number}", "ab"[number % 2]) for number in range(start, start + count)]
