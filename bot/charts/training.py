"""The picture of a training: loss over the steps, accuracy over the epochs, and where checkpoints were kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.charts.figure import BLUE, FAINT, LINE, ORANGE, fonts, new_figure, one_line, png, set_title, tidy
from bot.domain import FineTuningJob, JobProgress, Metrics
from bot.texts import n, speak, t

_NAME_CHARACTERS = 34
Points = list[tuple[int, float]]


def draw(job: FineTuningJob, path: Path, language: str) -> str:
    """Write the picture to `path` and give back its alt text; what the worker process runs."""
    speak(language)
    path.write_bytes(training_picture(job))
    return training_alt_text(job)


def training_picture(job: FineTuningJob) -> bytes:
    """The picture as PNG of 1080 by 504 pixels; the accuracy's half only where the server told any."""
    progress = job.progress
    figure = new_figure()
    set_title(
        figure,
        f"{one_line(job.dataset_name, _NAME_CHARACTERS)} → {one_line(job.base_model, _NAME_CHARACTERS)}",
    )
    accuracies = _of_epochs(progress, "train_accuracy"), _of_epochs(progress, "valid_accuracy")
    if not any(accuracies):
        _draw_losses(figure.add_subplot(), progress)
        return png(figure)
    left, right = figure.subplots(1, 2)
    _draw_losses(left, progress)
    _draw_accuracies(right, *accuracies, progress)
    return png(figure)


def training_alt_text(job: FineTuningJob) -> str:
    """What the picture shows, in a few sentences."""
    progress = job.progress
    said = []
    if progress.losses:
        (first, begin), (last, finish) = progress.losses[0], progress.losses[-1]
        said.append(
            t(
                "Training loss went from {begin:.3f} at step {first} to {finish:.3f} at step {last}.",
                begin=begin,
                first=first,
                finish=finish,
                last=last,
            )
        )
    losses, accuracies = _of_epochs(progress, "valid_loss"), _of_epochs(progress, "valid_accuracy")
    if losses:
        step, lowest = min(losses, key=lambda point: (point[1], point[0]))
        said.append(t("Validation loss was lowest at step {step}: {loss:.3f}.", step=step, loss=lowest))
    if accuracies:
        step, highest = max(accuracies, key=lambda point: (point[1], -point[0]))
        said.append(
            t("Validation accuracy was highest at step {step}: {share:.1%}.", step=step, share=highest)
        )
    if progress.checkpoints:
        steps = ", ".join(str(point.step) for point in progress.checkpoints)
        said.append(
            n(
                "A checkpoint was kept at step {steps}.",
                "Checkpoints were kept at steps {steps}.",
                len(progress.checkpoints),
                steps=steps,
            )
        )
    return " ".join(said) or t("The server told no losses.")


def _of_epochs(progress: JobProgress, name: str) -> Points:
    """(step, value) of one figure at the end of each epoch that has it."""
    return [
        (entry.step, value) for entry in progress.epoch_metrics if (value := _figure(entry, name)) is not None
    ]


def _figure(entry: Metrics, name: str) -> float | None:
    value: float | None = getattr(entry, name)
    return value


def _draw_losses(axes: Axes, progress: JobProgress) -> None:
    _draw_line(axes, progress.losses, t("Training"), colour=BLUE, marker="")
    _draw_line(axes, _of_epochs(progress, "valid_loss"), t("Validation"), colour=ORANGE, marker="o")
    _mark_checkpoints(axes, progress)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.03)
    _finish(axes, t("Loss"))


def _draw_accuracies(axes: Axes, train: Points, valid: Points, progress: JobProgress) -> None:
    _draw_line(axes, train, t("Training"), colour=BLUE, marker="s")
    _draw_line(axes, valid, t("Validation"), colour=ORANGE, marker="o")
    _mark_checkpoints(axes, progress)
    lowest = min(value for _, value in (*train, *valid))
    axes.set_ylim(max(0.0, lowest - 0.05), 1.005)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.4g}%"))
    _finish(axes, t("Accuracy at the end of each epoch"))


def _draw_line(
    axes: Axes, points: Sequence[tuple[int, float]], name: str, *, colour: str, marker: str
) -> None:
    if not points:
        return
    steps, values = zip(*points, strict=True)
    axes.plot(
        steps,
        values,
        label=name,
        color=colour,
        linewidth=2,
        linestyle="-" if colour == BLUE else "--",
        marker=marker or None,
        markersize=5,
    )


def _mark_checkpoints(axes: Axes, progress: JobProgress) -> None:
    for place, point in enumerate(progress.checkpoints):
        name = t("Checkpoint") if place == 0 else None
        axes.axvline(point.step, color=FAINT, linewidth=1, linestyle=":", label=name, zorder=0)


def _finish(axes: Axes, title: str) -> None:
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    tidy(axes, title=title, x_label=t("Step"))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, prop={"family": fonts(), "size": 9.5}, labelcolor=FAINT)
