"""What a prepared dataset would take to train: on this machine by the embedded trainer, and by the dated price table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from bot.domain import DatasetReport, Estimate, Task
from bot.pricing import estimate, trainable_models

MEASURED = "measured on this machine"
GUESSED = "the trainer's own estimate"


def estimates_of(report: DatasetReport, *, home: Path, today: date) -> tuple[Estimate, ...]:
    """An estimate for each base that can be trained on `today`, the embedded ones first; none without training rows.

    `home` is the embedded server's folder: what its earlier jobs took there gives the minutes.
    """
    train = report.part("train")
    if train is None or not train.rows or not report.tokens:
        return ()
    hosted = (
        estimate(model, examples=train.rows, tokens_per_epoch=report.tokens, today=today)
        for model in trainable_models(today)
    )
    own = _embedded(report, train.rows, home, today) if report.task is Task.CLASSIFICATION else ()
    return (*own, *hosted)


def _embedded(report: DatasetReport, examples: int, home: Path, today: date) -> Sequence[Estimate]:
    from local.openai_server import trainer_bridge
    from local.openai_server.catalog import Catalog
    from local.openai_server.job_folders import CACHE_NAME
    from local.openai_server.store.jobs import Hyperparameters

    made = []
    for base in Catalog().all():
        if base.problem or base.writes:
            continue
        labels = max(1, len(report.labels))
        resolved = trainer_bridge.resolved_hyperparameters(
            base.id, Hyperparameters(), examples=examples, labels=labels
        )
        time = trainer_bridge.estimated_time(
            base.id,
            resolved,
            examples=examples,
            tokens=report.tokens,
            labels=labels,
            cache=home.expanduser() / CACHE_NAME,
        )
        made.append(
            Estimate(
                model=base.id,
                n_epochs=resolved.n_epochs,
                tokens=report.tokens * resolved.n_epochs,
                usd=Decimal(0),
                minutes=time.seconds / 60,
                source=MEASURED if time.measured_here else GUESSED,
                as_of=today.isoformat(),
            )
        )
    return made
