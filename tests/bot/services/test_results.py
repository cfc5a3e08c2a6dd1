"""How a job came out, from what the evaluation kept and what the server tells."""

from __future__ import annotations

import base64
import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Actor, JobStatus, Prediction
from bot.errors import InputError, NotFoundError, ProviderUnavailableError, SandboxError
from bot.sandbox import ProcessSandbox
from bot.services.results import Results
from tests.bot.services.worlds import Home, dataset_with_parts, finished_job
from tests.values import ACTOR, JOB

RESULT = (
    "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,0.5,0.5,,\n2,0.125,1,0.25,0.75\n"
)
PREDICTIONS = [
    Prediction(
        line=1, label="billing", predicted="billing", probabilities=(("billing", 0.75), ("delivery", 0.25))
    ),
    Prediction(line=2, label="delivery", predicted="delivery", probabilities=(("delivery", 0.75),)),
    Prediction(line=3, label="delivery", predicted="billing", probabilities=(("billing", 0.875),)),
    Prediction(line=4, label="delivery", predicted="billing", probabilities=(("billing", 0.5),)),
]


class World:
    def __init__(self, store, clock, provider, notifier, tmp_path: Path):
        self.store, self.clock, self.provider, self.notifier = store, clock, provider, notifier
        self.home = Home(store, tmp_path)
        self.results = Results(
            store=store,
            provider=provider,
            notifier=notifier,
            sandbox=ProcessSandbox(),
            jobs=self,
            folder_of=self.home.folder_of,
            evaluation_rows=100,
        )

    async def find(self, team: str, channel: str, name: str):
        found = await self.store.jobs.find(team, name) if name else None
        if found is None:
            raise NotFoundError(f"There is no job {name} here.")
        return found

    async def in_channel(self, team: str, channel: str):
        return await self.store.jobs.in_channel(team, channel)

    async def finished(self, content: bytes = RESULT.encode()):
        await dataset_with_parts(self.store, self.clock, self.home)
        job = await finished_job(self.store, self.clock, self.home)
        remote = await self.provider.create_job(
            job.plan, training_file="f", validation_file="", op_id=job.op_id
        )
        self.provider.jobs[job.remote_id] = replace(remote, id=job.remote_id, result_files=("file-r",))
        self.provider.contents["file-r"] = content
        return job


@pytest.fixture
def world(store, clock, provider, notifier, tmp_path) -> World:
    return World(store, clock, provider, notifier, tmp_path)


@pytest.mark.parametrize("content", [RESULT.encode(), base64.b64encode(RESULT.encode())])
async def test_losses_come_from_the_servers_result_file(world: World, content):
    job = await world.finished(content)

    found = await world.results.of(job)

    assert (found.file.train_loss, found.file.valid_loss) == (0.125, 0.25)
    assert (world.home.folder_of(job) / "result.csv").read_text() == RESULT


async def test_without_a_result_file_the_events_figures_stand_in(world: World):
    job = await world.finished(b"no csv")

    found = await world.results.of(job)

    assert found.file is None
    assert "no CSV with a step column" in found.file_problem


async def test_a_server_that_is_down_costs_only_the_result_file(world: World):
    job = await world.finished()
    await world.store.results.add(job.op_id, PREDICTIONS)
    world.provider.failures = [ProviderUnavailableError("down")]

    found = await world.results.of(job)

    assert found.file_problem == "down"
    assert found.scores.accuracy == 0.5


async def test_nothing_is_asked_again(world: World):
    job = await world.finished()
    await world.store.results.add(job.op_id, PREDICTIONS)

    found = await world.results.of(job)

    assert world.provider.asked == []
    assert (found.tested, found.right) == (4, 2)
    assert found.scores.binary.positive == "billing"


async def test_a_job_that_was_never_evaluated_is_tested_now(world: World):
    job = await world.finished()

    found = await world.results.of(job)

    assert len(world.provider.asked) == 4
    assert found.scores.rows == 4


