"""Tells whether a JSON document nests too deeply to be handed to a parser that keeps paths."""

from __future__ import annotations

from pathlib import Path

import ijson
import numpy as np

_BLOCK_BYTES = 1 << 20


def is_too_deep(path: Path, start: int, most: int) -> bool:
    """Whether the document from byte `start` on nests more than `most` levels.

    Brackets are counted without regard to strings first, which is quick; only where those go too deep is it parsed.
    """
    return _brackets_go_deeper(path, start, most) and _nests_deeper(path, start, most)


def _brackets_go_deeper(path: Path, start: int, most: int) -> bool:
    step = np.zeros(256, dtype=np.int8)
    step[[ord("["), ord("{")]] = 1
    step[[ord("]"), ord("}")]] = -1
    depth = lowest = 0
    with path.open("rb") as stream:
        stream.seek(start)
        while block := stream.read(_BLOCK_BYTES):
            depths = np.cumsum(step[np.frombuffer(block, dtype=np.uint8)], dtype=np.int32) + depth
            lowest = min(lowest, int(depths.min()))
            if int(depths.max()) - lowest > most:
                return True
            depth = int(depths[-1])
    return False


def _nests_deeper(path: Path, start: int, most: int) -> bool:
    depth = 0
    with path.open("rb") as stream:
        stream.seek(start)
        try:
            for event, _ in ijson.basic_parse(stream, multiple_values=True):
                if event in ("start_map", "start_array"):
                    depth += 1
                    if depth > most:
                        return True
                elif event in ("end_map", "end_array"):
                    depth -= 1
        except ijson.JSONError:
            return False
    return False
