"""Training again on corrections over a real database and real files; the server, Slack and the jobs are stand-ins."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from bot.datasets.prepare import ingest
from bot.datasets.versions import make_version
from bot.domain import (
    Actor,
    Choices,
    Dataset,
    DatasetStatus,
    Feedback,
    FineTuningJob,
    JobPlan,
    JobStatus,
    Round,
    RoundState,
    Verdict,
    VersionPlan,
)
from bot.errors import InputError, NotAllowedError, ProviderUnavailableError
from bot.services.rounds import Rounds
from storage import Store, models
from tests.fakes import FakeClock, FakeProvider, RecordingNotifier
from tests.values import ACTOR, DATASET, JOB, MODEL, NOW

NEW_MODEL = "ft:ngram-hash-1:tunesmith::new"


class RealVersions:
    """Datasets as the engine makes them, without Slack."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store = store
        self._home = home
        self.plans: dict[str, VersionPlan] = {}
        self.made = 0

    def folder(self, dataset_id: str) -> Path:
        return self._home / dataset_id

    async def get(self, dataset_id: str) -> Dataset:
        found = await self._store.datasets.get(dataset_id)
        assert found is not None
        return found

    async def accept_version(self, parent: Dataset, plan: VersionPlan, *, version_id: str, **about: str):
        self.plans[version_id] = plan
        dataset = replace(
            parent,
            id=version_id,
            status=DatasetStatus.READING,
            report=None,
            report_ts="",
            parent=parent.id,
            root=parent.root,
            change=about["change"],
            made_by=about["made_by"],
        )
        return await self._store.datasets.accept_version(
            dataset, plan, delivery=about["delivery"], now=NOW, lease=NOW - NOW
        )

    async def ingest(self, dataset: Dataset) -> None:
        parent = await self.get(dataset.parent)
        plan = self.plans[dataset.id]
        report = make_version(
            self.folder(parent.id),
            self.folder(dataset.id),
            before=parent.report.choices,
            choices=plan.choices,
            additions=plan.additions,
        )
        self.made += 1
        await self._store.datasets.save(
            replace(dataset, status=DatasetStatus.READY, report=report, files_read=1)
        )


