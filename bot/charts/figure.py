"""The common style of all pictures: size, colours, fonts; a Figure of its own each time, never pyplot's shared state.

The ground is white and opaque, so that a picture reads the same in Slack's light and dark mode.
"""

from __future__ import annotations

import io
import warnings
from functools import cache

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

WIDTH_PX, HEIGHT_PX, DPI = 1080, 504, 100
GROUND = "#ffffff"
INK = "#1d1c1d"
FAINT = "#696969"
LINE = "#dddddd"
BLUE = "#1264a3"
ORANGE = "#b45309"
RED = "#b3261e"
GREEN = "#177245"
GREY = "#9aa5b1"
SERIES = (BLUE, ORANGE, GREEN, "#7a3e9d", RED, "#00798c")
"""For lines side by side, dark enough on white; never the only difference: markers and dashes differ as well."""

_FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "SimHei",
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
    "Arial Unicode MS",
)
"""The first has Latin, Greek and Cyrillic and comes with matplotlib; what it lacks is taken from the next that has it."""


@cache
def fonts() -> list[str]:
    """The families of `_FONTS` that are installed, in that order."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in _FONTS if name in installed] or ["sans-serif"]


def new_figure(*, height_px: int = HEIGHT_PX) -> Figure:
    """An empty white figure of our size with a canvas of its own."""
    figure = Figure(
        figsize=(WIDTH_PX / DPI, height_px / DPI), dpi=DPI, facecolor=GROUND, layout="constrained"
    )
    FigureCanvasAgg(figure)
    return figure


def set_title(figure: Figure, title: str) -> None:
    """A headline over the whole figure, to the left."""
    figure.suptitle(
        one_line(title, 90),
        x=0.012,
        ha="left",
        fontsize=14,
        fontweight="bold",
        color=INK,
        fontfamily=fonts(),
        parse_math=False,
    )


def tidy(axes: Axes, *, title: str = "", x_label: str = "", y_label: str = "") -> None:
    """Words at the axes, no frame but the base line; call it when everything is drawn."""
    axes.set_title(title, loc="left", fontsize=11.5, color=INK, fontfamily=fonts(), parse_math=False, pad=10)
    axes.set_xlabel(x_label, fontsize=10, color=FAINT, fontfamily=fonts())
    axes.set_ylabel(y_label, fontsize=10, color=FAINT, fontfamily=fonts())
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(colors=FAINT, labelsize=9.5, length=0)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontfamily(fonts())
        label.set_parse_math(False)


def png(figure: Figure) -> bytes:
    """The figure as PNG; characters that no installed font has become boxes."""
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure.savefig(target, format="png", dpi=DPI, facecolor=GROUND)
    return target.getvalue()


def one_line(text: str, limit: int) -> str:
    """Untrusted text for a label: one line of printable characters, at most `limit`.

    >>> one_line("a\\nb" + "c" * 9, 6)
    'a bcc…'
    """
    flat = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
