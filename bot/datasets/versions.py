"""Makes a later version of a dataset from an earlier one: other labels, rows taken out, rows added; the parts stay.

What was held out stays held out, so that a model trained on one version can be tested fairly against a model trained
on the other.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from bot.datasets.columns import FILE_LABEL
from bot.datasets.decide import decide
from bot.datasets.kernels import hashes, normalise
from bot.datasets.ledger import Ledger
from bot.datasets.prepare import rework
from bot.datasets.repairs import mend_rows
from bot.datasets.split import TRAIN, Parts
from bot.datasets.spool import FILE, LINE, Spool, open_spool
from bot.datasets.templates import parse_template
from bot.datasets.workspace import CHATS_NAME, PARTS_NAME, READING_NAME, SPOOL_NAME, Workspace, open_workspace
from bot.domain import Choices, DatasetReport, Task
from bot.errors import DatasetError
from bot.texts import t

_KEPT = (READING_NAME, CHATS_NAME, f"{SPOOL_NAME}.rejects")

Addition = tuple[str, str]
"""A text and its label."""
Cells = dict[str, list[str] | list[int]]


def make_version(
    parent: Path, work_dir: Path, *, before: Choices, choices: Choices, additions: tuple[Addition, ...]
) -> DatasetReport:
    """Make the version in `work_dir` and prepare it; `before` are the parent's own choices, `choices` the new ones.

    An addition whose text is in training already puts that row's label right instead; one whose text is held out
    is left out, so that nothing leaks. Raises DatasetError for additions to a dataset of chats.
    """
    workspace = open_workspace(parent, before, deep=True)
    ledger = decide(
        workspace.frame, before, mend_rows(workspace.spool, workspace.frame, before), workspace.insight
    )
    parts = _parts_of_every_row(ledger)
    _copy(parent, work_dir)
    if additions:
        choices, added = _with_additions(workspace, parts, choices, additions)
        _append(workspace, work_dir / SPOOL_NAME, added)
        parts = np.concatenate([parts, np.full(len(added), TRAIN, np.int8)])
    np.save(work_dir / PARTS_NAME, parts)
    return rework(work_dir, choices=choices)


def _copy(parent: Path, work_dir: Path) -> None:
    work_dir.mkdir(parents=True, exist_ok=True)
    spool = work_dir / SPOOL_NAME
    spool.unlink(missing_ok=True)
    try:
        # Nothing ever writes into a finished spool, so both versions may share its bytes.
        os.link(parent / SPOOL_NAME, spool)
    except OSError:  # a file system without hard links
        shutil.copyfile(parent / SPOOL_NAME, spool)
    for name in _KEPT:
        if (parent / name).exists():
            shutil.copyfile(parent / name, work_dir / name)


def _parts_of_every_row(ledger: Ledger) -> Parts:
    """The part of each row; rows that are out have that of the row that is in with the same text."""
    parts = np.full(ledger.frame.rows, TRAIN, np.int8)
    if ledger.part is None:
        return parts
    parts[ledger.alive] = ledger.part[ledger.alive]
    known = pd.Series(parts[ledger.alive], index=ledger.norm[ledger.alive])
    known = known[~known.index.duplicated()]
    out = ~ledger.alive
    parts[out] = known.reindex(ledger.norm[out], fill_value=TRAIN).to_numpy(np.int8)
    return parts


def _with_additions(
    workspace: Workspace, parts: Parts, choices: Choices, additions: Sequence[Addition]
) -> tuple[Choices, list[Addition]]:
    """The choices with the labels put right that additions put right, and the additions that are new rows."""
    frame = workspace.frame
    if frame.mapping.task is Task.CHAT:
        raise DatasetError(
            t("Corrections can't be added to a dataset of chats."),
            next_step=t("Drop a file with them instead."),
        )
    latest = {normalise(text): (text, label) for text, label in additions}
    relabels = dict(choices.relabels)
    new: list[Addition] = []
    for key, (normal, addition) in zip(hashes(list(latest)), latest.items(), strict=True):
        same = np.flatnonzero(frame.norm == key)
        if not len(same) and normal:
            new.append(addition)
        relabels |= {int(row): addition[1] for row in same[parts[same] == TRAIN]}
    if not frame.mapping.label or frame.mapping.label == FILE:
        relabels |= {frame.rows + place: label for place, (_, label) in enumerate(new)}
    label = FILE_LABEL if frame.source.label == FILE else frame.source.label
    pinned = dataclasses.replace(choices, text=frame.source.text, label=label, task=frame.mapping.task)
    return dataclasses.replace(pinned, relabels=tuple(relabels.items())), new


def _append(workspace: Workspace, path: Path, added: Sequence[Addition]) -> None:
    """Write the spool again with the added rows at its end, numbered on from its last line."""
    if not added:
        return
    spool = open_spool(path)
    mapping = workspace.frame.mapping
    column = parse_template(mapping.text, spool.columns).columns[-1]
    line = int(workspace.frame.line.max(initial=0))
    partial = path.with_name(f"{path.name}.appending")
    with pa.OSFile(str(path)) as source:
        schema = pa.ipc.open_file(source).schema
    cells: Cells = {column: [text for text, _ in added], LINE: list(range(line + 1, line + 1 + len(added)))}
    if mapping.label and mapping.label != FILE:
        cells[mapping.label] = [label for _, label in added]
    with pa.ipc.new_file(str(partial), schema) as sink:
        for batch in spool.batches():
            sink.write_batch(batch)
        sink.write_batch(_batch(schema, cells, len(added), spool))
    partial.replace(path)


def _batch(schema: pa.Schema, cells: Cells, rows: int, spool: Spool) -> pa.RecordBatch:
    """The added rows with all columns of the spool, empty where nothing is known; they count to the first file."""
    arrays = []
    for field in schema:
        if field.name in cells:
            arrays.append(pa.array(cells[field.name], field.type))
        elif field.name == FILE:
            names = next(iter(spool.batches([FILE]))).column(FILE).dictionary
            arrays.append(pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), names))
        else:
            arrays.append(pa.repeat(pa.scalar("", field.type), rows))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
