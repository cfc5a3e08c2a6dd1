"""Single rows out of a spool, for examples: only the batches that hold them are read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from bot.datasets.frame import Frame
from bot.datasets.rows import texts_of
from bot.datasets.spool import Spool
from bot.datasets.templates import parse_template


def fetch_rows(spool: Spool, frame: Frame, rows: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(text, answer) of each of the rows, trimmed."""
    wanted = np.unique(np.fromiter(rows, np.int64))
    if not len(wanted):
        return {}
    template = parse_template(frame.mapping.text, spool.columns)
    places = np.searchsorted(frame.starts, wanted, side="right") - 1
    found: dict[int, tuple[str, str]] = {}
    with pa.OSFile(str(spool.path)) as source:
        reader = pa.ipc.open_file(source)
        for number in np.unique(places):
            inside = wanted[places == number] - frame.starts[number]
            picked = reader.get_batch(int(number)).take(pa.array(inside))
            part = texts_of(picked, template, frame.mapping, 0)
            rows_here = (inside + frame.starts[number]).tolist()
            pairs = zip(part.text.to_pylist(), part.answer.to_pylist(), strict=True)
            found.update(zip(rows_here, pairs, strict=True))
    return found
