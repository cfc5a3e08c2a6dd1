"""How a job came out: the server's result file, the figures of the test part, the mistakes; and all of it as files.

The evaluation after training has kept each test prediction (bot/services/evaluation.py), so nothing is asked twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bot.datasets.examples import Example, read_examples
from bot.datasets.repairs import masked
from bot.domain import (
    Actor,
    FineTunedModel,
    FineTuningJob,
    HeldOutScores,
    JobResults,
    JobStatus,
    Mistake,
    Prediction,
    ResultFile,
    Task,
    Thread,
)
from bot.errors import InputError, NotFoundError, SandboxError, ServiceError, SlackError
from bot.metrics.result_file import plain_csv, read_result_file
from bot.metrics.scores import scores_of, worst_mistakes
from bot.ports import Notifier, Provider, Sandbox
from bot.services.evaluation import evaluate
from bot.services.jobs import Jobs
from bot.services.patience import patiently
from bot.services.result_tables import scores_csv, write_predictions
from bot.texts import language, t
from bot.views import results as views
from storage import Store

logger = logging.getLogger(__name__)

CONFUSION_CLASSES = 20
"""A confusion picture has at most so many classes; beyond that nobody can read it."""
RESULT_FILE = "result.csv"


class Results:
    """The story of results. `folder_of` says where a job's own files lie."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        notifier: Notifier,
        sandbox: Sandbox,
        jobs: Jobs,
        folder_of: Callable[[FineTuningJob], Path],
        evaluation_rows: int,
    ) -> None:
        self._store = store
        self._provider = provider
        self._notifier = notifier
        self._sandbox = sandbox
        self._jobs = jobs
        self._folder_of = folder_of
        self._evaluation_rows = evaluation_rows

    async def find(self, actor: Actor, name: str) -> FineTuningJob:
        """The job of that id or model, or the channel's newest that succeeded. Raises NotFoundError, InputError."""
        job = await self._find(actor, name)
        if job.progress.status is not JobStatus.SUCCEEDED:
            raise InputError(
                t("{dataset} → {base} has no results yet.", dataset=job.dataset_name, base=job.base_model),
                next_step=t("`/finetune status` shows how far it is."),
            )
        return job

    async def _find(self, actor: Actor, name: str) -> FineTuningJob:
        model = await self._store.models.get(actor.team, name) if name else None
        if name:
            return await self._jobs.find(actor.team, actor.channel, model.op_id if model else name)
        done = [
            job
            for job in await self._jobs.in_channel(actor.team, actor.channel)
            if job.progress.status is JobStatus.SUCCEEDED and not job.plan.curve
        ]
        return done[0] if done else await self._jobs.find(actor.team, actor.channel, "")

    async def show(self, job: FineTuningJob) -> None:
        """Post the results into the job's thread, and the confusion as a picture. Raises ServiceError."""
        found = await self.of(job)
        thread = Thread(channel=job.channel, ts=job.thread_ts)
        await patiently(partial(self._notifier.post, thread, views.results(found)))
        if found.scores and 2 <= len(found.scores.labels) <= CONFUSION_CLASSES:
            await self._draw(found.scores, job, thread)

    async def of(self, job: FineTuningJob) -> JobResults:
        """What is known. Raises ServiceError when test rows have to be asked about now and the server does not answer."""
        model = await self._model(job)
        file, problem = await self._result_file(job)
        predictions = await self._predictions(job, model)
        if not predictions:
            return JobResults(job=job, classifies=_classifies(model), file=file, file_problem=problem)
        classifies = _classifies(model)
        mistakes = await self._mistakes(job, model, worst_mistakes(predictions))
        return JobResults(
            job=job,
            classifies=classifies,
            file=file,
            file_problem=problem,
            tested=len(predictions),
            right=sum(row.is_right for row in predictions),
            scores=await asyncio.to_thread(_scores, job, model, predictions) if classifies else None,
            mistakes=mistakes,
            has_probabilities=all(row.probabilities for row in predictions),
            approximate=any(row.approximate for row in predictions),
        )

    async def _model(self, job: FineTuningJob) -> FineTunedModel | None:
        return await self._store.models.get(job.team, job.progress.fine_tuned_model)

    async def _predictions(self, job: FineTuningJob, model: FineTunedModel | None) -> list[Prediction]:
        """Those kept at the evaluation; those of a job that was never evaluated are asked for now."""
        found = await self._store.results.of(job.op_id)
        if found or model is None or not self._evaluation_rows:
            return found
        test_file = self._folder_of(job) / "test.jsonl"
        await evaluate(
            self._provider,
            self._store.results,
            model,
            test_file,
            subject=job.op_id,
            max_rows=self._evaluation_rows,
        )
        return await self._store.results.of(job.op_id)

    async def _examples(self, job: FineTuningJob, model: FineTunedModel | None) -> list[Example]:
        if model is None:
            return []
        return await asyncio.to_thread(
            read_examples,
            self._folder_of(job) / "test.jsonl",
            format=model.format,
            separator=model.separator,
            stop=model.stop,
        )

    async def _mistakes(
        self, job: FineTuningJob, model: FineTunedModel | None, wrong: Sequence[Prediction]
    ) -> tuple[Mistake, ...]:
        texts = {example.line: example.text for example in await self._examples(job, model)}
        return tuple(
            Mistake(
                line=row.line,
                text=masked(texts[row.line]) if row.line in texts else "",
                label=row.label,
                predicted=row.predicted,
                confidence=row.confidence,
            )
            for row in wrong
        )

    async def _result_file(self, job: FineTuningJob) -> tuple[ResultFile | None, str]:
        """(the figures in the server's result file, "") or (None, why there are none)."""
        try:
            path = await self._fetched(job)
            return read_result_file(await asyncio.to_thread(path.read_bytes)), ""
        except (InputError, NotFoundError, ServiceError) as error:
            logger.info("no result file job=%s error=%s", job.op_id, error)
            return None, error.message

    async def _fetched(self, job: FineTuningJob) -> Path:
        """Our copy of the result file, fetched once. Raises NotFoundError, InputError (no CSV), ServiceError."""
        path = self._folder_of(job) / RESULT_FILE
        if path.exists():
            return path
        remote = await self._provider.job(job.remote_id)
        if not remote.result_files:
            raise NotFoundError(t("The server keeps no result file of this job."))
        text = plain_csv(await self._provider.content(remote.result_files[0]))
        path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")
        return path

    async def _draw(self, scores: HeldOutScores, job: FineTuningJob, thread: Thread) -> None:
        path = self._folder_of(job) / "confusion.png"
        arguments = {"scores": scores, "path": str(path), "language": language()}
        try:
            alt_text = await self._sandbox.run("bot.charts.confusion:draw", arguments, str)
            title = t("Confusion of {dataset}", dataset=job.dataset_name)
            upload = partial(self._notifier.upload, thread, path, name="confusion.png", title=title)
            await patiently(partial(upload, alt_text=alt_text))
        except (SandboxError, SlackError, OSError) as error:  # the message says the same in words
            logger.warning("no confusion picture job=%s error=%s", job.op_id, error)

    async def share_result_file(self, job: FineTuningJob) -> None:
        """Put the server's result file into the thread. Raises NotFoundError, InputError, ServiceError."""
        name = f"{_stem(job)}.result.csv"
        await self._upload(job, await self._fetched(job), name, t("Result file of {name}", name=_stem(job)))

    async def share_predictions(self, job: FineTuningJob) -> None:
        """Put the test predictions into the thread: text, label, answer, probabilities. Raises NotFoundError, SlackError."""
        predictions = await self._tested(job)
        examples = await self._examples(job, await self._model(job))
        path = self._folder_of(job) / "predictions.csv"
        await asyncio.to_thread(write_predictions, path, predictions, examples)
        await self._upload(
            job, path, f"{_stem(job)}.predictions.csv", t("Test predictions of {name}", name=_stem(job))
        )

    async def share_scores(self, job: FineTuningJob) -> None:
        """Put precision, recall and F1 of every class into the thread. Raises NotFoundError, SlackError."""
        predictions = await self._tested(job)
        scores = await asyncio.to_thread(_scores, job, await self._model(job), predictions)
        path = self._folder_of(job) / "classes.csv"
        await asyncio.to_thread(path.write_text, scores_csv(scores), encoding="utf-8", newline="")
        await self._upload(
            job, path, f"{_stem(job)}.classes.csv", t("Scores of each class of {name}", name=_stem(job))
        )

    async def share_jsonl(self, job: FineTuningJob) -> None:
        """Put the JSONL files that the job was trained and tested with into the thread. Raises NotFoundError, SlackError."""
        paths = [
            path
            for part in ("train", "validation", "test")
            if (path := self._folder_of(job) / f"{part}.jsonl").exists()
        ]
        if not paths:
            raise NotFoundError(t("The JSONL files of this job are gone."))
        for path in paths:
            await self._upload(job, path, f"{_stem(job)}.{path.name}", f"{_stem(job)}.{path.name}")

    async def _tested(self, job: FineTuningJob) -> list[Prediction]:
        predictions = await self._predictions(job, await self._model(job))
        if not predictions:
            raise NotFoundError(t("This job has no test rows, so there are no test predictions."))
        return predictions

    async def _upload(self, job: FineTuningJob, path: Path, name: str, title: str) -> None:
        thread = Thread(channel=job.channel, ts=job.thread_ts)
        await patiently(partial(self._notifier.upload, thread, path, name=name, title=title))


def _classifies(model: FineTunedModel | None) -> bool:
    return model is None or model.task is Task.CLASSIFICATION


def _scores(
    job: FineTuningJob, model: FineTunedModel | None, predictions: Sequence[Prediction]
) -> HeldOutScores:
    wanted = job.plan.classification
    return scores_of(
        predictions,
        labels=model.labels if model else (),
        positive=wanted.positive_class,
        betas=wanted.betas or (1.0,),
    )


def _stem(job: FineTuningJob) -> str:
    return job.dataset_name.rsplit(".", 1)[0]
