"""What a training would take with each base model: the server's own word first, else the price table."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from bot.domain import BaseModel, Cost, DatasetReport, Estimate, Hyperparameters, JobPlan
from bot.errors import ServiceError
from bot.ports import Provider, RemoteEstimate
from bot.pricing import auto_epochs, base_of, estimate, price_of, trainable_models, training_cost
from bot.texts import t

logger = logging.getLogger(__name__)

MAX_BASES = 5
BASES_FRESH_S = 60.0


class Estimates:
    """Base models and what they would cost."""

    def __init__(self, *, provider: Provider, clock: Callable[[], datetime]) -> None:
        self._provider = provider
        self._clock = clock
        self._bases: tuple[BaseModel, ...] = ()
        self._unavailable: tuple[BaseModel, ...] = ()
        self._bases_at: datetime | None = None

    async def bases(self) -> tuple[BaseModel, ...]:
        """What can be fine-tuned now, the default first: the server's list, else the price table's models.

        Raises ServiceError when the server cannot be asked and was never heard of.
        """
        now = self._clock()
        if self._bases_at and (now - self._bases_at).total_seconds() < BASES_FRESH_S:
            return self._bases
        try:
            found = await self._provider.base_models()
        except ServiceError:
            if self._bases_at is None:
                raise
            return self._bases
        self._unavailable = tuple(base for base in found if base.problem)
        found = tuple(base for base in found if not base.problem)
        self._bases = found or tuple(BaseModel(id=model) for model in trainable_models(now.date()))
        self._bases_at = now
        return self._bases

    async def unavailable(self) -> tuple[BaseModel, ...]:
        """Bases the server knows and can't train now; each says in `problem` what to do. Raises like `bases`."""
        await self.bases()
        return self._unavailable

    async def price(self, plan: JobPlan, report: DatasetReport | None) -> Decimal | None:
        """US dollars this plan should cost; None when nobody can say. Raises like `bases`."""
        if report is None:
            return None
        train = report.part("train")
        rows = round((train.rows if train else 0) * plan.portion)
        epochs = plan.hyperparameters.n_epochs or auto_epochs(rows)
        return cost_of(plan.model, round(report.tokens * plan.portion) * epochs, await self.bases())

    async def of(self, report: DatasetReport) -> tuple[Estimate, ...]:
        """One estimate per base model, for the training part; empty when the server cannot be asked."""
        try:
            bases = (await self.bases())[:MAX_BASES]
            return tuple(await asyncio.gather(*(self._of_base(base.id, report) for base in bases)))
        except ServiceError as error:
            logger.warning("no estimates error=%s", error)
            return ()

    async def _of_base(self, model: str, report: DatasetReport) -> Estimate:
        train = report.part("train")
        examples = train.rows if train else 0
        remote = await self._provider.estimate(
            model,
            examples=examples,
            tokens=report.tokens,
            labels=len(report.labels),
            hyperparameters=Hyperparameters(),
        )
        today = self._clock().date()
        if remote is None:
            return estimate(model, examples=examples, tokens_per_epoch=report.tokens, today=today)
        return _from_server(model, remote, today.isoformat())


def _from_server(model: str, remote: RemoteEstimate, today: str) -> Estimate:
    return Estimate(
        model=model,
        n_epochs=remote.n_epochs,
        tokens=remote.tokens,
        usd=_price(model, remote),
        minutes=None if remote.seconds is None else remote.seconds / 60,
        source=t("measured on this machine") if remote.measured else t("the server's own estimate"),
        as_of=today,
        accuracy=remote.accuracy,
    )


def _price(model: str, remote: RemoteEstimate) -> Decimal | None:
    """What the team's own price table says, else what the server says of itself."""
    own = price_of(model)
    if own is not None and own.is_own:
        return training_cost(model, remote.tokens)
    return None if remote.usd is None else Decimal(str(remote.usd))


def cost_of(model: str, tokens: int, bases: Sequence[BaseModel]) -> Decimal | None:
    """What training these tokens costs: nothing on a model of the team's own server, else by the price table."""
    return cost_with_rate(model, tokens, bases).usd


def cost_with_rate(model: str, tokens: int, bases: Sequence[BaseModel]) -> Cost:
    """The same, with the rate it is counted by and the day that rate was read."""
    price = price_of(model)
    has_own_price = price is not None and price.is_own
    if not has_own_price and any(base.kind and base.id == base_of(model) for base in bases):
        return Cost(tokens=tokens, usd=Decimal(0), is_own=True)
    if price is None:
        return Cost(tokens=tokens, usd=None)
    return Cost(
        tokens=tokens,
        usd=training_cost(model, tokens),
        usd_per_1m_tokens=price.training_usd_per_1m_tokens,
        as_of=price.as_of,
    )
