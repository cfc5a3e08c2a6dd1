"""What reaches people when things go wrong in Slack, and what a person's wishes come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import ChannelSettings, JobStatus, Wish
from bot.errors import ProviderUnavailableError
from tests.bot.services.job_world import World, start, with_dataset
from tests.values import JOB

LONG = timedelta(minutes=5)


@pytest.fixture
async def world(store, clock, provider, notifier, tmp_path):
    return await with_dataset(World(store, clock, provider, notifier, tmp_path))


def texts_in(world: World, channel: str) -> list[str]:
    return [posted.message.text for posted in world.notifier.posts if posted.thread.channel == channel]


async def test_an_archived_channel_is_told_about_directly_and_once(world: World):
    await start(world)
    await world.run(2)
    world.notifier.gone["C1"] = "is_archived"

    job = await world.run()

    said = texts_in(world, "D-U1")
    assert job.progress.status is JobStatus.SUCCEEDED
    assert job.lost == "is_archived"
    assert len(said) == 2
    assert said[0].startswith("I can't post in <#C1> any more (the channel is archived).")
    assert "your model is ready" in said[1]


async def test_a_thread_lost_at_the_very_end_gives_one_message(world: World):
    await start(world)
    await world.run(2)
    world.provider.n_epochs = 1
    await world.look()
    world.notifier.gone["C1"] = "not_in_channel"

    await world.run()

    (said,) = texts_in(world, "D-U1")
    assert "your model is ready" in said


async def test_a_lost_end_says_why_it_comes_directly(world: World):
    world.provider.n_epochs = 1
    await start(world)
    for _ in range(6):
        await world.look()
        world.clock.advance(60)
    world.notifier.gone["C1"] = "channel_not_found"

    await world.run(3)

    (said,) = texts_in(world, "D-U1")
    assert said.startswith("I can't post in <#C1> (it is gone, or I was removed from it).")
    assert "your model is ready" in said


async def test_a_person_who_cannot_be_told_directly_stops_nothing(world: World):
    world.notifier.gone = {"C1": "is_archived", "D-U1": "cannot_dm_bot"}
    await start(world)

    job = await world.run()

    assert job.progress.status is JobStatus.SUCCEEDED
    assert world.notifier.texts == []


async def test_a_deleted_card_is_posted_anew_in_the_thread(world: World):
    await start(world)
    await world.run(2)
    world.notifier.delete(world.notifier.posts[0].ts)

    job = await world.run()

    cards = [posted for posted in world.notifier.posts if posted.message.text.startswith("*Fine-tuning*")]
    assert [posted.thread.ts for posted in cards] == [JOB.thread_ts]
    assert "Succeeded" in cards[0].message.text
    assert job.card_ts == cards[0].ts
    assert job.lost == ""


async def test_who_keeps_deleting_the_card_gets_no_more_of_them(world: World):
    world.provider.n_epochs = 8
    await start(world)
    for _ in range(12):
        await world.run(1)
        for posted in list(world.notifier.posts):
            if posted.message.text.startswith("*Fine-tuning*"):
                world.notifier.delete(posted.ts)

    await world.run()

    assert not any(text.startswith("*Fine-tuning*") for text in world.notifier.texts)
    assert "your model is ready" in world.notifier.texts[-1]


async def test_a_quiet_channel_gets_the_end_alone(world: World):
    await world.store.channels.save(
        ChannelSettings(quiet=True, broadcast=True),
        team="T1",
        channel="C1",
        user="U1",
        changes={},
        now=world.clock(),
    )
    await start(world)

    await world.run()

    (said,) = world.notifier.texts
    assert "your model is ready" in said
    assert world.notifier.broadcasts == [world.notifier.posts[0].ts]


async def test_the_picture_follows_the_end(world: World):
    await start(world)

    await world.run()

    assert world.drawn == ["op-1"]
    assert [(thread.ts, name) for thread, name in world.notifier.uploads] == [
        (JOB.thread_ts, "op-1-training.png")
    ]


async def test_a_cancelled_job_has_no_picture(world: World):
    await start(world)
    await world.run(2)
    await world.store.jobs.request_cancel(JOB, user="U1", now=world.clock())

    await world.run(3)

    assert world.notifier.uploads == []


async def test_a_job_pauses_and_goes_on(world: World):
    await start(world)
    await world.run(2)

    await world.store.jobs.request(JOB, Wish.PAUSE, user="U2", now=world.clock())
    paused = await world.run(2)
    await world.store.jobs.request(JOB, Wish.RESUME, user="U2", now=world.clock())
    ended = await world.run()

    assert paused.progress.status is JobStatus.PAUSED
    assert ended.progress.status is JobStatus.SUCCEEDED
    assert world.provider.paused == []


async def test_a_server_that_cannot_pause_is_quoted_to_who_asked(world: World):
    world.provider.can_pause = False
    await start(world)
    await world.run(2)

    await world.store.jobs.request(JOB, Wish.PAUSE, user="U2", now=world.clock())
    job = await world.run()

    ((channel, user, message),) = world.notifier.whispers
    assert (channel, user) == ("C1", "U2")
    assert message.text.startswith("⚠️ This fine-tuning server can't pause jobs.")
    assert job.progress.status is JobStatus.SUCCEEDED


async def test_a_pause_outlives_a_server_that_is_away(world: World):
    await start(world)
    await world.run(2)
    await world.store.jobs.request(JOB, Wish.PAUSE, user="U2", now=world.clock())
    world.provider.failures = [ProviderUnavailableError("down")] * 3

    job = await world.run(6)

    assert job.progress.status is JobStatus.PAUSED


async def test_a_pause_asked_for_before_the_queue_waits_for_it(world: World):
    await start(world)
    await world.store.jobs.request(JOB, Wish.PAUSE, user="U2", now=world.clock())

    job = await world.run(6)

    assert world.provider.paused == ["ftjob-1"]
    assert job.progress.status is JobStatus.PAUSED


async def test_a_newer_wish_is_not_settled_by_an_older_one(world: World):
    await start(world)
    await world.run(2)
    (claimed,) = await world.store.jobs.claim_due(now=world.clock(), lease=LONG, limit=1)
    await world.store.jobs.request(JOB, Wish.PAUSE, user="U2", now=world.clock())

    await world.poller.look(claimed)
    job = await world.run(3)

    assert job.progress.status is JobStatus.PAUSED


async def test_checkpoints_are_kept_and_can_be_asked(world: World):
    await start(world)

    job = await world.run()

    name = "ft:ngram-hash-1:tunesmith::abc:ckpt-step-20"
    found = await world.store.models.get("T1", name)
    assert [point.step for point in job.progress.checkpoints] == [10, 20]
    assert (found.name, found.labels, found.accuracy) == (name, ("delivery", "billing"), None)
    assert await world.store.models.get("T1", "ft:nothing") is None


async def test_a_checkpoint_can_be_a_channels_model(world: World):
    await start(world)
    await world.run()
    point = await world.store.models.get("T1", "ft:ngram-hash-1:tunesmith::abc:ckpt-step-10")

    await world.store.models.use_in_channel(point, channel="C1", user="U1", now=world.clock())

    assert await world.store.models.of_channel("T1", "C1") == point
    assert [model.name for model in await world.store.models.of_team("T1")] == [
        "ft:ngram-hash-1:tunesmith::abc"
    ]


@pytest.mark.parametrize(("others", "pause_s"), [(0, 3), (1, 3), (39, 60)])
async def test_cards_share_the_edits_that_slack_allows(world: World, others: int, pause_s: int):
    for number in range(others):
        await start(world, replace(JOB, op_id=f"op-x{number}", user=f"U{number}"))
    await start(world)
    while await world.delivery.deliver_once():
        pass
    await world.look()
    await world.look()
    edits = [posted.edits for posted in world.notifier.posts]

    world.clock.advance(pause_s - 1)
    await world.delivery.deliver_once()
    before = [posted.edits for posted in world.notifier.posts if "*Fine-tuning*" in posted.message.text]
    world.clock.advance(1)
    await world.delivery.deliver_once()
    after = [posted.edits for posted in world.notifier.posts if "*Fine-tuning*" in posted.message.text]

    assert sum(before) == sum(edits) == 0
    assert sum(after) > 0
