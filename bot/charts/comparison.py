"""The picture of a comparison: each model's accuracy with its confidence interval, and how long answers take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from bot.charts.figure import BLUE, FAINT, GREY, INK, fonts, new_figure, one_line, png, set_title, tidy
from bot.domain import ComparedModel, ComparisonOutcome
from bot.texts import n, speak, t

LETTERS = "ABCDEF"
_NAME_CHARACTERS = 34


def draw(outcome: ComparisonOutcome, path: Path, language: str) -> str:
    """Write the picture to `path` and give back its alt text; what the worker process runs."""
    speak(language)
    path.write_bytes(comparison_picture(outcome))
    return comparison_alt_text(outcome)


def comparison_picture(outcome: ComparisonOutcome) -> bytes:
    """Accuracies to the left, latencies to the right; PNG. Models that could not be asked are left out."""
    asked = _asked(outcome)
    figure = new_figure(height_px=max(330, 190 + 64 * len(asked)))
    set_title(
        figure,
        n(
            "{number:,} test row, the same for every model",
            "{number:,} test rows, the same for every model",
            outcome.rows,
        ),
    )
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    places = list(range(len(asked)))
    _draw_accuracy(left, asked, places)
    left.set_yticks(places, [f"{letter}  {_short(model.name)}" for letter, model in asked])
    _finish(left, len(asked), t("Accuracy, with its 95% interval"), "%")
    _draw_latency(right, asked, places)
    right.set_yticks(places, [letter for letter, _ in asked])
    _finish(right, len(asked), t("Time of an answer: median and 95%"), "ms")
    return png(figure)


def _asked(outcome: ComparisonOutcome) -> list[tuple[str, ComparedModel]]:
    lettered = zip(LETTERS, outcome.models, strict=False)
    return [(letter, model) for letter, model in lettered if model.rows]


def _draw_accuracy(axes: Axes, asked: Sequence[tuple[str, ComparedModel]], places: Sequence[int]) -> None:
    for place, (_, model) in zip(places, asked, strict=True):
        low, high = (100 * bound for bound in model.interval)
        axes.hlines(place, low, high, color=GREY, linewidth=7)
        axes.plot(100 * model.accuracy, place, "o", color=BLUE, markersize=10)
        _write(axes, f"{model.accuracy:.1%}", (100 * model.accuracy, place))
    lows = [100 * model.interval[0] for _, model in asked]
    least = max(0.0, min(lows, default=0.0) - 5)
    axes.set_xlim(least, 101)


def _draw_latency(axes: Axes, asked: Sequence[tuple[str, ComparedModel]], places: Sequence[int]) -> None:
    for place, (_, model) in zip(places, asked, strict=True):
        half, most = model.p50_ms or 0.0, model.p95_ms or 0.0
        axes.hlines(place, half, most, color=GREY, linewidth=7)
        axes.plot(half, place, "o", color=BLUE, markersize=10)
        axes.plot(most, place, "|", color=INK, markersize=14, markeredgewidth=2)
        _write(axes, f"{_ms(half)} / {_ms(most)}", (half, place), side="left")
    axes.set_xlim(0, 1.25 * max((model.p95_ms or 0.0 for _, model in asked), default=1.0) or 1.0)


def _write(axes: Axes, words: str, place: tuple[float, float], side: str = "center") -> None:
    axes.annotate(
        words,
        place,
        xytext=(0 if side == "center" else -4, 11),
        textcoords="offset points",
        ha=side,
        fontsize=10,
        color=INK,
        fontfamily=fonts(),
        annotation_clip=False,
    )


def _finish(axes: Axes, rows: int, title: str, unit: str) -> None:
    axes.set_ylim(rows - 0.45, -0.7)
    axes.grid(axis="x", color=GREY, alpha=0.25)
    axes.set_axisbelow(True)
    tidy(axes, title=title, x_label=unit)
    axes.tick_params(axis="y", colors=INK)
    axes.tick_params(axis="x", colors=FAINT)


def _short(name: str) -> str:
    """Both ends of a long name: models of one base differ in the end."""
    flat = one_line(name, 200)
    half = _NAME_CHARACTERS // 2
    return flat if len(flat) <= _NAME_CHARACTERS else f"{flat[:half]}…{flat[-half:]}"


def _ms(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def comparison_alt_text(outcome: ComparisonOutcome) -> str:
    """What the picture shows, in words."""
    said = [
        t(
            "{letter} {model}: {accuracy} right (95% interval {low} to {high}), half of the answers within {half},"
            " 95% within {most}",
            letter=letter,
            model=one_line(model.name, 100),
            accuracy=f"{model.accuracy:.1%}",
            low=f"{model.interval[0]:.1%}",
            high=f"{model.interval[1]:.1%}",
            half=_ms(model.p50_ms or 0.0),
            most=_ms(model.p95_ms or 0.0),
        )
        for letter, model in _asked(outcome)
    ]
    rows = n("Comparison on {number:,} test row.", "Comparison on {number:,} test rows.", outcome.rows)
    return f"{rows} {'; '.join(said)}."
