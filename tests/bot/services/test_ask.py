"""Questions over a real database, with Slack and the server as fakes."""

import pytest

from bot.domain import Question
from bot.domain.channels import ChannelSettings
from bot.errors import SlackError
from bot.services.ask import Asks
from bot.views import ask as views
from storage import Store, models
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import ACTOR, MODEL

URL = "https://hooks.slack.com/commands/1"


@pytest.fixture
async def asks(store: Store, provider: FakeProvider, notifier: RecordingNotifier, clock: FakeClock) -> Asks:
    await store._database.write(lambda connection: models.add(connection, MODEL))
    return Asks(store=store, provider=provider, notifier=notifier, clock=clock)


async def ask(asks: Asks, response_url: str = URL) -> Question:
    question = await asks.accept(ACTOR, "where is it?", delivery="trigger:T1:1", response_url=response_url)
    assert question is not None
    return question


async def test_an_answer_that_a_killed_bot_had_sent_is_not_sent_again(
    asks: Asks, notifier: RecordingNotifier, provider: FakeProvider
):
    question = await ask(asks)
    answer = await provider.answer(MODEL, question.text)
    # What a bot leaves behind that is killed between Slack's "ok" and its own note of it.
    await notifier.respond(
        URL, views.answer(question, answer, MODEL, policy=ChannelSettings()), in_channel=True
    )

    (left,) = await asks.unanswered()
    await asks.answer(left, look_first=True)

    assert len(notifier.responses) == 1
    assert await asks.unanswered() == []


async def test_a_question_that_a_killed_bot_left_is_answered(asks: Asks, notifier: RecordingNotifier):
    await ask(asks)

    (left,) = await asks.unanswered()
    await asks.answer(left, look_first=True)

    ((url, said, in_channel),) = notifier.responses
    assert (url, in_channel) == (URL, True)
    assert said.text.startswith("`delivery` 90.0%")


async def test_a_question_is_answered_when_nobody_can_look_whether_it_was(
    asks: Asks, notifier: RecordingNotifier
):
    async def busy(*_: object, **__: object) -> None:
        raise SlackError("slow down", code="ratelimited", retry_after_s=30)

    question = await ask(asks)
    notifier.find = busy  # type: ignore[method-assign]

    await asks.answer(question, look_first=True)

    assert [in_channel for _, _, in_channel in notifier.responses] == [True]


async def test_an_answer_in_a_thread_can_be_found_again(asks: Asks, notifier: RecordingNotifier):
    question = await ask(asks, response_url="")

    await asks.answer(question)

    assert [posted.outbox_id for posted in notifier.posts] == [question.id]
