"""Comparisons from what was typed to what the thread is told, over a real database and fakes of both servers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain import Admission, Approval, Assumptions, ExampleFormat, FineTunedModel
from bot.errors import (
    InputError,
    NotAllowedError,
    NotFoundError,
    ProviderError,
    ProviderUnavailableError,
    SlackError,
)
from bot.sandbox import ProcessSandbox
from bot.services.compare import Comparisons
from bot.services.comparing import Comparing
from bot.services.estimates import Estimates
from tests.bot.services.worlds import Home, dataset_with_parts, finished_job
from tests.fakes import FakeProvider
from tests.values import ACTOR, DATASET, JOB, MODEL, REPORT

A, B = "ft:ngram-hash-1:tunesmith::abc", "ft:ngram-hash-1:tunesmith::other"
ROWS = [(f"pay number {number}", "billing") for number in range(30)] + [
    (f"where is parcel {number}", "delivery") for number in range(30)
]


class English:
    async def language(self, team: str, user: str) -> str:
        return "en"


class World:
    def __init__(self, store, clock, provider: FakeProvider, notifier, root: Path):
        self.store, self.clock, self.provider, self.notifier = store, clock, provider, notifier
        self.home = Home(store, root)
        self.pauses: list[float] = []
        self.estimates = Estimates(provider=provider, clock=clock)
        self.comparisons = self.fresh()

    def fresh(self) -> Comparisons:
        """The service as a new process would build it."""
        comparing = Comparing(
            store=self.store,
            provider=self.provider,
            notifier=self.notifier,
            sandbox=ProcessSandbox(),
            datasets=self.home,
            estimates=self.estimates,
            folder_of=self.home.folder_of,
            home=self.home.root,
            max_rows=1000,
            clock=self.clock,
            pause=self.pause,
        )
        return Comparisons(
            store=self.store,
            datasets=self.home,
            estimates=self.estimates,
            comparing=comparing,
            people=English(),
            clock=self.clock,
        )

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def models(self, *, train_b=(("something else", "billing"),)) -> None:
        await dataset_with_parts(self.store, self.clock, self.home, test=ROWS)
        await finished_job(self.store, self.clock, self.home, test=ROWS)
        await finished_job(
            self.store,
            self.clock,
            self.home,
            job=replace(JOB, op_id="op-2"),
            model=replace(MODEL, name=B, op_id="op-2"),
            test=ROWS,
            train=train_b,
        )

    async def run(self, *names: str, **arguments) -> str:
        """The last word in the thread after a comparison of those models."""
        comparison = await self.comparisons.accept(ACTOR, names, delivery="d1", **arguments)
        assert comparison
        await self.comparisons.settle()
        self.id = comparison.id
        return self.notifier.texts[-1]


def worse(provider: FakeProvider, name: str, wrong: int) -> None:
    """Let that model get the first so many billing rows wrong."""
    answer = provider.answer

    async def answered(model: FineTunedModel, text: str):
        found = await answer(model, text)
        if model.name == name and text in {row for row, _ in ROWS[:wrong]}:
            return replace(found, text="delivery", probabilities=(("delivery", 0.9), ("billing", 0.1)))
        return found

    provider.answer = answered


@pytest.fixture
async def world(store, clock, provider, notifier, tmp_path) -> World:
    return World(store, clock, provider, notifier, tmp_path)


async def test_two_models_on_the_same_rows(world: World):
    await world.models()
    worse(world.provider, B, 12)

    told = await world.run(A, B)

    outcome = (await world.comparisons.outcome("T1", world.id))[1]
    assert [model.accuracy for model in outcome.models] == [1.0, 0.8]
    assert (outcome.pairs[0].only_one, outcome.pairs[0].only_other) == (12, 0)
    assert outcome.pairs[0].p == pytest.approx(2 / 2**12)
    assert "*A* is better than *B*" in told
    assert "<@U1>" in told
    assert [name for _, name in world.notifier.uploads] == ["comparison.png", "break_even.png"]


async def test_equal_models_are_called_equal(world: World):
    await world.models()

    assert "right and wrong on the very same rows" in await world.run(A, B)


async def test_progress_is_one_message_edited_in_place(world: World):
    await world.models()

    await world.run(A, B)

    assert len(world.notifier.posts) == 2
    assert "Done" in world.notifier.texts[0]


async def test_rows_that_a_model_was_trained_on_are_not_counted(world: World):
    await world.models(train_b=[(f"PAY  number {number}", "billing") for number in range(20)])

    told = await world.run(A, B)

    outcome = (await world.comparisons.outcome("T1", world.id))[1]
    assert (outcome.rows, outcome.left_out) == (40, 20)
    assert [model.leaked for model in outcome.models] == [0, 20]
    assert "*B* was trained on 20 rows of this test part" in told
    assert "20 rows that a model had been trained on are not counted" in told


async def test_a_model_that_saw_everything_is_flagged(world: World):
    await world.models(train_b=ROWS)

    told = await world.run(A, B)

    outcome = (await world.comparisons.outcome("T1", world.id))[1]
    assert (outcome.rows, outcome.left_out) == (60, 0)
    assert "*B* was trained on 60 of these rows: its accuracy is too high" in told


async def test_models_of_the_teams_own_server_cost_nothing_to_ask(world: World):
    await world.models()

    told = await world.run(A, B, assumptions=Assumptions(calls_a_day=500, examples=10, hosted="gpt-6-luna"))

    found = (await world.comparisons.outcome("T1", world.id))[1].break_even
    assert (found.training_usd, found.own_usd_per_1000, found.calls) == (Decimal(0), Decimal(0), 0)
    assert found.hosted_usd_per_1000 > 0
    assert "cheaper from the first call" in told


async def test_a_hosted_model_is_asked_with_labels_and_examples(world: World):
    await world.models()
    asked: list[FineTunedModel] = []
    answer = world.provider.answer

    async def noted(model, text):
        asked.append(model)
        found = await answer(model, text)
        return replace(found, text=f"Label: {found.text.title()}.") if model.name == "gpt-6-luna" else found

    world.provider.answer = noted
    await world.run(A, "gpt-6-luna", assumptions=Assumptions(examples=2))

    prompt = next(model for model in asked if model.name == "gpt-6-luna")
    outcome = (await world.comparisons.outcome("T1", world.id))[1]
    assert prompt.format is ExampleFormat.CHAT
    assert prompt.system.count("\nText: ") == 2
    assert "- delivery\n- billing" in prompt.system
    assert not any(text in prompt.system for text, _ in ROWS)
    assert outcome.models[1].accuracy == 1.0
    assert outcome.models[1].prompted
    assert outcome.models[1].usd_per_1000_calls > 0


async def test_a_model_that_refuses_is_told_and_the_others_compared(world: World):
    await world.models()
    answer = world.provider.answer

    async def refusing(model, text):
        if model.name == B:
            raise ProviderError("model not found", status=404)
        return await answer(model, text)

    world.provider.answer = refusing
    told = await world.run(A, B)

    assert "*B* could not be asked: model not found" in told
    assert "100.0%" in told


async def test_an_outage_is_waited_out(world: World):
    await world.models()
    world.provider.failures = []
    answer, down = world.provider.answer, [3]

    async def flaky(model, text):
        if down[0]:
            down[0] -= 1
            raise ProviderUnavailableError("down")
        return await answer(model, text)

    world.provider.answer = flaky
    await world.run(A, B)

    assert world.pauses
    assert (await world.comparisons.outcome("T1", world.id))[1].models[0].rows == 60


async def test_a_killed_comparison_goes_on_where_it_was(world: World):
    await world.models()
    answer, asked = world.provider.answer, []

    async def dying(model, text):
        asked.append(text)
        if len(asked) > 70:
            raise SystemExit  # stands in for the kill: nothing catches it
        return await answer(model, text)

    world.provider.answer = dying
    comparison = await world.comparisons.accept(ACTOR, [A, B], delivery="d1")
    await world.comparisons.drain()
    world.provider.answer = answer
    second = world.fresh()
    await second.work_once()
    await second.settle()

    outcome = (await second.outcome("T1", comparison.id))[1]
    assert [model.rows for model in outcome.models] == [60, 60]
    assert len([text for text in world.notifier.texts if "Done" in text]) == 1
    assert sum("<@U1>" in text and "test rows" in text for text in world.notifier.texts) == 1


async def test_a_lost_answer_of_slack_does_not_tell_twice(world: World):
    await world.models()
    world.notifier.lost_answers = [SlackError("lost", in_doubt=True)]

    await world.comparisons.accept(ACTOR, [A, B], delivery="d1")
    await world.comparisons.settle()
    world.clock.advance(60)
    await world.comparisons.work_once()
    await world.comparisons.settle()

    assert len(world.notifier.posts) == 2


async def test_slow_down_is_waited_out(world: World):
    await world.models()
    world.notifier.failures = [SlackError("slow down", code="ratelimited", retry_after_s=0.01)]

    told = await world.run(A, B)

    assert "test rows, the same for every model" in told


async def test_a_study_told_meanwhile_is_not_done_again(world: World):
    await world.models()
    await world.run(A, B)
    asked = len(world.provider.asked)
    comparison = (await world.comparisons.outcome("T1", world.id))[0]

    await world.comparisons._run(comparison, "")

    assert len(world.provider.asked) == asked
    assert len(world.notifier.posts) == 2


async def test_a_dead_channel_ends_it(world: World):
    await world.models()
    world.notifier.failures = [SlackError("gone", code="is_archived")] * 5

    await world.comparisons.accept(ACTOR, [A, B], delivery="d1")
    await world.comparisons.settle()

    assert await world.store.comparisons.unfinished() == []


async def test_the_same_delivery_is_taken_once(world: World):
    await world.models()
    await world.run(A, B)

    assert await world.comparisons.accept(ACTOR, [A, B], delivery="d1") is None


async def test_one_model_is_no_comparison(world: World):
    await world.models()

    with pytest.raises(InputError, match="Name 2 to 6 different models") as caught:
        await world.comparisons.accept(ACTOR, [A, A], delivery="d1")
    assert caught.value.field == "models"


async def test_a_typo_names_the_nearest(world: World):
    await world.models()

    with pytest.raises(NotFoundError) as caught:
        await world.comparisons.accept(ACTOR, [A, B + "r"], delivery="d1")
    assert caught.value.next_step == f"Did you mean {B}?"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Assumptions(calls_a_day=0), "calls_a_day"),
        (Assumptions(examples=-1), "examples"),
        (Assumptions(examples=201), "examples"),
        (Assumptions(hosted="gpt-99"), "hosted"),
    ],
)
async def test_assumptions_that_make_no_sense_name_their_field(world: World, wanted, field):
    await world.models()

    with pytest.raises(InputError) as caught:
        await world.comparisons.accept(ACTOR, [A, B], assumptions=wanted, delivery="d1")
    assert caught.value.field == field


async def test_other_assumptions_are_worked_out_from_what_was_measured(world: World):
    await world.models()
    await world.run(A, B)
    before = len(world.provider.asked)

    found = await world.comparisons.assume(ACTOR, world.id, Assumptions(calls_a_day=7, examples=50))

    assert (found.calls_a_day, found.examples) == (7, 50)
    assert len(world.provider.asked) == before
    assert "50 examples" in world.notifier.texts[-1]


class Lenient:
    """Permits that ask for approval above a dollar."""

    def __init__(self) -> None:
        self.asked: list[Decimal | None] = []

    async def admit(self, job, usd):
        self.asked.append(usd)
        limit = Decimal(1)
        approval = Approval(
            op_id=job.op_id,
            team=job.team,
            channel=job.channel,
            asked_by=job.user,
            approvers=("U9",),
            amount_usd=usd,
            limit_usd=limit,
            asked_at=job.created_at,
            expires_at=job.created_at,
        )
        return Admission(amount_usd=usd, approval=approval if usd > limit else None)


async def test_asking_hosted_models_is_priced_before_it_is_taken(world: World):
    await world.models()
    world.comparisons._permits = permits = Lenient()

    comparison = await world.comparisons.accept(
        ACTOR, [A, "gpt-6-luna"], assumptions=Assumptions(examples=10), delivery="d1"
    )
    await world.comparisons.settle()

    # 10 test rows by the report: 10 * ((12 + 11) + 2 label tokens or more + 10 * 12) input tokens at $0.10 a million.
    assert Decimal("0.0001") < comparison.usd < Decimal("0.0003")
    assert permits.asked == [comparison.usd]


async def test_a_comparison_above_the_approval_amount_is_refused(world: World):
    await world.models()
    dear = replace(DATASET, report=replace(REPORT, lengths=replace(REPORT.lengths, median=20_000)))
    await world.store.datasets.save(dear)
    world.comparisons._permits = Lenient()

    with pytest.raises(NotAllowedError, match="more than may be spent here without approval") as caught:
        await world.comparisons.accept(ACTOR, [A, "gpt-6-astra"], delivery="d1")
    assert "Leave out hosted models" in caught.value.next_step
    assert await world.store.comparisons.unfinished() == []


async def test_the_teams_own_models_need_no_permission(world: World):
    await world.models()
    world.comparisons._permits = permits = Lenient()

    await world.run(A, B)

    assert permits.asked == []


async def test_the_answers_are_forgotten_once_the_figures_are_kept(world: World):
    await world.models()

    await world.run(A, B)

    assert await world.store.results.of(f"{world.id}:0") == []
