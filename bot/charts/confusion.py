"""The picture of a confusion matrix: rows are the dataset's labels, columns the model's answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from bot.charts.figure import BLUE, DPI, GROUND, INK, LINE, fonts, new_figure, one_line, png, set_title, tidy
from bot.domain import HeldOutScores
from bot.texts import n, speak, t

_LABEL_CHARACTERS = 18
_SHADES = LinearSegmentedColormap.from_list("shares", [GROUND, BLUE])
_DARK = 0.55
"""From this share on a cell's number is white."""


def draw(scores: HeldOutScores, path: Path, language: str) -> str:
    """Write the picture to `path` and give back its alt text; what the worker process runs."""
    speak(language)
    path.write_bytes(confusion_picture(scores))
    return confusion_alt_text(scores)


def confusion_picture(scores: HeldOutScores) -> bytes:
    """The matrix as PNG: shares of each row as shades, rows as numbers. For up to twenty classes."""
    size = len(scores.labels)
    figure = new_figure(height_px=min(1080, max(504, 190 + 42 * size)))
    set_title(
        figure,
        n(
            "What is taken for what: {number:,} held-out row, {share} right",
            "What is taken for what: {number:,} held-out rows, {share} right",
            scores.rows,
            share=f"{scores.accuracy:.1%}",
        ),
    )
    axes = figure.add_subplot()
    labels, matrix = _arranged(scores)
    _draw_cells(axes, matrix, font_size=11 if size <= 12 else 9)
    names = [one_line(label, _LABEL_CHARACTERS) or t("(empty)") for label in labels]
    turned = size > 6 or max(len(name) for name in names) > 12
    axes.set_xticks(range(size), names, rotation=35 if turned else 0, ha="right" if turned else "center")
    axes.set_yticks(range(size), names)
    tidy(axes, x_label=t("the model's answer"), y_label=t("the dataset's label"))
    axes.tick_params(colors=INK)
    axes.spines["bottom"].set_visible(False)
    return png(figure)


def _arranged(scores: HeldOutScores) -> tuple[tuple[str, ...], list[list[int]]]:
    """Labels and matrix in the order of the scale where there is one, so that near misses lie near the diagonal."""
    order = scores.ordinal.order if scores.ordinal else ()
    labels = (*(label for label in order if label in scores.labels), *(_others(scores.labels, order)))
    places = [scores.labels.index(label) for label in labels]
    return labels, [[scores.confusion[row][column] for column in places] for row in places]


def _others(labels: Sequence[str], order: Sequence[str]) -> list[str]:
    return [label for label in labels if label not in order]


def _draw_cells(axes: Axes, confusion: Sequence[Sequence[int]], *, font_size: float) -> None:
    """Each cell shaded by its share of the row, so that rare labels are seen as well."""
    shares = [[cell / (sum(row) or 1) for cell in row] for row in confusion]
    axes.imshow(shares, cmap=_SHADES, vmin=0, vmax=1, aspect="auto")
    for place, row in enumerate(confusion):
        for column, cell in enumerate(row):
            if cell:
                dark = shares[place][column] > _DARK
                axes.text(
                    column,
                    place,
                    f"{cell:,}",
                    ha="center",
                    va="center",
                    fontsize=font_size,
                    color=GROUND if dark else INK,
                    fontfamily=fonts(),
                )
    size = len(confusion)
    for edge in range(size + 1):
        axes.axhline(edge - 0.5, color=LINE, linewidth=72 / DPI)
        axes.axvline(edge - 0.5, color=LINE, linewidth=72 / DPI)


def confusion_alt_text(scores: HeldOutScores) -> str:
    """What the picture shows, in words."""
    words = n(
        "Confusion matrix of {size} classes on {number:,} held-out row, {share} of it right.",
        "Confusion matrix of {size} classes on {number:,} held-out rows, {share} of them right.",
        scores.rows,
        size=len(scores.labels),
        share=f"{scores.accuracy:.1%}",
    )
    recalls = ", ".join(f"{one_line(one.label, 40)} {one.recall:.0%}" for one in scores.classes if one.rows)
    sentences = [words, t("Found of each class: {recalls}.", recalls=recalls)]
    if scores.pairs:
        pairs = ", ".join(
            n(
                "{label} for {predicted} {number:,} time",
                "{label} for {predicted} {number:,} times",
                pair.rows,
                label=one_line(pair.label, 40),
                predicted=one_line(pair.predicted, 40),
            )
            for pair in scores.pairs[:5]
        )
        sentences.append(t("Mistaken most often: {pairs}.", pairs=pairs))
    return " ".join(sentences)
