"""The picture of a dataset: rows per label, the 12 largest and the smallest, and a histogram of lengths in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bot.charts.figure import (
    BLUE,
    FAINT,
    GREY,
    INK,
    ORANGE,
    RED,
    fonts,
    new_figure,
    one_line,
    png,
    set_title,
    tidy,
)
from bot.domain import DatasetReport, Lengths
from bot.texts import n, speak, t

LARGEST = 12
_LABEL_CHARACTERS = 30
_FILE_CHARACTERS = 48
_LEAST_SLOTS = 5
"""Two labels do not fill the height: their bars stay bars."""


def draw(report: DatasetReport, path: Path, language: str) -> str:
    """Write the picture to `path` and give back its alt text; what the worker process runs."""
    speak(language)
    path.write_bytes(report_picture(report))
    return report_alt_text(report)


def report_picture(report: DatasetReport) -> bytes:
    """The picture as PNG of 1080 by 504 pixels; only lengths where there are no labels."""
    figure = new_figure()
    set_title(
        figure,
        f"{one_line(report.reading.file, _FILE_CHARACTERS)}: {n('{number:,} row kept', '{number:,} rows kept', report.rows_kept)}",
    )
    if not report.rows_kept:
        _say_empty(figure.add_subplot())
    elif report.labels:
        left, right = figure.subplots(1, 2, width_ratios=(1.12, 1))
        _draw_labels(left, report)
        _draw_lengths(right, report.lengths)
    else:
        _draw_lengths(figure.add_subplot(), report.lengths)
    return png(figure)


def report_alt_text(report: DatasetReport) -> str:
    """What the picture shows, in words."""
    if not report.rows_kept:
        return t("{file}: no row is kept, so there is nothing to draw.", file=report.reading.file)
    sentences = [_labels_in_words(report.labels)] if report.labels else []
    return " ".join([*sentences, _lengths_in_words(report.lengths)])


def _labels_in_words(labels: dict[str, int]) -> str:
    shown, smallest, left_out = _shown(labels)
    named = ", ".join(f"{one_line(label, 40)} {rows:,}" for label, rows in shown)
    words = n(
        "Bar chart of rows per label ({number} label): {named}",
        "Bar chart of rows per label ({number} labels): {named}",
        len(labels),
        named=named,
    )
    if smallest is None:
        return f"{words}."
    hidden = (
        n("; {number} label between is not drawn", "; {number} labels between are not drawn", left_out)
        if left_out
        else ""
    )
    least = t("the smallest is {label} with {rows:,}", label=one_line(smallest[0], 40), rows=smallest[1])
    return f"{words}{hidden}; {least}."


def _lengths_in_words(lengths: Lengths) -> str:
    words = t(
        "Histogram of lengths: median {median:,} tokens, 99% of the rows have at most {p99:,}, the longest {longest:,}.",
        median=lengths.median,
        p99=lengths.p99,
        longest=lengths.longest,
    )
    return f"{words} {_limit_in_words(lengths)}".strip()


def _limit_in_words(lengths: Lengths) -> str:
    if not lengths.limit:
        return ""
    return n(
        "{number:,} row is longer than the limit of {limit:,} tokens.",
        "{number:,} rows are longer than the limit of {limit:,} tokens.",
        lengths.over_limit,
        limit=lengths.limit,
    )


def _shown(labels: dict[str, int]) -> tuple[list[tuple[str, int]], tuple[str, int] | None, int]:
    """The largest labels, the smallest where it is none of them, and how many stay out between."""
    pairs = sorted(labels.items(), key=lambda pair: -pair[1])
    if len(pairs) <= LARGEST + 1:
        return pairs, None, 0
    return pairs[:LARGEST], pairs[-1], len(pairs) - LARGEST - 1


def _draw_labels(axes: Axes, report: DatasetReport) -> None:
    shown, smallest, left_out = _shown(report.labels)
    places = [float(place) for place in range(len(shown))]
    rows = [count for _, count in shown]
    names = [one_line(label, _LABEL_CHARACTERS) or t("(empty)") for label, _ in shown]
    colours = [BLUE] * len(shown)
    if smallest is not None:
        axes.text(
            0,
            len(shown) - 0.05,
            n("… {number} more label …", "… {number} more labels …", left_out),
            va="center",
            fontsize=9.5,
            color=FAINT,
            fontfamily=fonts(),
        )
        places.append(len(shown) + 0.95)
        rows.append(smallest[1])
        names.append(one_line(smallest[0], _LABEL_CHARACTERS))
        colours.append(ORANGE)
    axes.barh(places, rows, height=0.72, color=colours)
    _write_counts(axes, places, rows)
    axes.set_yticks(places, names)
    axes.set_ylim(max(places[-1] + 0.6, _LEAST_SLOTS - 0.4), -0.6)
    axes.set_xlim(0, max(rows) * 1.16)
    axes.set_xticks([])
    tidy(axes, title=_labels_title(report, smallest is not None))
    axes.tick_params(axis="y", colors=INK)
    axes.spines["bottom"].set_visible(False)


def _labels_title(report: DatasetReport, shortened: bool) -> str:
    if shortened:
        return t(
            "Rows per label: the {largest} largest and the smallest of {all}",
            largest=LARGEST,
            all=len(report.labels),
        )
    return n("Rows per label ({number} label)", "Rows per label ({number} labels)", len(report.labels))


def _write_counts(axes: Axes, places: Sequence[float], rows: Sequence[int]) -> None:
    for place, count in zip(places, rows, strict=True):
        axes.annotate(
            f"{count:,}",
            (count, place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
            color=INK,
        )


def _draw_lengths(axes: Axes, lengths: Lengths) -> None:
    bars = lengths.histogram
    width = bars[0][1] - bars[0][0] if bars else 1
    starts = [start for start, _, _ in bars]
    rows = [count for _, _, count in bars]
    axes.bar(starts, rows, width=width * 0.92, align="edge", color=BLUE)
    span = (starts[0], starts[-1] + width) if starts else (0, 1)
    top = max(rows, default=1) or 1
    axes.set_xlim(span[0], _draw_marks(axes, lengths, top, span) + width * 0.3)
    axes.set_ylim(0, top * 1.22)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="y", color=GREY, alpha=0.25)
    axes.set_axisbelow(True)
    tidy(axes, title=_lengths_title(lengths), x_label=_axis_words(lengths, starts, width), y_label=t("rows"))


def _draw_marks(axes: Axes, lengths: Lengths, top: int, span: tuple[int, int]) -> int:
    """The lines of the 99% and of the limit, where that is near; how far right the picture goes then."""
    words = t("99%: {tokens:,}", tokens=lengths.p99)
    _mark(axes, lengths.p99, top, ORANGE, words, dashes="--", span=span)
    if not lengths.limit or lengths.limit > span[1] * 1.1:
        return span[1]
    words = t("limit {tokens:,}", tokens=lengths.limit)
    _mark(axes, lengths.limit, top * 1.1, RED, words, dashes="-", span=(span[0], max(span[1], lengths.limit)))
    return max(span[1], lengths.limit)


def _mark(
    axes: Axes, tokens: float, height: float, colour: str, words: str, *, dashes: str, span: tuple[int, int]
) -> None:
    """A line at that many tokens with its words beside it, on the side where there is room."""
    left, right = span
    if tokens > right:
        tokens, words = right, f"{words} →"
    axes.axvline(tokens, color=colour, linestyle=dashes, linewidth=1.6)
    on_left = tokens - left > (right - left) * 0.6
    axes.annotate(
        words, (tokens, height * 1.06), xytext=(-5 if on_left else 5, 0), textcoords="offset points",
        ha="right" if on_left else "left", va="center", fontsize=9.5, color=colour, fontweight="bold", fontfamily=fonts(),
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85},
    )  # fmt: skip


def _lengths_title(lengths: Lengths) -> str:
    return t("Length of an example: median {median:,} tokens", median=lengths.median)


def _axis_words(lengths: Lengths, starts: Sequence[int], width: int) -> str:
    """The unit, what the last bar takes in, and where the limit is."""
    words = [t("tokens (o200k)")]
    if starts and lengths.longest >= starts[-1] + width:
        words = [t("tokens (o200k); the last bar goes up to {longest:,}", longest=lengths.longest)]
    if lengths.limit:
        words.append(
            n(
                "limit {limit:,}: {number:,} row over",
                "limit {limit:,}: {number:,} rows over",
                lengths.over_limit,
                limit=lengths.limit,
            )
        )
    return "\n".join(words)


def _say_empty(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, t("No row is kept."), ha="center", va="center", fontsize=16, color=FAINT, fontfamily=fonts()
    )