async def test_the_plan_names_the_positive_class_and_betas(world: World):
    job = await world.finished()
    await world.store.results.add(job.op_id, PREDICTIONS)
    wanted = replace(job.plan.classification, positive_class="delivery", betas=(2.0,))

    found = await world.results.of(replace(job, plan=replace(job.plan, classification=wanted)))

    assert (found.scores.binary.positive, found.scores.binary.chosen_by) == ("delivery", "plan")
    assert [beta for beta, _ in found.scores.binary.f_betas] == [2.0]


async def test_mistakes_are_the_surest_first_and_masked(world: World):
    job = await world.finished()
    await world.store.results.add(job.op_id, PREDICTIONS)

    found = await world.results.of(job)

    assert [one.line for one in found.mistakes] == [3, 4]
    assert found.mistakes[0].text == "pay later, mail [e-mail]"


async def test_results_are_posted_with_the_confusion_in_words_and_as_a_picture(world: World):
    job = await world.finished()
    await world.store.results.add(job.op_id, PREDICTIONS)

    await world.results.show(job)

    said = json.dumps(world.notifier.posts[0].message.blocks)
    assert "50.0%" in world.notifier.texts[0]
    assert "ann@example.com" not in said
    assert [name for _, name in world.notifier.uploads] == ["confusion.png"]
    assert world.notifier.posts[0].thread.ts == job.thread_ts


async def test_a_picture_that_fails_costs_nothing_else(world: World):
    class Broken:
        async def run(self, function, arguments, kind):
            raise SandboxError("no memory")

    job = await world.finished()
    await world.store.results.add(job.op_id, PREDICTIONS)
    world.results._sandbox = Broken()

    await world.results.show(job)

    assert len(world.notifier.posts) == 1


async def test_a_job_that_runs_has_no_results_yet(world: World):
    await dataset_with_parts(world.store, world.clock, world.home)
    await world.store.jobs.accept_start(JOB, delivery="d", first=[], now=world.clock())

    with pytest.raises(InputError, match="has no results yet"):
        await world.results.find(ACTOR, "op-1")


async def test_the_newest_job_that_succeeded_is_meant_without_a_name(world: World):
    job = await world.finished()
    running = replace(JOB, op_id="op-2")
    await world.store.jobs.accept_start(running, delivery="d2", first=[], now=world.clock())

    found = await world.results.find(ACTOR, "")

    assert (found.op_id, found.progress.status) == (job.op_id, JobStatus.SUCCEEDED)


async def test_a_model_names_its_job(world: World):
    job = await world.finished()

    assert (await world.results.find(ACTOR, "ft:ngram-hash-1:tunesmith::abc")).op_id == job.op_id
    with pytest.raises(NotFoundError):
        await world.results.find(Actor(team="T2", user="U1", channel="C1"), job.op_id)


async def test_predictions_as_a_file_hold_no_formula(world: World):
    job = await world.finished()
    world.home.write(world.home.folder_of(job), "test", [("=HYPERLINK(1)", "billing")])
    await world.store.results.add(
        job.op_id, [Prediction(line=1, label="billing", predicted="=1+1", probabilities=(("=1+1", 0.5),))]
    )

    await world.results.share_predictions(job)

    path = world.home.folder_of(job) / "predictions.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0]["text"] == "'=HYPERLINK(1)"
    assert rows[0]["predicted"] == rows[0]["label_1"] == "'=1+1"
    assert (rows[0]["right"], rows[0]["probability"]) == ("no", "0.500000")
    assert world.notifier.uploads[0][1] == "tickets.predictions.csv"


async def test_every_file_comes_into_the_thread(world: World):
    job = await world.finished()
    await world.store.results.add(job.op_id, PREDICTIONS)

    await world.results.share_result_file(job)
    await world.results.share_scores(job)
    await world.results.share_jsonl(job)

    assert [name for _, name in world.notifier.uploads] == [
        "tickets.result.csv",
        "tickets.classes.csv",
        "tickets.train.jsonl",
        "tickets.test.jsonl",
    ]


async def test_a_server_without_result_files_says_so(world: World):
    job = await world.finished()
    world.provider.jobs[job.remote_id] = replace(world.provider.jobs[job.remote_id], result_files=())

    with pytest.raises(NotFoundError, match="keeps no result file"):
        await world.results.share_result_file(job)