class OneJob:
    """Takes trainings; `finish` lets them end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.plans: list[JobPlan] = []
        self.refusal: Exception | None = None

    async def start(self, actor: Actor, plan: JobPlan, *, delivery: str, again: bool = False):
        if self.refusal:
            raise self.refusal
        self.plans.append(plan)
        job = replace(JOB, op_id="op-2", plan=plan, dataset_id=plan.dataset_id)
        taken = await self._store.jobs.accept_start(job, delivery=delivery, first=(), now=NOW)
        return job if taken else None


@pytest.fixture
async def parent(store: Store, tmp_path: Path) -> Dataset:
    """Sixty rows in two classes, read and split, and a model trained on them."""
    folder = tmp_path / "ds-1"
    folder.mkdir()
    rows = [(f"my parcel number {i} is late", "delivery") for i in range(30)]
    rows += [(f"please pay me back invoice {i}", "billing") for i in range(30)]
    with (folder / "source").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("text", "label"), *rows])
    report = ingest(folder / "source", folder, name="tickets.csv", choices=Choices())
    dataset = replace(DATASET, root="ds-1", report=report, files_read=1)
    await store.datasets.accept_drop(dataset, delivery="event:1", now=NOW, lease=NOW - NOW)
    await store.datasets.save(dataset)
    await store.jobs.accept_start(JOB, delivery="start:1", first=(), now=NOW)
    await store._database.write(lambda connection: models.add(connection, MODEL))
    return dataset


@pytest.fixture
def versions(store: Store, tmp_path: Path) -> RealVersions:
    return RealVersions(store, tmp_path)


@pytest.fixture
def jobs(store: Store) -> OneJob:
    return OneJob(store)


@pytest.fixture
def rounds(
    store: Store,
    provider: FakeProvider,
    notifier: RecordingNotifier,
    clock: FakeClock,
    versions: RealVersions,
    jobs: OneJob,
    parent: Dataset,
) -> Rounds:
    return Rounds(
        store=store,
        provider=provider,
        notifier=notifier,
        datasets=versions,  # type: ignore[arg-type]
        jobs=jobs,  # type: ignore[arg-type]
        evaluation_rows=100,
        clock=clock,
    )


async def correct(store: Store, text: str, label: str, *, ask: str = "ask-1") -> None:
    said = Feedback(
        ask_id=ask,
        team="T1",
        channel="C1",
        user="U2",
        model=MODEL.name,
        text=text,
        answer="delivery",
        verdict=Verdict.WRONG,
        at=NOW,
        correct=label,
    )
    await store.feedback.vote(said)


async def finish(store: Store, status: JobStatus = JobStatus.SUCCEEDED) -> None:
    """Let the training end as the poller would."""
    name = NEW_MODEL if status is JobStatus.SUCCEEDED else ""

    async def end(job: FineTuningJob) -> None:
        (claimed,) = [
            claim
            for claim in await store.jobs.claim_due(now=NOW, lease=NOW - NOW, limit=9)
            if claim.job.op_id == job.op_id
        ]
        ended = replace(job, progress=replace(job.progress, status=status, fine_tuned_model=name))
        model = replace(MODEL, name=name, op_id=job.op_id, dataset_id=job.dataset_id) if name else None
        await store.jobs.finish_poll(
            claimed,
            ended,
            phase="done",
            updates=(),
            last_event="",
            model=model,
            now=NOW,
            next_poll_at=NOW,
            poll_interval_s=1,
        )

    await end(await store.jobs.get("op-2"))


async def current(rounds: Rounds) -> Round:
    (found,) = await rounds.open()
    return found


async def test_a_round_ends_with_both_models_on_the_same_rows(
    rounds: Rounds, store: Store, notifier: RecordingNotifier, versions: RealVersions, jobs: OneJob, parent
):
    await correct(store, "where did you charge me twice", "billing")
    await rounds.start(ACTOR, MODEL.name, delivery="d1")

    await rounds.advance(await current(rounds))
    await finish(store)
    await rounds.advance(await current(rounds))

    made = await store.datasets.get((await store.rounds.since("T1", NOW))[0].dataset_id)
    assert (made.version, made.change) == (2, "1 correction from feedback")
    assert made.report.rows_kept == parent.report.rows_kept + 1
    assert made.report.part("test").rows == parent.report.part("test").rows
    assert jobs.plans == [replace(JOB.plan, dataset_id=made.id)]
    assert "as good as" in notifier.texts[-1]
    assert await rounds.open() == []
    assert await store.feedback.waiting("T1", MODEL.name) == []


async def test_a_better_model_is_offered_and_the_channel_switched_only_by_a_person(
    rounds: Rounds, store: Store, provider: FakeProvider, notifier: RecordingNotifier
):
    class Learned(FakeProvider):
        async def answer(self, model, text):
            found = await FakeProvider.answer(self, model, text)
            return found if model.name == NEW_MODEL else replace(found, text="billing")

    rounds._provider = Learned()
    await correct(store, "pay", "billing")
    await rounds.start(ACTOR, MODEL.name, delivery="d1")
    await rounds.advance(await current(rounds))
    await finish(store)
    found = await current(rounds)
    await rounds.advance(found)

    own = await store.models.of_channel("T1", "C1")
    switched = await rounds.switch(ACTOR, found.id)

    assert "*better*" in notifier.texts[-1]
    assert own.name == MODEL.name
    assert switched.name == (await store.models.of_channel("T1", "C1")).name == NEW_MODEL


async def test_a_correction_of_a_held_out_text_stays_out_of_training(
    rounds: Rounds, store: Store, notifier: RecordingNotifier, versions: RealVersions
):
    line = (versions.folder("ds-1") / "test.jsonl").read_text(encoding="utf-8").splitlines()[0]
    held_out = line.split('"content":"')[1].split('"')[0]
    await correct(store, f"  {held_out.upper()} ", "refund")
    await correct(store, "something else entirely", "billing", ask="ask-2")
    await rounds.start(ACTOR, MODEL.name, delivery="d1")

    await rounds.advance(await current(rounds))

    made = (await current(rounds)).dataset_id
    trained = (versions.folder(made) / "train.jsonl").read_text(encoding="utf-8").lower()
    assert held_out.lower() not in trained
    assert "something else entirely" in trained
    assert "1 of them is about a text of the held-out part" in notifier.texts[-1]


@pytest.mark.parametrize("step", ["version", "job"])
async def test_a_bot_killed_in_between_goes_on_and_makes_nothing_twice(
    rounds: Rounds, store: Store, versions: RealVersions, jobs: OneJob, step: str
):
    await correct(store, "a", "billing")
    await rounds.start(ACTOR, MODEL.name, delivery="d1")
    found = await current(rounds)
    save = store.rounds.save

    async def die(row: Round) -> None:
        if row.state is (RoundState.TRAINING if step == "version" else row.state) and (
            step == "version" or row.op_id
        ):
            store.rounds.save = save  # type: ignore[method-assign]
            raise ProviderUnavailableError("killed")
        await save(row)

    store.rounds.save = die  # type: ignore[method-assign]
    with pytest.raises(ProviderUnavailableError):
        await rounds.advance(found)

    await rounds.advance(await current(rounds))
    await finish(store)
    await rounds.advance(await current(rounds))

    assert versions.made == 1
    assert len(await store.jobs.of_dataset("T1", found.dataset_id)) == 1
    assert await rounds.open() == []


async def test_a_failed_training_lets_the_corrections_wait_again(
    rounds: Rounds, store: Store, notifier: RecordingNotifier
):
    await correct(store, "a", "billing")
    await rounds.start(ACTOR, MODEL.name, delivery="d1")
    await rounds.advance(await current(rounds))
    await finish(store, JobStatus.FAILED)

    await rounds.advance(await current(rounds))

    assert "did not work: The training ended without a model (failed)." in notifier.texts[-1]
    assert len(await store.feedback.waiting("T1", MODEL.name)) == 1


async def test_who_may_not_start_is_told_in_the_thread(
    rounds: Rounds, store: Store, notifier: RecordingNotifier, jobs: OneJob
):
    jobs.refusal = NotAllowedError("Guests may not start paid jobs.", next_step="Ask a member.")
    await correct(store, "a", "billing")
    await rounds.start(ACTOR, MODEL.name, delivery="d1")

    await rounds.advance(await current(rounds))

    assert "Guests may not start paid jobs. Ask a member." in notifier.texts[-1]


async def test_a_second_press_begins_no_second_round(rounds: Rounds, store: Store):
    await correct(store, "a", "billing")
    await rounds.start(ACTOR, MODEL.name, delivery="d1")

    for delivery in ("d1", "d2"):
        with pytest.raises(InputError, match="being trained again already"):
            await rounds.start(ACTOR, MODEL.name, delivery=delivery)

    assert len(await rounds.open()) == 1


async def test_nothing_to_train_on_is_said(rounds: Rounds):
    with pytest.raises(InputError, match="No correction waits"):
        await rounds.start(ACTOR, MODEL.name, delivery="d1")
