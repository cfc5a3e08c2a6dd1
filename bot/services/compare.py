"""Comparing models: what is wanted is checked and taken durably; bot/services/comparing.py does the work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from uuid import uuid4

from bot.call_prices import call_prices, hosted_models
from bot.domain import (
    Actor,
    Assumptions,
    BreakEven,
    Comparison,
    ComparisonOutcome,
    Dataset,
    FineTunedModel,
    Task,
)
from bot.errors import InputError, NotFoundError
from bot.ports import Permits
from bot.services.compare_terms import check_terms, price_of_asking
from bot.services.comparing import Comparing
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from bot.services.people import People
from bot.services.studies import Runner
from bot.texts import t
from storage import Store

logger = logging.getLogger(__name__)

LEAST_MODELS, MOST_MODELS = 2, 6
MOST_CALLS_A_DAY = 100_000_000
MOST_EXAMPLES = 200


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """What the form offers: models of the team, base models and hosted ones, and the datasets to test on."""

    datasets: tuple[Dataset, ...]
    chosen: Dataset
    models: tuple[FineTunedModel, ...]
    bases: tuple[str, ...]
    hosted: tuple[str, ...]


class Comparisons:
    """The story of comparing. A tick calls `work_once`; `await drain()` at the end."""

    def __init__(
        self,
        *,
        store: Store,
        datasets: Datasets,
        estimates: Estimates,
        comparing: Comparing,
        people: People,
        clock: Callable[[], datetime],
        max_rows: int = 1000,
        permits: Permits | None = None,
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._estimates = estimates
        self._comparing = comparing
        self._people = people
        self._clock = clock
        self._max_rows = max_rows
        self._permits = permits
        self._runner = Runner(clock)

    def hosted(self) -> tuple[str, ...]:
        """The hosted models that have a price and can be asked today, the default first."""
        return hosted_models(self._clock().date())

    async def options(self, actor: Actor, model: str = "") -> CompareOptions:
        """What the form offers, the dataset that `model` learnt from chosen.

        Raises NotFoundError, ServiceError when the server's models can't be listed.
        """
        datasets = [
            dataset
            for dataset in await self._datasets.in_channel(actor.team, actor.channel)
            if _is_testable(dataset)
        ]
        known = await self._store.models.find(actor.team, model) if model else None
        chosen = await self._datasets.get(known.dataset_id) if known else next(iter(datasets), None)
        if chosen is None:
            raise NotFoundError(
                t("There is no dataset with labels and a test part in this channel yet."),
                next_step=t("Drop one here first."),
            )
        if all(dataset.id != chosen.id for dataset in datasets):
            datasets.insert(0, chosen)
        return CompareOptions(
            datasets=tuple(datasets),
            chosen=chosen,
            models=tuple(await self._store.models.of_team(actor.team)),
            bases=tuple(base.id for base in await self._estimates.bases()),
            hosted=self.hosted(),
        )

    async def accept(
        self,
        actor: Actor,
        names: Sequence[str],
        *,
        dataset: str = "",
        assumptions: Assumptions | None = None,
        delivery: str,
    ) -> Comparison | None:
        """Take a comparison, durably; None when this delivery was already taken.

        Raises InputError (naming the form's field), NotFoundError, NotAllowedError when it would cost too much.
        """
        wanted = assumptions or Assumptions()
        check_assumptions(wanted, self._clock())
        models = [await self._named(actor.team, name) for name in dict.fromkeys(names)]
        found = tuple(dict.fromkeys(model.name if model else name for model, name in models))
        if not LEAST_MODELS <= len(found) <= MOST_MODELS:
            raise InputError(
                t("Name {least} to {most} different models.", least=LEAST_MODELS, most=MOST_MODELS),
                field="models",
                next_step=t("For example `/finetune compare MODEL MODEL`; `/finetune models` lists them."),
            )
        tested = await self._test_set(actor, [model for model, _ in models if model], dataset)
        comparison = Comparison(
            id=f"cmp-{uuid4().hex[:12]}",
            team=actor.team,
            channel=tested.channel,
            user=actor.user,
            thread_ts=tested.thread_ts,
            dataset_id=tested.id,
            dataset_name=tested.title,
            models=found,
            created_at=self._clock(),
            assumptions=wanted,
            usd=await self._usd(models, tested, wanted),
        )
        await check_terms(self._permits, comparison)
        taken = await self._store.comparisons.accept(
            comparison,
            study_id=comparison.id,
            team=actor.team,
            channel=tested.channel,
            user=actor.user,
            delivery=delivery,
            now=self._clock(),
        )
        if taken:
            logger.info("comparison accepted id=%s models=%s", comparison.id, len(found))
            await self.work_once()
        return comparison if taken else None

    async def _usd(
        self,
        models: Sequence[tuple[FineTunedModel | None, str]],
        dataset: Dataset,
        assumptions: Assumptions,
    ) -> Decimal:
        """What asking them will cost about; models of the team's own server cost nothing."""
        own = {base.id for base in await self._estimates.bases() if base.kind}
        table = call_prices()
        prices = [
            (table.fine_tuned.get(model.base_model) if model else table.hosted.get(name), model is None)
            for model, name in models
            if (model.base_model if model else name) not in own
        ]
        return price_of_asking(
            dataset,
            [(price, is_prompted) for price, is_prompted in prices if price is not None],
            examples=assumptions.examples,
            max_rows=self._max_rows,
        )

    async def _named(self, team: str, name: str) -> tuple[FineTunedModel | None, str]:
        """The team's model of that name; None for a base or hosted model. Raises NotFoundError for neither."""
        model = await self._store.models.find(team, name)
        if model is not None:
            return model, name
        known = {*call_prices().hosted, *(base.id for base in await self._estimates.bases())}
        if name in known:
            return None, name
        own = [model.name for model in await self._store.models.of_team(team)]
        near = get_close_matches(name, [*own, *known], n=1, cutoff=0.5)
        raise NotFoundError(
            t("There is no model {name} here.", name=name),
            next_step=t("Did you mean {near}?", near=near[0])
            if near
            else t("`/finetune models` lists those there are."),
        )

    async def _test_set(self, actor: Actor, models: Sequence[FineTunedModel], name: str) -> Dataset:
        """The dataset named, else the one that the first fine-tuned model learnt from, else the channel's newest."""
        if name or not models:
            dataset = await self._datasets.find(actor.team, actor.channel, name)
        else:
            dataset = await self._datasets.get(models[0].dataset_id)
        if not _is_testable(dataset):
            raise InputError(
                t("{dataset} has no labels or no test part to compare on.", dataset=dataset.name),
                field="dataset",
                next_step=t("Name another: `/finetune compare MODEL MODEL on DATASET`."),
            )
        return dataset

    async def outcome(self, team: str, comparison_id: str) -> tuple[Comparison, ComparisonOutcome]:
        """A comparison that is done. Raises NotFoundError."""
        found = await self._store.comparisons.get(team, comparison_id)
        if found is None or found[1] is None:
            raise NotFoundError(t("That comparison is not there any more."))
        return found[0], found[1]

    async def check(self, team: str, comparison_id: str, assumptions: Assumptions) -> Comparison:
        """The comparison those assumptions are for. Raises InputError, NotFoundError."""
        check_assumptions(assumptions, self._clock())
        return (await self.outcome(team, comparison_id))[0]

    async def assume(self, actor: Actor, comparison_id: str, assumptions: Assumptions) -> BreakEven:
        """The break-even under other assumptions, told in the thread. Raises NotFoundError, DatasetError, SlackError."""
        comparison, outcome = await self.outcome(actor.team, comparison_id)
        return await self._comparing.tell_break_even(comparison, outcome, assumptions)

    async def work_once(self) -> None:
        """Take up every comparison that is not done; each runs once at a time."""
        for comparison, progress_ts in await self._store.comparisons.unfinished():
            self._runner.take_up(comparison.id, partial(self._run, comparison, progress_ts))

    async def _run(self, comparison: Comparison, progress_ts: str) -> None:
        if not await self._store.comparisons.is_open(comparison.id):
            return  # told since this tick read what is open
        speech = await self._people.language(comparison.team, comparison.user)
        await self._comparing.run(comparison, progress_ts, speech)

    async def settle(self) -> None:
        """Wait until nothing runs."""
        await self._runner.settle()

    async def drain(self) -> None:
        """Stop what runs; the next start takes it up."""
        await self._runner.drain()


def _is_testable(dataset: Dataset) -> bool:
    report = dataset.report
    part = report.part("test") if report else None
    return bool(report and report.task is Task.CLASSIFICATION and part and part.rows)


def check_assumptions(wanted: Assumptions, now: datetime) -> None:
    """Raises InputError, naming the form's field, for figures that make no sense and models without a price."""
    if not 1 <= wanted.calls_a_day <= MOST_CALLS_A_DAY:
        raise InputError(t("Calls a day must be 1 to {most:,}.", most=MOST_CALLS_A_DAY), field="calls_a_day")
    if not 0 <= wanted.examples <= MOST_EXAMPLES:
        raise InputError(
            t("Examples in the prompt must be 0 to {most}.", most=MOST_EXAMPLES), field="examples"
        )
    offered = hosted_models(now.date())
    if wanted.hosted and wanted.hosted not in offered:
        raise InputError(
            t("I have no price for {model}.", model=wanted.hosted),
            field="hosted",
            next_step=t("I know: {models}.", models=", ".join(offered)),
        )
