"""A learning curve: what it would take, how far it is, and whether more data will help."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.domain import CurvePoint, CurveRequest, Dataset, FineTuningJob, JobStatus, LearningCurve
from bot.errors import UserError
from bot.metrics.learning_curve import Verdict, verdict_of
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import duration, percent, usd
from bot.views.blocks import (
    actions,
    bar,
    bold,
    button,
    confirm,
    context,
    escape,
    header,
    literal,
    message,
    preformatted,
    section,
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the button under an offer carries."""

    dataset: str
    model: str


def wanted(value: str) -> Wanted:
    """Back from the button's value."""
    return Wanted(**json.loads(value))


def offer(
    dataset: Dataset,
    model: str,
    shares: Sequence[float],
    rows: Sequence[int],
    *,
    usd_in_all: Decimal | None,
    minutes: float | None,
) -> Message:
    """What it would take, with the button that starts it."""
    sizes = ", ".join(f"{percent(share, 0)} ({number:,})" for share, number in zip(shares, rows, strict=True))
    money = t("price unknown") if usd_in_all is None else usd(usd_in_all)
    time = t("time unknown") if minutes is None else t("about {time}", time=duration(minutes * 60))
    text = t(
        "A learning curve of {dataset} with {model}: {number} trainings on {sizes} of the training rows, all measured on"
        " the same test part. In all {money}, {time}.",
        dataset=literal(dataset.name),
        model=literal(model),
        number=len(shares),
        sizes=sizes,
        money=money,
        time=time,
    )
    question = confirm(
        t("Start {number} trainings?", number=len(shares)),
        t("They cost in all: {money}.", money=money),
        yes=t("Start"),
        no=t("Not now"),
    )
    start: Block = button(
        t("Train {number} models", number=len(shares)),
        "curve_start",
        value=json.dumps({"dataset": dataset.id, "model": model}),
        style="primary",
        confirm={key: part for key, part in question.items() if key != "style"},
    )
    return message(text, [section(text), actions(start)])


def accepted(request: CurveRequest) -> Message:
    """Said at once to who started it."""
    return message(
        t(
            "Working on it: {number} trainings on {dataset}. Follow them in the thread of that file.",
            number=len(request.shares),
            dataset=literal(request.dataset_name),
        )
    )


def already_taken() -> Message:
    """The same press came twice."""
    return message(t("I have that already; it is told in the dataset's thread."))


def progress(request: CurveRequest, jobs: Sequence[FineTuningJob], points: Sequence[CurvePoint]) -> Message:
    """How far each training is, with a button that stops them; edited in place."""
    by_share = {job.plan.portion: job for job in jobs}
    lines = [_asked_for(request)]
    lines += [_point_line(point, by_share.get(point.share)) for point in points]
    done = sum(point.accuracy is not None or bool(point.problem) for point in points)
    lines.append(f"`{bar(done / len(points))}` {done}/{len(points)}")
    question = confirm(
        t("Stop the learning curve?"),
        t("The trainings that still run are cancelled."),
        yes=t("Stop"),
        no=t("Go on"),
    )
    stop = button(t("Stop"), "curve_stop", value=request.id, style="danger", confirm=question)
    text = "\n".join(lines)
    return message(text, [section(text), actions(stop)])


def _asked_for(request: CurveRequest) -> str:
    return t(
        "<@{user}> wants to know whether more data would help: {dataset} with {model}",
        user=request.user,
        dataset=literal(request.dataset_name),
        model=literal(request.model),
    )


def _point_line(point: CurvePoint, job: FineTuningJob | None) -> str:
    rows = n("{number:,} row", "{number:,} rows", point.rows)
    head = f"• {percent(point.share, 0)} ({rows}): "
    if point.accuracy is not None:
        return head + bold(percent(point.accuracy))
    return head + (escape(point.problem) or _state(job))


def _state(job: FineTuningJob | None) -> str:
    if job is None or job.progress.status is JobStatus.STARTING:
        return t("starting")
    if job.progress.status is JobStatus.SUCCEEDED:
        return t("being tested")
    running = job.progress
    if running.total_steps and running.step:
        return t("training, {share}", share=percent(min(1.0, running.step / running.total_steps), 0))
    return literal(running.status_text or running.status.value)


def why_no_score(job: FineTuningJob) -> str:
    """Why a point has no accuracy."""
    if job.progress.status is JobStatus.CANCELLED:
        return t("cancelled")
    if job.progress.status is JobStatus.FAILED:
        return t("failed: {reason}", reason=job.progress.error or t("the server gave no reason"))
    return t("the model did not answer the test rows")


def finished(request: CurveRequest) -> Message:
    """What the progress message says in the end."""
    text = f"{_asked_for(request)}\n{t('✅ Done; the answer stands below.')}"
    return message(text, [section(text)])


def failed(request: CurveRequest, error: UserError) -> Message:
    """Why nothing came of it."""
    said = " ".join(part for part in (escape(error.message), escape(error.next_step)) if part)
    return message(
        t(
            "<@{user}> the learning curve of {dataset} was stopped: {reason}",
            user=request.user,
            dataset=literal(request.dataset_name),
            reason=said,
        )
    )


def outcome(request: CurveRequest, curve: LearningCurve) -> Message:
    """The answer first, then the points."""
    title = t("Learning curve of {dataset}", dataset=request.dataset_name)
    answer = f"<@{request.user}> {verdict(curve)}"
    table = _table(curve)
    beside = t(
        "Always the commonest label: {share}. The same test rows, seed and settings for each point; more at docs/results.md",
        share=percent(curve.majority_share),
    )
    blocks = [header(title), section(answer), preformatted(table), context(beside)]
    return message("\n".join([bold(literal(title, 150)), answer, table]), blocks)


def verdict(curve: LearningCurve) -> str:
    """Whether more data will help, by the gain of the last doubling and its interval."""
    found = verdict_of(curve)
    if curve.gain is None or found is Verdict.UNKNOWN:
        return t("The last doubling could not be measured, so nothing can be said about more data.")
    difference, half = curve.gain
    values = {
        "before": f"{curve.points[-2].rows:,}",
        "after": f"{curve.points[-1].rows:,}",
        "gain": f"{difference * 100:+.1f}",
        "margin": f"{half * 100:.1f}",
    }
    measured = t(
        "going from {before} to {after} rows changed accuracy by {gain} points (95% interval ±{margin}).",
        **values,
    )
    if found is Verdict.HELPS:
        return t("*More data will probably help:* {measured}", measured=measured)
    if found is Verdict.HARDLY:
        return t(
            "*More data of this kind will hardly help:* {measured} Look at wrong labels and at the mistakes instead.",
            measured=measured,
        )
    return t(
        "*It can't be told whether more data will help:* {measured} The test part is too small to show it.",
        measured=measured,
    )


def _table(curve: LearningCurve) -> str:
    heads = (t("share"), t("rows"), t("accuracy"), t("95% interval"))
    lines = [f"{heads[0]:>5}  {heads[1]:>9}  {heads[2]:>8}  ({heads[3]})"]
    for point in curve.points:
        head = f"{percent(point.share, 0):>5}  {point.rows:>9,}  "
        if point.accuracy is None:
            lines.append(head + point.problem)
        else:
            low, high = point.interval
            lines.append(
                head
                + f"{percent(point.accuracy):>8}  ({percent(low)} - {percent(high)})  {bar(point.accuracy, 16)}"
            )
    return "\n".join(lines)
