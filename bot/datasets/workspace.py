"""A work folder: the spool of a dropped file, the examples made of chats, the frame; opened for what a person chose."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from bot.datasets.chats import ANSWER, TEXT, write_chat_spool
from bot.datasets.checks.affixes import strips_of
from bot.datasets.columns import Mapping, choose
from bot.datasets.frame import Frame
from bot.datasets.frame_store import forget_frame, load_frame, save_frame
from bot.datasets.framing import build_frame
from bot.datasets.insight import Insight, load_insight, look_closer, save_insight
from bot.datasets.progress import Progress, silent
from bot.datasets.sample import take_sample
from bot.datasets.spool import Reject, Spool, open_spool
from bot.domain import Choices, Reading, Task
from bot.errors import DatasetError
from bot.texts import t

SPOOL_NAME = "spool.arrow"
CHATS_NAME = "chats.arrow"
READING_NAME = "reading.json"
PARTS_NAME = "parts.npy"
"""The part of each row, where a later version of a dataset keeps the parts of the earlier one."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """`spool` has the examples' rows: the file's own, or for chats those made of it. `columns` are the file's."""

    folder: Path
    reading: Reading
    columns: tuple[str, ...]
    spool: Spool
    frame: Frame
    insight: Insight | None
    unread: tuple[Reject, ...]
    """Records that could not be read."""


def keep_reading(folder: Path, reading: Reading, *, roles: dict[str, int]) -> None:
    """Remember how the files were understood, and the part each was given for; what was made of others is forgotten."""
    forget_frame(folder)
    about = {"reading": dataclasses.asdict(reading), "roles": roles}
    (folder / READING_NAME).write_bytes(orjson.dumps(about))


def open_workspace(folder: Path, choices: Choices, *, deep: bool, progress: Progress = silent) -> Workspace:
    """The folder with a frame for these choices: the one that is there when it is the right one, else a new one.

    Raises DatasetError when the file has no rows, or no column that was asked for.
    """
    about = orjson.loads((folder / READING_NAME).read_bytes())
    reading = _reading_from(about["reading"])
    spool = open_spool(folder / SPOOL_NAME)
    if not spool.rows:
        raise DatasetError(
            t("There are no rows in the file."), next_step=t("Check the file, and drop it again.")
        )
    making = _Making(
        folder=folder, spool=spool, roles=about["roles"], name=reading.file, deep=deep, progress=progress
    )
    examples, frame = making.frame_for(choices)
    frame = _with_kept_parts(folder, frame)
    return Workspace(
        folder=folder,
        reading=reading,
        columns=spool.columns,
        spool=examples,
        frame=frame,
        insight=load_insight(folder),
        unread=tuple(spool.rejects()),
    )


@dataclass(frozen=True, kw_only=True)
class _Making:
    folder: Path
    spool: Spool
    roles: dict[str, int]
    name: str
    deep: bool
    progress: Progress

    def frame_for(self, choices: Choices) -> tuple[Spool, Frame]:
        key = orjson.dumps(
            [choices.text, choices.label, choices.task, _splits_turns(choices), self.deep]
        ).decode()
        frame = load_frame(self.folder, key=key)
        if frame is None:
            source = choose(take_sample(self.spool, is_split=bool(self.roles)), choices)
            frame = self._build(source, source)
            if self.deep:
                self.progress("looking closer", 0, 0)
            save_insight(look_closer(self._examples(source), frame) if self.deep else None, self.folder)
            frame = self._kept(frame, key)
        strip = strips_of(frame, choices)
        if frame.mapping.strip != strip:
            again = self._build(frame.source, dataclasses.replace(frame.source, strip=strip))
            frame = self._kept(dataclasses.replace(again, affixes=frame.affixes), key)
        return self._examples(frame.source), frame

    def _kept(self, frame: Frame, key: str) -> Frame:
        """The frame as it comes back from disk, where what is seldom read may stay."""
        save_frame(frame, self.folder, key=key)
        return load_frame(self.folder, key=key) or frame

    def _examples(self, source: Mapping) -> Spool:
        return open_spool(self.folder / CHATS_NAME) if source.task is Task.CHAT else self.spool

    def _build(self, source: Mapping, mapping: Mapping) -> Frame:
        if source.task is not Task.CHAT:
            return build_frame(
                self.spool,
                mapping,
                source=source,
                roles=self.roles,
                name=self.name,
                deep=self.deep,
                progress=self.progress,
            )
        spool = write_chat_spool(self.spool, source, self.folder / CHATS_NAME)
        if not spool.rows:
            raise DatasetError(
                t("No chat in this file has an answer of the assistant's after a question."),
                next_step=t("Check the columns for conversation, speaker and text."),
            )
        inner = dataclasses.replace(mapping, text=f"{{{TEXT}}}", label=ANSWER, conversation="")
        return build_frame(
            spool,
            inner,
            source=source,
            roles=self.roles,
            name=self.name,
            deep=self.deep,
            progress=self.progress,
        )


def _with_kept_parts(folder: Path, frame: Frame) -> Frame:
    """The frame with the parts that were kept for its rows, if any; other examples of a chat have no such parts."""
    path = folder / PARTS_NAME
    if not path.exists():
        return frame
    parts = np.load(path)
    return dataclasses.replace(frame, role=parts) if len(parts) == frame.rows else frame


def _splits_turns(choices: Choices) -> bool:
    return choices.fixes is not None and "split_turns" in choices.fixes


def _reading_from(about: dict[str, Any]) -> Reading:
    lists = {name: tuple(value) for name, value in about.items() if isinstance(value, list)}
    return Reading(**{**about, **lists})
