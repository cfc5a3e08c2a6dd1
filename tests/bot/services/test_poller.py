"""The poller, submission and delivery together, over a real database, with Slack and the server as fakes."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain import JobStatus
from bot.errors import ProviderError, ProviderUnavailableError, SlackError
from tests.bot.services.job_world import World, start, with_dataset
from tests.values import JOB, PLAN


@pytest.fixture
async def world(store, clock, provider, notifier, tmp_path):
    return await with_dataset(World(store, clock, provider, notifier, tmp_path))


async def test_a_job_is_told_from_start_to_end(world: World):
    await start(world)

    job = await world.run()

    assert world.notifier.texts[1:] == [
        "Epoch 1/3 done: training loss 1.000, validation loss 1.100, validation accuracy 50.0%",
        "Epoch 2/3 done: training loss 0.500, validation loss 0.550, validation accuracy 50.0%",
        "Epoch 3/3 done: training loss 0.333, validation loss 0.367, validation accuracy 50.0%",
        "Cost: $0.00 for 1,200 tokens trained with `ngram-hash-1` (on your own server)",
        world.notifier.texts[5],
    ]
    assert world.notifier.texts[5].startswith("<@U1> your model is ready: `ft:ngram-hash-1:tunesmith::abc`")
    assert "Accuracy on 3 held-out rows: *66.7%*" in world.notifier.texts[5]
    assert "Succeeded" in world.notifier.texts[0]
    assert job.evaluation.correct == 2
    assert len(world.provider.jobs) == 1


async def test_the_model_remembers_how_it_was_trained(world: World):
    await start(world)

    await world.run()

    model = await world.store.models.of_channel("T1", "C1")
    assert model.labels == ("delivery", "billing")
    assert model.accuracy == pytest.approx(2 / 3)


async def test_a_lost_creation_is_adopted_not_repeated(world: World):
    world.provider.lost_creations = [ProviderUnavailableError("the answer was lost")]
    await start(world)

    job = await world.run()

    assert len(world.provider.jobs) == 1
    assert job.progress.status is JobStatus.SUCCEEDED


async def test_files_are_uploaded_once_when_the_creation_fails(world: World):
    await start(world)
    world.provider.failures = []
    original = world.provider.create_job
    tries = 0

    async def flaky(plan, **arguments):
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ProviderUnavailableError("busy")
        return await original(plan, **arguments)

    world.provider.create_job = flaky
    await world.run()

    assert world.provider.uploads == ["op-1.train.jsonl", "op-1.validation.jsonl"]


async def test_a_refusal_ends_the_job_in_the_servers_words(world: World):
    async def refuse(plan, **arguments):
        raise ProviderError("no new fine-tuning jobs", status=403, code="training_not_available")

    world.provider.create_job = refuse
    await start(world)

    job = await world.run(5)

    assert job.progress.status is JobStatus.FAILED
    assert world.notifier.texts[-1] == "<@U1> training on `tickets.csv` failed: no new fine-tuning jobs"


async def test_a_failed_job_says_why(world: World):
    world.provider.outcome = JobStatus.FAILED
    await start(world)

    await world.run()

    assert world.notifier.texts[-1] == "<@U1> training on `tickets.csv` failed: the data is bad"


async def test_an_outage_is_waited_out(world: World):
    await start(world)
    await world.look()
    world.provider.failures = [ProviderUnavailableError("down")] * 4

    job = await world.run()

    assert job.progress.status is JobStatus.SUCCEEDED


async def test_cancelling_reaches_the_server_and_the_thread(world: World):
    await start(world)
    await world.run(2)
    await world.store.jobs.request_cancel(JOB, user="U2", now=world.clock())

    job = await world.run(3)

    assert world.provider.cancelled
    assert job.progress.status is JobStatus.CANCELLED
    assert world.notifier.texts[-1] == "<@U1> training on `tickets.csv` was cancelled."


async def test_a_job_cancelled_before_it_was_sent_never_reaches_the_server(world: World):
    await start(world)
    await world.store.jobs.request_cancel(JOB, user="U2", now=world.clock())

    job = await world.run(2)

    assert world.provider.jobs == {}
    assert job.progress.status is JobStatus.CANCELLED


async def test_other_shares_are_decided_before_the_upload(world: World):
    await start(world, replace(JOB, plan=replace(PLAN, validation_share=0.2, test_share=0.3)))

    await world.run(2)

    assert [(choices.validation_share, choices.test_share) for choices in world.decided] == [(0.2, 0.3)]


async def test_a_post_whose_answer_was_lost_is_found_not_repeated(world: World):
    await start(world)
    world.notifier.lost_answers = [SlackError("lost", in_doubt=True)]

    await world.run()

    assert len(world.notifier.texts) == len(set(world.notifier.texts)) == 6
    assert world.notifier.lookups >= 1


async def test_a_rate_limit_is_waited_out_without_a_look_up(world: World):
    await start(world)
    world.notifier.failures = [SlackError("slow down", code="ratelimited", retry_after_s=5)]

    await world.run()

    assert len(world.notifier.texts) == 6
    assert world.notifier.lookups == 0


async def test_a_dead_channel_does_not_stop_the_job(world: World):
    await start(world)
    world.notifier.failures = [SlackError("gone", code="is_archived")] * 50

    job = await world.run()

    assert job.progress.status is JobStatus.SUCCEEDED
    assert await world.store.models.of_channel("T1", "C1")


async def test_the_end_is_told_without_a_score_when_the_model_never_answers(world: World):
    async def mute(model, text):
        raise ProviderUnavailableError("still loading")

    world.provider.answer = mute
    await start(world)

    job = await world.run(40)

    assert job.evaluation is None
    assert world.notifier.texts[-1].startswith("<@U1> your model is ready")


async def test_ticks_do_not_look_twice_at_a_job_under_way(world: World):
    await start(world)

    counts = await asyncio.gather(*(world.poller.poll_once() for _ in range(5)))
    await asyncio.gather(*world.poller._running)

    assert sum(counts) == 1
    assert len(world.provider.jobs) == 1


async def test_a_broken_job_does_not_stop_the_others(world: World):
    await start(world)
    await start(world, replace(JOB, op_id="op-2", dataset_id="ds-missing"))

    await world.run()

    assert (await world.store.jobs.get("op-1")).progress.status is JobStatus.SUCCEEDED
    assert (await world.store.jobs.get("op-2")).progress.status is JobStatus.FAILED
