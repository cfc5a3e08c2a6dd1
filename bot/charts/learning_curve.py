"""The picture of a learning curve: accuracy over training rows, each point with its confidence interval."""

from __future__ import annotations

from pathlib import Path

from bot.charts.figure import BLUE, GREY, INK, ORANGE, fonts, new_figure, png, set_title, tidy
from bot.domain import CurvePoint, LearningCurve
from bot.metrics.learning_curve import Verdict, verdict_of
from bot.texts import n, speak, t


def draw(curve: LearningCurve, path: Path, language: str) -> str:
    """Write the picture to `path` and give back its alt text; what the worker process runs."""
    speak(language)
    path.write_bytes(curve_picture(curve))
    return curve_alt_text(curve)


def _measured(curve: LearningCurve) -> list[tuple[CurvePoint, float]]:
    return [(point, point.accuracy) for point in curve.points if point.accuracy is not None]


def curve_picture(curve: LearningCurve) -> bytes:
    """Accuracies in per cent over rows, every step twice the rows; the commonest label's score as a line; PNG."""
    points = _measured(curve)
    figure = new_figure()
    set_title(figure, _headline(curve))
    axes = figure.add_subplot()
    places = [float(point.rows) for point, _ in points]
    heights = [100 * accuracy for _, accuracy in points]
    below = [100 * (accuracy - point.interval[0]) for point, accuracy in points]
    above = [100 * (point.interval[1] - accuracy) for point, accuracy in points]
    axes.errorbar(
        places,
        heights,
        yerr=(below, above),
        fmt="o-",
        color=BLUE,
        ecolor=GREY,
        elinewidth=2,
        capsize=5,
        markersize=9,
        linewidth=2.2,
    )
    for place, height in zip(places, heights, strict=True):
        axes.annotate(
            f"{height:.1f}%",
            (place, height),
            xytext=(10, -16),
            textcoords="offset points",
            fontsize=10.5,
            color=INK,
        )
    majority = 100 * curve.majority_share
    axes.axhline(majority, color=ORANGE, linestyle="--", linewidth=1.5)
    axes.annotate(
        t("always the commonest label: {share:.1f}%", share=majority),
        (places[0], majority),
        xytext=(0, 6),
        textcoords="offset points",
        fontsize=10,
        color=ORANGE,
        fontfamily=fonts(),
    )
    axes.set_xscale("log", base=2)
    axes.set_xticks(places, [f"{point.rows:,}\n{point.share:.0%}" for point, _ in points])
    axes.minorticks_off()
    axes.set_xlim(places[0] * 0.85, places[-1] * 1.25)
    least = min(majority, *(height - low for height, low in zip(heights, below, strict=True)))
    axes.set_ylim(max(0.0, least - 6), 101)
    axes.grid(axis="y", color=GREY, alpha=0.25)
    tidy(axes, x_label=t("training rows"), y_label=t("accuracy on the test part, %"))
    return png(figure)


def _headline(curve: LearningCurve) -> str:
    return {
        Verdict.HELPS: t("More data will probably help"),
        Verdict.HARDLY: t("More data of this kind will hardly help"),
        Verdict.UNCLEAR: t("It can't be told whether more data will help"),
        Verdict.UNKNOWN: t("Accuracy by training rows"),
    }[verdict_of(curve)]


def curve_alt_text(curve: LearningCurve) -> str:
    """What the picture shows, in words."""
    said = ", ".join(
        n(
            "{number:,} row {accuracy}",
            "{number:,} rows {accuracy}",
            point.rows,
            accuracy=f"{accuracy:.1%}",
        )
        for point, accuracy in _measured(curve)
    )
    majority = t("Always the commonest label would be {share} right.", share=f"{curve.majority_share:.1%}")
    return f"{_headline(curve)}: {said}. {majority}"
