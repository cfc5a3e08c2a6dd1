"""The costlier looks at a dataset: near duplicates, labels that look wrong, languages; on a sample when it is large."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa

from bot.datasets.checks.flags import EMPTY_LABEL, EMPTY_TEXT
from bot.datasets.frame import Frame
from bot.datasets.languages import name_languages
from bot.datasets.near import near_duplicates
from bot.datasets.rows import row_texts
from bot.datasets.split import TRAIN
from bot.datasets.spool import Spool
from bot.datasets.suspicion import suspicious_labels
from bot.datasets.words import words_of

MOST_ROWS = 50_000
MOST_BYTES = 24 << 20
MOST_FOR_LANGUAGES = 5_000
_NAME = "insight.json"
_ARRAYS = ("near", "odd_rows", "odd_classes", "odd_chances")


@dataclass(frozen=True, kw_only=True)
class Insight:
    """`near` has (row, earlier row) pairs; `odd_rows` the rows whose label looks wrong, most suspicious first, with the
    class that the model says and its probability. `looked_at` rows were compared, of `rows` different texts.
    `languages` counts `languages_of` rows.
    """

    near: npt.NDArray[np.int64]
    odd_rows: npt.NDArray[np.int64]
    odd_classes: npt.NDArray[np.int32]
    odd_chances: npt.NDArray[np.float32]
    looked_at: int
    rows: int
    languages: dict[str, int] = field(default_factory=dict)
    language_rows: dict[str, list[int]] = field(default_factory=dict)
    languages_of: int = 0


def look_closer(spool: Spool, frame: Frame) -> Insight:
    """What a closer look finds among the different texts of the dataset, or a sample of them."""
    different = _different_texts(frame)
    rows = rows_to_look_at(spool, frame)
    texts = texts_of_rows(spool, frame, rows)
    words = words_of(texts)
    pairs = near_duplicates(words)
    suspicions = suspicious_labels(
        words, frame.label[rows] if frame.has_classes else np.zeros(len(rows), np.int32)
    )
    languages, language_rows, languages_of = _languages(rows, texts)
    return Insight(
        near=rows[pairs],
        odd_rows=rows[suspicions.rows],
        odd_classes=suspicions.classes,
        odd_chances=suspicions.probabilities,
        looked_at=len(rows),
        rows=len(different),
        languages=languages,
        language_rows=language_rows,
        languages_of=languages_of,
    )


def _different_texts(frame: Frame) -> npt.NDArray[np.int64]:
    """The first row of each different text that is not empty, of the training part."""
    full = ((frame.flags & np.uint32(EMPTY_TEXT | EMPTY_LABEL)) == 0) & (frame.role == TRAIN)
    rows = np.flatnonzero(full)
    return rows[~pd.Series(frame.norm[rows]).duplicated().to_numpy()]


def rows_to_look_at(spool: Spool, frame: Frame) -> npt.NDArray[np.int64]:
    """The rows with different texts, or a sample of them when they are many."""
    return _sample(_different_texts(frame), min(MOST_ROWS, _rows_that_fit(spool)))


def _rows_that_fit(spool: Spool) -> int:
    return int(spool.rows * min(1.0, MOST_BYTES / max(1, spool.path.stat().st_size)))


def _sample(rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, max(1, most), replace=False))


def texts_of_rows(spool: Spool, frame: Frame, rows: npt.NDArray[np.int64]) -> pa.Array:
    """The texts of rows given in ascending order."""
    pieces = []
    for part in row_texts(spool, frame.mapping):
        inside = rows[(rows >= part.start) & (rows < part.start + len(part.text))] - part.start
        if len(inside):
            pieces.append(part.text.take(pa.array(inside)))
    return pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())


def _languages(
    rows: npt.NDArray[np.int64], texts: pa.Array
) -> tuple[dict[str, int], dict[str, list[int]], int]:
    """Rows of each language, some of them, and how many rows were looked at."""
    places = np.linspace(0, len(rows) - 1, min(len(rows), MOST_FOR_LANGUAGES)).astype(np.int64)
    if not len(rows):
        return {}, {}, 0
    found = name_languages(texts.take(pa.array(places)).to_pylist())
    counts = Counter(name for name in found if name)
    shown: dict[str, list[int]] = {}
    for place, name in zip(places.tolist(), found, strict=True):
        if name and len(shown.setdefault(name, [])) < 5:
            shown[name].append(int(rows[place]))
    return dict(counts.most_common()), shown, len(places)


def save_insight(insight: Insight | None, folder: Path) -> None:
    """Keep what was found beside the frame; None removes it."""
    path = folder / _NAME
    path.unlink(missing_ok=True)
    if insight is None:
        return
    for name in _ARRAYS:
        np.save(folder / f"insight.{name}.npy", getattr(insight, name))
    about = {name: value for name, value in vars(insight).items() if name not in _ARRAYS}
    path.write_bytes(orjson.dumps(about))


def load_insight(folder: Path) -> Insight | None:
    """What was found and kept, or None."""
    path = folder / _NAME
    if not path.exists():
        return None
    arrays: dict[str, Any] = {name: np.load(folder / f"insight.{name}.npy") for name in _ARRAYS}
    return Insight(**orjson.loads(path.read_bytes()), **arrays)
