"""Keeps a frame on disk beside its spool, so that a person's next choice needs no second pass."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import orjson

from bot.datasets.columns import Mapping
from bot.datasets.frame import ARRAYS, Frame
from bot.domain import Task

_NAMES = "rows.json"


def save_frame(frame: Frame, work_dir: Path) -> None:
    """Write the frame into the folder, in place of an earlier one."""
    (work_dir / _NAMES).unlink(missing_ok=True)
    for name in (*ARRAYS, "starts"):
        np.save(work_dir / f"rows.{name}.npy", getattr(frame, name))
    about = {
        "mapping": dataclasses.asdict(frame.mapping),
        "labels": frame.labels,
        "files": frame.files,
        "deep": frame.deep,
    }
    partial = work_dir / f"{_NAMES}.partial"
    partial.write_bytes(orjson.dumps(about))
    partial.replace(work_dir / _NAMES)


def load_frame(work_dir: Path, mapping: Mapping | None = None) -> Frame | None:
    """The frame in the folder; None when there is none for this mapping."""
    path = work_dir / _NAMES
    if not path.exists():
        return None
    about = orjson.loads(path.read_bytes())
    kept = Mapping(**{**about["mapping"], "task": Task(about["mapping"]["task"])})
    if mapping is not None and kept != mapping:
        return None
    arrays = {name: np.load(work_dir / f"rows.{name}.npy") for name in (*ARRAYS, "starts")}
    return Frame(
        mapping=kept, labels=tuple(about["labels"]), files=tuple(about["files"]), deep=about["deep"], **arrays
    )
