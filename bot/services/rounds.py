"""Rounds of training again: corrections into a new version of the dataset, a model trained on it like the last one,
both compared on the same held-out rows. Every step is stored before the next, so that a killed bot goes on with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from bot.datasets.examples import Example, read_examples
from bot.datasets.kernels import normalise
from bot.domain import (
    Actor,
    Dataset,
    DatasetStatus,
    Feedback,
    FineTunedModel,
    FineTuningJob,
    Prediction,
    Round,
    RoundState,
    Score,
    Task,
    Thread,
    VersionPlan,
)
from bot.errors import InputError, NotFoundError, ProviderError, ServiceError, SlackError, UserError
from bot.metrics.significance import discordant, mcnemar_exact
from bot.ports import Notifier, Provider
from bot.services.datasets import Datasets
from bot.services.evaluation import predict
from bot.services.jobs import Jobs
from bot.texts import n, t
from bot.views import rounds as views
from storage import Store

logger = logging.getLogger(__name__)

MOST_CHECKED = 200
"""Corrected texts that the new model is asked about."""
GONE = ("channel_not_found", "not_in_channel", "is_archived", "account_inactive")


class Rounds:
    """The story of training again."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        notifier: Notifier,
        datasets: Datasets,
        jobs: Jobs,
        evaluation_rows: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._provider = provider
        self._notifier = notifier
        self._datasets = datasets
        self._jobs = jobs
        self._evaluation_rows = evaluation_rows
        self._clock = clock

    async def start(self, actor: Actor, name: str, *, delivery: str) -> Round:
        """Take a round for that model, durably. Raises NotFoundError, InputError when there is nothing to train on."""
        model = await self._store.models.get(actor.team, name)
        if model is None:
            raise NotFoundError(
                t("There is no model {name} here.", name=name),
                next_step=t("`/finetune models` lists those there are."),
            )
        parent = await self._parent(model)
        waiting = await self._store.feedback.waiting(actor.team, model.name)
        if not waiting:
            raise InputError(
                t("No correction waits for {model}.", model=model.title or model.name),
                next_step=t("Correct its answers with “It should be…”."),
            )
        wanted = Round(
            id=f"round-{uuid4().hex[:12]}",
            team=actor.team,
            channel=actor.channel,
            user=actor.user,
            model=model.name,
            parent_id=parent.id,
            dataset_id=f"ds-{uuid4().hex[:12]}",
            state=RoundState.BUILDING,
            created_at=self._clock(),
            thread_ts=(parent.thread_ts or parent.report_ts) if parent.channel == actor.channel else "",
            corrections=len(waiting),
        )
        taken = await self._store.rounds.accept(wanted, delivery=delivery)
        if taken.id != wanted.id:
            raise InputError(
                t("{model} is being trained again already.", model=model.title or model.name),
                next_step=t("The thread of its dataset shows how far it is."),
            )
        logger.info("round accepted round=%s model=%s corrections=%s", taken.id, model.name, len(waiting))
        return taken

    async def _parent(self, model: FineTunedModel) -> Dataset:
        parent = await self._store.datasets.get(model.dataset_id)
        if parent is None or parent.report is None or parent.status is not DatasetStatus.READY:
            raise InputError(
                t("The dataset of {model} is gone.", model=model.title or model.name),
                next_step=t("Drop the file again and train a model on it."),
            )
        if parent.report.task is Task.CHAT:
            raise InputError(
                t("Corrections can't be added to a dataset of chats."),
                next_step=t("Drop a file with them instead."),
            )
        return parent

    async def open(self) -> list[Round]:
        """Rounds whose end was not told yet."""
        return await self._store.rounds.open()

    async def switch(self, actor: Actor, round_id: str) -> FineTunedModel:
        """Make a round's model the one of the channel that asked for it. Raises NotFoundError."""
        found = await self._store.rounds.get(round_id)
        model = await self._store.models.get(actor.team, found.new_model) if found else None
        if found is None or model is None or found.team != actor.team:
            raise NotFoundError(t("That model is not there any more."))
        channel = found.channel or actor.channel
        await self._store.models.use_in_channel(model, channel=channel, user=actor.user, now=self._clock())
        return model

    async def advance(self, found: Round) -> None:
        """Bring a round one step further, or to its end. Raises ServiceError for what a later try may mend."""
        try:
            await self._advance(found)
        except (UserError, ProviderError) as error:
            said = f"{error} {error.next_step}".strip() if isinstance(error, UserError) else str(error)
            found = await self._store.rounds.get(found.id) or found
            await self._fail(found, said)
        except SlackError as error:
            if error.code not in GONE:
                raise
            found = await self._store.rounds.get(found.id) or found
            await self._keep(replace(found, told=True))

    async def _advance(self, found: Round) -> None:
        if found.state is RoundState.BUILDING:
            found = await self._build(found)
        if found.state is RoundState.TRAINING:
            found = await self._train(found)
        if found.state is RoundState.COMPARING:
            found = await self._compare(found)
        if found.state in (RoundState.DONE, RoundState.FAILED):
            await self._tell(found)

    async def _keep(self, found: Round) -> Round:
        await self._store.rounds.save(found)
        return found

    async def _build(self, found: Round) -> Round:
        """The new version: noted with its corrections first, then made; both survive a kill in between."""
        dataset = await self._store.datasets.get(found.dataset_id)
        if dataset is None:
            dataset = await self._note_version(found)
        if dataset.status is DatasetStatus.READING:
            return found  # being made; the next tick looks again
        if dataset.status is not DatasetStatus.READY or dataset.report is None:
            raise InputError(dataset.problem)
        return await self._keep(replace(found, state=RoundState.TRAINING))

    async def _note_version(self, found: Round) -> Dataset:
        parent = await self._datasets.get(found.parent_id)
        waiting = await self._store.feedback.waiting(found.team, found.model)
        await self._store.feedback.mark_used(waiting, found.dataset_id)
        used = await self._corrections(found)
        report = parent.report
        if report is None:
            raise InputError(t("The dataset is gone."))
        held_out = await asyncio.to_thread(self._held_out, parent)
        left_out = sum(normalise(said.text) in held_out for said in used)
        await self._keep(replace(found, corrections=len(used), left_out=left_out))
        await self._announce(replace(found, corrections=len(used), left_out=left_out), parent)
        made = await self._datasets.accept_version(
            parent,
            VersionPlan(choices=report.choices, additions=tuple((said.text, said.correct) for said in used)),
            made_by=found.user,
            change=n("{number} correction from feedback", "{number} corrections from feedback", len(used)),
            delivery=f"round:{found.id}:version",
            version_id=found.dataset_id,
        )
        if made is not None:
            await self._datasets.ingest(made)
        return await self._datasets.get(found.dataset_id)

    async def _corrections(self, found: Round) -> list[Feedback]:
        """The corrections of a round, a text once, the newest word on it."""
        used = await self._store.feedback.used_in(found.dataset_id)
        return list({said.text: said for said in used}.values())

    def _held_out(self, dataset: Dataset) -> set[str]:
        """The held-out texts, normalised: what is corrected there must not be trained on."""
        report = dataset.report
        if report is None:
            return set()
        folder = self._datasets.folder(dataset.id)
        parts = [part for name in ("validation", "test") if (part := report.part(name))]
        return {
            normalise(example.text)
            for part in parts
            for example in read_examples(
                folder / part.path,
                format=report.format,
                separator=report.separator,
                stop=report.stop,
                limit=part.rows,
            )
        }

    async def _announce(self, found: Round, parent: Dataset) -> None:
        place, mark = self._place(found), f"{found.id}:start"
        if not await self._notifier.find(place, outbox_id=mark, since=found.created_at):
            await self._notifier.post(place, views.begun(found, parent), outbox_id=mark)

    def _place(self, found: Round) -> Thread:
        return Thread(channel=found.channel, ts=found.thread_ts)

    async def _train(self, found: Round) -> Round:
        """Start the training like the last one, once; then wait for its model."""
        if not found.op_id:
            found = await self._keep(replace(found, op_id=(await self._start_job(found)).op_id))
        job = await self._store.jobs.get(found.op_id)
        if job is None or not job.progress.status.is_finished:
            return found
        name = job.progress.fine_tuned_model
        if not name:
            raise InputError(
                t("The training ended without a model ({status}).", status=job.progress.status.value)
            )
        if await self._store.models.get(found.team, name) is None:
            return found  # still being asked about its test part
        return await self._keep(replace(found, state=RoundState.COMPARING, new_model=name))

    async def _start_job(self, found: Round) -> FineTuningJob:
        begun = await self._store.jobs.of_dataset(found.team, found.dataset_id)
        if begun:
            return begun[-1]
        model = await self._store.models.remembered(found.team, found.model)
        before = await self._store.jobs.get(model.op_id) if model else None
        if before is None:
            raise InputError(t("I don't know any more how {model} was trained.", model=found.model))
        actor = Actor(team=found.team, user=found.user, channel=found.channel)
        plan = replace(before.plan, dataset_id=found.dataset_id)
        job = await self._jobs.start(actor, plan, delivery=f"round:{found.id}:job", again=True)
        if job is None:
            raise ServiceError(t("The training was taken already."), retrying=True)
        return job

    async def _compare(self, found: Round) -> Round:
        """Both models on the new version's test part, which is the old one's; a kill goes on where it was."""
        old = await self._store.models.get(found.team, found.model)
        new = await self._store.models.get(found.team, found.new_model)
        if old is None or new is None:
            raise InputError(t("One of the two models was deleted, so there is nothing to compare."))
        examples = await asyncio.to_thread(self._test_rows, found, new)
        if not examples:
            raise InputError(t("The dataset has no test part, so nobody can say which model is better."))
        before = await self._predictions(found, old, new, examples, "before")
        after = await self._predictions(found, new, new, examples, "after")
        right = [row.is_right for row in before], [row.is_right for row in after]
        return await self._keep(
            replace(
                found,
                state=RoundState.DONE,
                before=Score(model=old.name, rows=len(before), correct=sum(right[0])),
                after=Score(model=new.name, rows=len(after), correct=sum(right[1])),
                chance=mcnemar_exact(*discordant(*right)),
                learned=await self._learned(found, new),
            )
        )

    def _test_rows(self, found: Round, model: FineTunedModel) -> list[Example]:
        path = self._datasets.folder(found.dataset_id) / "test.jsonl"
        return read_examples(
            path,
            format=model.format,
            separator=model.separator,
            stop=model.stop,
            limit=self._evaluation_rows,
        )

    async def _predictions(
        self, found: Round, model: FineTunedModel, taught: FineTunedModel, examples: list[Example], when: str
    ) -> list[Prediction]:
        return await predict(
            self._provider,
            self._store.results,
            model,
            examples,
            subject=f"{found.id}:{when}",
            label_of=taught.label_of,
        )

    async def _learned(self, found: Round, model: FineTunedModel) -> int:
        """How many corrected texts the new model answers as people said."""
        used = (await self._corrections(found))[:MOST_CHECKED]
        answers = [await self._provider.answer(model, said.text) for said in used]
        return sum(answer.text == said.correct for answer, said in zip(answers, used, strict=True))

    async def _fail(self, found: Round, problem: str) -> None:
        """The corrections wait again; what was made stays for who wants to look at it."""
        await self._store.feedback.release(found.dataset_id)
        found = await self._keep(replace(found, state=RoundState.FAILED, problem=problem))
        await self._tell(found)

    async def _tell(self, found: Round) -> None:
        """How it ended, once; it mentions who asked for it."""
        place, mark = self._place(found), f"{found.id}:end"
        new = await self._store.models.get(found.team, found.new_model) if found.new_model else None
        if not await self._notifier.find(place, outbox_id=mark, since=found.created_at):
            await self._notifier.post(place, views.ended(found, new), outbox_id=mark)
        await self._keep(replace(found, told=True))
        logger.info("round ended round=%s state=%s better=%s", found.id, found.state, found.is_better)
