"""A copy of a CSV file that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from bot.datasets.safe_cells import safe_cell


def write_safe_copy(source: Path, target: Path) -> int:
    """Copy a CSV file with every cell made safe; how many rows it has, the header left out."""
    csv.field_size_limit(sys.maxsize)
    rows = -1
    with (
        source.open(newline="", encoding="utf-8") as reading,
        # With a mark in front, or Excel takes it for another encoding.
        target.open("w", newline="", encoding="utf-8-sig") as writing,
    ):
        writer = csv.writer(writing)
        for row in csv.reader(reading):
            writer.writerow([safe_cell(cell) for cell in row])
            rows += 1
    return max(rows, 0)
