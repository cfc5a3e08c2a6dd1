"""Results as CSV files for a spreadsheet: every test prediction, and the scores of every class."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from bot.datasets.examples import Example
from bot.datasets.safe_cells import safe_cell
from bot.domain import HeldOutScores, Prediction

RANKED = 3
"""How many of the likeliest labels have columns of their own."""


def write_predictions(path: Path, predictions: Sequence[Prediction], examples: Sequence[Example]) -> None:
    """A row a test line: line, text, label, predicted, right, probability, then the likeliest labels with theirs.

    UTF-8 with a byte order mark, by which spreadsheets know it.
    """
    texts = {example.line: example.text for example in examples}
    ranked = [f"{kind}_{place}" for place in range(1, RANKED + 1) for kind in ("label", "probability")]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(
            ["line", "text", "label", "predicted", "right", "probability", *ranked, "milliseconds"]
        )
        for row in predictions:
            writer.writerow([*_answer(row, texts.get(row.line, "")), *_ranked(row), f"{row.latency_ms:.1f}"])


def _answer(row: Prediction, text: str) -> list[object]:
    return [
        row.line,
        safe_cell(text),
        safe_cell(row.label),
        safe_cell(row.predicted),
        "yes" if row.is_right else "no",
        "" if row.confidence is None else f"{row.confidence:.6f}",
    ]


def _ranked(row: Prediction) -> list[str]:
    shown = [cell for label, p in row.probabilities[:RANKED] for cell in (safe_cell(label), f"{p:.6f}")]
    return shown + [""] * (2 * RANKED - len(shown))


def scores_csv(scores: HeldOutScores) -> str:
    """A row a class: rows, predicted, precision, recall, F1."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(["label", "rows", "predicted", "precision", "recall", "f1"])
    for one in scores.classes:
        figures = [f"{figure:.4f}" for figure in (one.precision, one.recall, one.f1)]
        writer.writerow([safe_cell(one.label), one.rows, one.predicted, *figures])
    return "\ufeff" + sink.getvalue()
