"""What people say of answers, over a real database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Actor, Question, Verdict
from bot.errors import InputError, NotFoundError
from bot.services.ask import Asks
from bot.services.feedback import Feedbacks
from storage import Store, models
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import ACTOR, MODEL

OTHER = replace(ACTOR, user="U2")


@pytest.fixture
async def feedback(store: Store, clock: FakeClock) -> Feedbacks:
    await store._database.write(lambda connection: models.add(connection, MODEL))
    return Feedbacks(store=store, clock=clock)


@pytest.fixture
async def asked(
    store: Store, provider: FakeProvider, notifier: RecordingNotifier, clock: FakeClock, feedback: Feedbacks
) -> Question:
    asks = Asks(store=store, provider=provider, notifier=notifier, clock=clock)
    question = await asks.accept(ACTOR, "where is it?", delivery="d1", thread_ts="1.1")
    assert question is not None
    await asks.answer(question)
    return question


async def test_a_person_may_press_before_the_answer_is_noted_as_posted(
    store: Store, provider: FakeProvider, clock: FakeClock, feedback: Feedbacks
):
    class QuickPerson(RecordingNotifier):
        async def post(self, thread, message, *, outbox_id="", broadcast=False) -> str:
            await feedback.say(ACTOR, outbox_id, Verdict.RIGHT)
            return await super().post(thread, message, outbox_id=outbox_id)

    asks = Asks(store=store, provider=provider, notifier=QuickPerson(), clock=clock)
    question = await asks.accept(ACTOR, "where is it?", delivery="d1", thread_ts="1.1")
    await asks.answer(question)

    assert len(await store.feedback.of_ask(question.id)) == 1


async def test_the_newer_word_of_a_person_replaces_the_older(
    feedback: Feedbacks, asked: Question, store: Store, clock: FakeClock
):
    await feedback.say(ACTOR, asked.id, Verdict.RIGHT)
    clock.advance(5)
    shown = await feedback.say(ACTOR, asked.id, Verdict.WRONG, correct="  refund \n request ")

    (kept,) = await store.feedback.of_ask(asked.id)
    assert (kept.verdict, kept.correct, kept.answer) == (Verdict.WRONG, "refund request", "delivery")
    assert shown.text.endswith("It should be `refund request`, says <@U1>")


async def test_the_label_it_gave_counts_as_right(feedback: Feedbacks, asked: Question, store: Store):
    await feedback.say(ACTOR, asked.id, Verdict.WRONG, place="0")

    (kept,) = await store.feedback.of_ask(asked.id)
    assert (kept.verdict, kept.correct) == (Verdict.RIGHT, "")


async def test_each_person_has_a_word(feedback: Feedbacks, asked: Question):
    await feedback.say(ACTOR, asked.id, Verdict.RIGHT)
    await feedback.say(OTHER, asked.id, Verdict.WRONG, place="1")

    _, found = await feedback.gathered("T1", "C1", "")

    assert (found.right, found.wrong, found.people) == (1, 1, 2)
    assert found.pairs == (("delivery", "billing", 1),)
    assert [(said.text, said.correct) for said in found.waiting] == [("where is it?", "billing")]


async def test_of_two_corrections_of_a_text_the_newer_waits(
    feedback: Feedbacks, asked: Question, store: Store, clock: FakeClock
):
    await feedback.say(ACTOR, asked.id, Verdict.WRONG, correct="a")
    clock.advance(1)
    await feedback.say(OTHER, asked.id, Verdict.WRONG, correct="b")

    waiting = await store.feedback.waiting("T1", MODEL.name)
    await store.feedback.mark_used(waiting, "ds-2")

    assert [said.correct for said in waiting] == ["b"]
    assert await store.feedback.waiting("T1", MODEL.name) == []
    assert len(await store.feedback.used_in("ds-2")) == 2


async def test_corrections_of_a_dataset_that_failed_wait_again(
    feedback: Feedbacks, asked: Question, store: Store
):
    await feedback.say(ACTOR, asked.id, Verdict.WRONG, correct="b")
    await store.feedback.mark_used(await store.feedback.waiting("T1", MODEL.name), "ds-2")

    await store.feedback.release("ds-2")

    assert len(await store.feedback.waiting("T1", MODEL.name)) == 1


@pytest.mark.parametrize("place", ["2", "-1", "x"])
async def test_a_label_that_is_not_in_the_menu_is_refused(feedback: Feedbacks, asked: Question, place: str):
    with pytest.raises(InputError, match="not there any more"):
        await feedback.say(ACTOR, asked.id, Verdict.WRONG, place=place)


async def test_a_label_of_a_page_is_refused(feedback: Feedbacks, asked: Question):
    with pytest.raises(InputError) as refused:
        await feedback.say(ACTOR, asked.id, Verdict.WRONG, correct="x" * 201)

    assert refused.value.field == "new_label"


async def test_another_teams_answer_is_not_known(feedback: Feedbacks, asked: Question):
    with pytest.raises(NotFoundError):
        await feedback.say(Actor(team="T2", user="U1", channel="C1"), asked.id, Verdict.RIGHT)
