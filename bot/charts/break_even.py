"""The picture of a break-even: what training plus own calls cost in all, beside a hosted model's calls, day by day."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from matplotlib.axes import Axes

from bot.charts.figure import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    fonts,
    new_figure,
    one_line,
    png,
    set_title,
    tidy,
)
from bot.domain import BreakEven
from bot.metrics.break_even import cost_after, horizon_days
from bot.texts import n, speak, t

POINTS = 60


def draw(found: BreakEven, path: Path, language: str) -> str:
    """Write the picture to `path` and give back its alt text; what the worker process runs."""
    speak(language)
    path.write_bytes(break_even_picture(found))
    return break_even_alt_text(found)


def break_even_picture(found: BreakEven) -> bytes:
    """Two lines of US dollars over days, the day on which they cross marked; PNG."""
    figure = new_figure()
    set_title(figure, _headline(found))
    axes = figure.add_subplot()
    days = [horizon_days(found) * step / POINTS for step in range(POINTS + 1)]
    costs = [cost_after(found, day) for day in days]
    own, hosted = [float(cost[0]) for cost in costs], [float(cost[1]) for cost in costs]
    axes.plot(days, own, color=BLUE, linewidth=2.4, label=t("fine-tuned: training and calls"))
    axes.plot(days, hosted, color=ORANGE, linewidth=2.4, linestyle="--", label=one_line(found.hosted, 40))
    top = max(own[-1], hosted[-1]) or 1.0
    axes.set_xlim(0, days[-1])
    axes.set_ylim(-0.03 * top, 1.12 * top)
    if found.days and found.days <= days[-1]:
        _mark(axes, found, top)
    axes.yaxis.set_major_formatter(lambda value, _: _dollars(value))
    axes.grid(axis="y", color=GREY, alpha=0.25)
    axes.legend(loc="upper left", frameon=False, fontsize=10.5, labelcolor=INK, prop={"family": fonts()})
    tidy(
        axes,
        x_label=t("days, with {calls:,} calls a day", calls=found.calls_a_day),
        y_label=t("US dollars in all"),
    )
    return png(figure)


def _mark(axes: Axes, found: BreakEven, top: float) -> None:
    day = found.days or 0.0
    cost = float(cost_after(found, day)[0])
    axes.plot(day, cost, "o", color=GREEN, markersize=11)
    axes.vlines(day, 0, cost, color=GREEN, linestyle=":", linewidth=1.6)
    right = axes.get_xlim()[1]
    axes.annotate(
        n("paid back after {number:,} day", "paid back after {number:,} days", max(1, round(day))),
        (day, cost),
        xytext=(12 if day < right * 0.6 else -12, -20 if cost > top * 0.12 else 14),
        textcoords="offset points",
        ha="left" if day < right * 0.6 else "right",
        fontsize=11,
        color=GREEN,
        fontweight="bold",
        fontfamily=fonts(),
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2, "alpha": 0.9},
    )


def _dollars(value: float) -> str:
    return f"${value:,.0f}" if abs(value) >= 10 or value == 0 else f"${value:,.2f}"


def _headline(found: BreakEven) -> str:
    if found.calls is None:
        return t("The fine-tuned model does not pay for itself")
    if found.calls == 0:
        return t("The fine-tuned model is cheaper from the first call")
    return t("Training is paid back after {calls:,} calls", calls=found.calls)


def break_even_alt_text(found: BreakEven) -> str:
    """What the picture shows, in words."""
    days = horizon_days(found)
    own, hosted = cost_after(found, days)
    return t(
        "{headline}. With {calls:,} calls a day, after {days} days the fine-tuned model has cost {own} with its training,"
        " {model} with {examples} examples in the prompt {hosted}.",
        headline=_headline(found),
        calls=found.calls_a_day,
        days=days,
        own=_exact(own),
        model=found.hosted,
        examples=found.examples,
        hosted=_exact(hosted),
    )


def _exact(amount: Decimal) -> str:
    return f"${amount:,.2f}"
