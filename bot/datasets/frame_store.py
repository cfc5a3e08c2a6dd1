"""Keeps a frame on disk beside its spool, so that a person's next choice needs no second pass."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from bot.datasets.columns import Mapping
from bot.datasets.frame import OTHER_ARRAYS, ROW_ARRAYS, Frame
from bot.domain import Task

_NAME = "rows.json"
_SELDOM_READ = ("line", "file", "text")
"""Arrays of which few entries are looked at: they stay on disk."""


def save_frame(frame: Frame, work_dir: Path, *, key: str) -> None:
    """Write the frame into the folder, in place of an earlier one; `key` says for what it was made."""
    forget_frame(work_dir)
    for name in (*ROW_ARRAYS, *OTHER_ARRAYS):
        np.save(work_dir / f"rows.{name}.npy", getattr(frame, name))
    about = {
        "key": key,
        "mapping": dataclasses.asdict(frame.mapping),
        "source": dataclasses.asdict(frame.source),
        "labels": frame.labels,
        "files": frame.files,
        "deep": frame.deep,
        "affixes": frame.affixes,
    }
    partial = work_dir / f"{_NAME}.partial"
    partial.write_bytes(orjson.dumps(about))
    partial.replace(work_dir / _NAME)


def forget_frame(work_dir: Path) -> None:
    """Let the folder's frame not be found again: it was made of another spool."""
    (work_dir / _NAME).unlink(missing_ok=True)


def load_frame(work_dir: Path, *, key: str) -> Frame | None:
    """The frame in the folder; None when there is none that was made for that."""
    path = work_dir / _NAME
    if not path.exists():
        return None
    about = orjson.loads(path.read_bytes())
    if about["key"] != key:
        return None
    arrays: dict[str, Any] = {
        name: np.load(work_dir / f"rows.{name}.npy", mmap_mode="r" if name in _SELDOM_READ else None)
        for name in (*ROW_ARRAYS, *OTHER_ARRAYS)
    }
    return Frame(
        mapping=mapping_from(about["mapping"]),
        source=mapping_from(about["source"]),
        labels=tuple(about["labels"]),
        files=tuple(about["files"]),
        deep=about["deep"],
        affixes=tuple(about["affixes"]),
        **arrays,
    )


def mapping_from(about: dict[str, Any]) -> Mapping:
    """The mapping that was kept as JSON."""
    return Mapping(**{**about, "task": Task(about["task"]), "strip": tuple(about["strip"])})
