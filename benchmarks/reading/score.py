"""Scores our reading of polluted tables: mean F1 of the multiset of records, by kind of pollution.

python -m benchmarks.reading.score [--seeds 3] [--worst 20] [--only NAME]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.reading.pollutions import POLLUTIONS, Polluted
from benchmarks.reading.tables import Row, clean_tables
from bot.datasets.reading import read_table
from bot.datasets.spool import open_spool
from bot.errors import DatasetError


def f1(truth: list[Row], found: list[Row]) -> float:
    """F1 of two multisets of records; empty cells at the end of a record don't count."""
    left, right = Counter(map(_bare, truth)), Counter(map(_bare, found))
    del left[()], right[()]
    common = sum((left & right).values())
    total = sum(left.values()) + sum(right.values())
    return 2 * common / total if total else 1.0


def _bare(row: Row) -> tuple[str, ...]:
    cells = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def read_back(polluted: Polluted, folder: Path) -> list[Row]:
    """The records that our reader finds in the file; none where it refuses it."""
    source, spool = folder / "table", folder / "spool"
    source.write_bytes(polluted.data)
    try:
        reading = read_table(source, spool, name="table")
    except DatasetError:
        return []
    rows: list[Row] = []
    for batch in open_spool(spool).batches(reading.columns):
        rows += map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--worst", type=int, default=1000)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            for table in clean_tables(seed):
                for name, pollute in POLLUTIONS.items():
                    if options.only in name:
                        polluted = pollute(table, random.Random(f"{seed}-{table.name}-{name}"))
                        scores[name][table.name].append(
                            f1(polluted.records, read_back(polluted, Path(folder)))
                        )
    means = {
        name: _mean([score for found in by_table.values() for score in found])
        for name, by_table in scores.items()
    }
    for name, mean in sorted(means.items(), key=lambda item: item[1])[: options.worst]:
        detail = "  ".join(
            f"{table}={_mean(found):.3f}" for table, found in scores[name].items() if _mean(found) < 0.995
        )
        print(f"{mean:.4f}  {name:34} {detail}")
    count = sum(len(found) for by_table in scores.values() for found in by_table.values())
    print(
        f"{_mean(list(means.values())):.4f}  mean of {len(means)} kinds, {count} files, {time.perf_counter() - started:.0f} s"
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    main()
