"""What a learning curve would take: the sizes a dataset is large enough for, the trainings' plans, money and minutes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot.datasets.subsample import rows_of_portion
from bot.domain import SHARES, Dataset, JobPlan, Task
from bot.errors import InputError
from bot.services.estimates import Estimates
from bot.texts import t

LEAST_ROWS = 10
"""The API trains on ten examples at least (OpenAI API reference, `invalid_n_examples`)."""
LEAST_POINTS = 3
SEED = 42


@dataclass(frozen=True, kw_only=True)
class CurveOffer:
    """What a curve would take, before anybody has agreed to it. `usd` and `minutes` None: nobody can say."""

    dataset: Dataset
    model: str
    shares: tuple[float, ...]
    rows: tuple[int, ...]
    usd: Decimal | None
    minutes: float | None


async def offer_for(dataset: Dataset, model: str, estimates: Estimates) -> CurveOffer:
    """What a curve of that dataset would take; the server's default base for "". Raises InputError, ServiceError."""
    shares, rows = points_of(dataset)
    bases = await estimates.bases()
    chosen = model or (bases[0].id if bases else "")
    if bases and chosen not in {base.id for base in bases}:
        names = ", ".join(base.id for base in bases)
        raise InputError(
            t("This server has no base model {model}.", model=chosen),
            field="model",
            next_step=t("It can fine-tune: {models}.", models=names),
        )
    usd, minutes = await _price(dataset, chosen, shares, estimates)
    return CurveOffer(dataset=dataset, model=chosen, shares=shares, rows=rows, usd=usd, minutes=minutes)


async def _price(
    dataset: Dataset, model: str, shares: tuple[float, ...], estimates: Estimates
) -> tuple[Decimal | None, float | None]:
    prices = [
        await estimates.price(plan_of(dataset.id, model, share, curve=""), dataset.report) for share in shares
    ]
    known = [price for price in prices if price is not None]
    whole = await estimates.of(dataset.report) if dataset.report else ()
    minutes = next((one.minutes for one in whole if one.model == model), None)
    return (
        sum(known, Decimal(0)) if len(known) == len(prices) else None,
        None if minutes is None else minutes * sum(shares),
    )


def plan_of(dataset_id: str, model: str, share: float, *, curve: str, seed: int = SEED) -> JobPlan:
    """The plan of one training of the curve."""
    return JobPlan(dataset_id=dataset_id, model=model, seed=seed, portion=share, curve=curve)


def points_of(dataset: Dataset) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """(shares, training rows of each) that the dataset is large enough for. Raises InputError for fewer than three."""
    report = dataset.report
    train, test = (report.part("train"), report.part("test")) if report else (None, None)
    if report is None or not report.is_ready or report.task is not Task.CLASSIFICATION:
        raise InputError(
            t("A learning curve needs a dataset with labels that is ready to train."), field="dataset"
        )
    if train is None or test is None or not test.rows:
        raise InputError(
            t("{dataset} has no test part to measure on.", dataset=dataset.name), field="dataset"
        )
    found = [(share, rows_of_portion(train.labels, share)) for share in SHARES]
    fitting = [(share, rows) for share, rows in found if rows >= LEAST_ROWS]
    if len(fitting) < LEAST_POINTS:
        raise InputError(
            t(
                "{dataset} has {rows:,} training rows: too few for a learning curve, whose smallest part needs {least}.",
                dataset=dataset.name,
                rows=train.rows,
                least=LEAST_ROWS,
            ),
            field="dataset",
            next_step=t("With so few rows more data almost always helps."),
        )
    return tuple(share for share, _ in fitting), tuple(rows for _, rows in fitting)
