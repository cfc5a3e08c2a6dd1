"""One comparison at work: every model is asked about the same test rows, then the figures are told in the thread.

Each answer is kept as it comes, so a killed bot goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.datasets.examples import Example, read_examples
from bot.domain import (
    Assumptions,
    BreakEven,
    Comparison,
    ComparisonOutcome,
    DatasetReport,
    FineTuningJob,
    Prediction,
    StudyState,
    Thread,
)
from bot.errors import (
    DatasetError,
    ProviderError,
    ProviderUnavailableError,
    ServiceError,
    SlackError,
    UserError,
)
from bot.metrics.comparison import counted_lines, pair_tests
from bot.ports import Notifier, Provider, Sandbox
from bot.services.compare_figures import break_even_of, figures_of, prices_note
from bot.services.contestants import (
    Contestant,
    call_tokens,
    few_shot_examples,
    fine_tuned,
    prompted,
    read_by,
)
from bot.services.datasets import Datasets
from bot.services.estimates import Estimates
from bot.services.evaluation import predict
from bot.services.patience import patiently
from bot.services.studies import GONE, ProgressMessage, post_once
from bot.texts import language, t, using
from bot.views import compare as views
from storage import Store

logger = logging.getLogger(__name__)

CONCURRENCY = 4
"""Questions at a time: latencies are measured in the run, and a crowd would measure the queue."""
TRIES = 6
"""How often a model that does not answer is tried, waiting twice as long each time."""
FIRST_PAUSE_S = 1.0

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Field:
    """What all contestants are measured on."""

    report: DatasetReport
    test_file: Path
    examples: list[Example]
    few_shot: list[Example]


class Comparing:
    """Does comparisons; `folder_of` says where a job's own files lie, `pause` waits so many seconds."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        notifier: Notifier,
        sandbox: Sandbox,
        datasets: Datasets,
        estimates: Estimates,
        folder_of: Callable[[FineTuningJob], Path],
        home: Path,
        max_rows: int,
        clock: Callable[[], datetime],
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._store = store
        self._provider = provider
        self._notifier = notifier
        self._sandbox = sandbox
        self._datasets = datasets
        self._estimates = estimates
        self._folder_of = folder_of
        self._home = home
        self._max_rows = max_rows
        self._clock = clock
        self._pause = pause

    async def run(self, comparison: Comparison, progress_ts: str, speech: str) -> None:
        """Do it and tell it. Raises SlackError when it can't be told now; everything else is told."""
        with using(speech):
            progress = self._progress(comparison, progress_ts)
            try:
                outcome = await self._work(comparison, progress)
                await self._tell(comparison, outcome, progress)
            except SlackError as error:
                if error.code not in GONE:
                    raise
                logger.warning("comparison not told id=%s error=%s", comparison.id, error)
                await self._store.comparisons.finish(comparison.id, StudyState.FAILED)
            except (UserError, ServiceError) as error:
                logger.warning("comparison failed id=%s error=%s", comparison.id, error)
                await post_once(
                    self._notifier,
                    _thread(comparison),
                    views.failed(comparison, error),
                    key=f"{comparison.id}:end",
                    since=comparison.created_at,
                )
                await self._store.comparisons.finish(comparison.id, StudyState.FAILED)
            await self._forget(comparison)

    def _progress(self, comparison: Comparison, ts: str) -> ProgressMessage:
        return ProgressMessage(
            self._notifier,
            _thread(comparison),
            study_id=comparison.id,
            ts=ts,
            since=comparison.created_at,
            save_ts=self._store.comparisons.save_progress_ts,
            clock=self._clock,
        )

    async def _work(self, comparison: Comparison, progress: ProgressMessage) -> ComparisonOutcome:
        await progress.show(views.progress(comparison, place=0, done=0, rows=0))
        field = await self._field(comparison)
        entrants = [await self._entrant(comparison, name, field) for name in comparison.models]
        found: list[list[Prediction]] = []
        problems: list[str] = []
        for place, entrant in enumerate(entrants):
            rows, problem = await self._ask(comparison, place, entrant, field, progress)
            found.append(rows)
            problems.append(problem)
        leaked = [await self._leaked(entrant, field) for entrant in entrants]
        return await self._outcome(comparison, field, entrants, found, problems, leaked)

    async def _field(self, comparison: Comparison) -> Field:
        dataset = await self._datasets.get(comparison.dataset_id)
        report = dataset.report
        part = report.part("test") if report else None
        if report is None or part is None:
            raise DatasetError(t("{name} has no test part any more.", name=dataset.name))
        folder = self._datasets.folder(dataset.id)
        examples = await asyncio.to_thread(
            read_examples,
            folder / part.path,
            format=report.format,
            separator=report.separator,
            stop=report.stop,
            limit=self._max_rows or None,
        )
        few_shot = await asyncio.to_thread(
            few_shot_examples, dataset, folder, comparison.assumptions.examples or 1
        )
        return Field(report=report, test_file=folder / part.path, examples=examples, few_shot=few_shot)

    async def _entrant(self, comparison: Comparison, name: str, field: Field) -> Contestant:
        model = await self._store.models.get(comparison.team, name)
        if model is None:
            shown = field.few_shot[: comparison.assumptions.examples]
            return prompted(name, comparison, field.report, shown, self._clock())
        job = await self._store.jobs.get(model.op_id)
        bases = await self._estimates.bases()
        return fine_tuned(model, bases=bases, training_usd=job.cost_usd if job else None)

    async def _ask(
        self,
        comparison: Comparison,
        place: int,
        entrant: Contestant,
        field: Field,
        progress: ProgressMessage,
    ) -> tuple[list[Prediction], str]:
        """(its answers, "") or ([], why there are none). An outage is waited out for a while."""
        done = [0]
        watcher = asyncio.create_task(self._show(comparison, place, len(field.examples), done, progress))
        try:
            for attempt in range(TRIES):
                try:
                    return await self._answers(comparison, place, entrant, field, done), ""
                except ProviderUnavailableError as error:
                    said = error.message
                    await self._pause(error.retry_after_s or FIRST_PAUSE_S * 2**attempt)
                except ProviderError as error:
                    return [], error.message
            return [], said
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)

    async def _answers(
        self, comparison: Comparison, place: int, entrant: Contestant, field: Field, done: list[int]
    ) -> list[Prediction]:
        found = await predict(
            self._provider,
            self._store.results,
            entrant.model,
            field.examples,
            subject=comparison.subject(place),
            label_of={answer: label for label, answer in field.report.answers.items()},
            concurrency=CONCURRENCY,
            told=lambda answered, _: done.__setitem__(0, answered),
        )
        return read_by(entrant, found)

    async def _show(
        self, comparison: Comparison, place: int, rows: int, done: list[int], progress: ProgressMessage
    ) -> None:
        while True:
            await progress.show(views.progress(comparison, place=place, done=done[0], rows=rows))
            await asyncio.sleep(1)

    async def _leaked(self, entrant: Contestant, field: Field) -> set[int]:
        """The test lines that the model had been trained on, by the job's own copies of its files."""
        job = None if entrant.prompted else await self._store.jobs.get(entrant.model.op_id)
        if job is None:
            return set()
        folder = self._folder_of(job)
        arguments: dict[str, object] = {
            "test": str(field.test_file),
            "test_format": field.report.format,
            "test_separator": field.report.separator,
            "training": [str(folder / "train.jsonl"), str(folder / "validation.jsonl")],
            "training_format": entrant.model.format,
            "training_separator": entrant.model.separator,
            "limit": len(field.examples),
        }
        lines: list[int] = await self._sandbox.run(
            "bot.datasets.overlap:lines_in_training", arguments, list[int]
        )
        return set(lines)

    async def _outcome(
        self,
        comparison: Comparison,
        field: Field,
        entrants: Sequence[Contestant],
        found: Sequence[list[Prediction]],
        problems: Sequence[str],
        leaked: Sequence[set[int]],
    ) -> ComparisonOutcome:
        answered = [lines for lines, rows in zip(leaked, found, strict=True) if rows]
        counted = counted_lines([example.line for example in field.examples], answered)
        kept = set(counted)
        rows = [[row for row in one if row.line in kept] for one in found]
        models = tuple(
            figures_of(entrant, mine, field.examples, problem=problem, leaked=len(lines))
            for entrant, mine, problem, lines in zip(entrants, rows, problems, leaked, strict=True)
        )
        tokens = await asyncio.to_thread(call_tokens, field.report, field.examples, field.few_shot)
        outcome = ComparisonOutcome(
            rows=len(counted),
            left_out=len(field.examples) - len(counted),
            models=models,
            pairs=pair_tests({model.name: mine for model, mine in zip(models, rows, strict=True) if mine}),
            tokens=tokens,
            prices=prices_note(),
        )
        return replace(outcome, break_even=break_even_of(outcome, comparison.assumptions))

    async def _tell(
        self, comparison: Comparison, outcome: ComparisonOutcome, progress: ProgressMessage
    ) -> None:
        thread, key = _thread(comparison), f"{comparison.id}:end"
        told = await self._notifier.find(thread, outbox_id=key, since=comparison.created_at)
        if not told:
            message = views.outcome(comparison, outcome)
            await patiently(partial(self._notifier.post, thread, message, outbox_id=key))
            await self._draw(comparison, "comparison", {"outcome": outcome})
            if outcome.break_even:
                await self._draw(comparison, "break_even", {"found": outcome.break_even})
        await progress.show(views.finished(comparison), now_or_never=True)
        await self._store.comparisons.finish(comparison.id, StudyState.DONE, outcome)
        logger.info("comparison told id=%s rows=%s", comparison.id, outcome.rows)

    async def tell_break_even(
        self, comparison: Comparison, outcome: ComparisonOutcome, assumptions: Assumptions
    ) -> BreakEven:
        """Post the break-even under other assumptions, with its picture. Raises DatasetError when there is none."""
        found = break_even_of(outcome, assumptions)
        if found is None:
            raise DatasetError(
                t("There is nothing to work a break-even out with: no price, or no fine-tuned model.")
            )
        message = views.break_even_message(comparison, found)
        await patiently(partial(self._notifier.post, _thread(comparison), message))
        await self._draw(comparison, "break_even", {"found": found})
        return found

    async def _draw(self, comparison: Comparison, name: str, arguments: Mapping[str, object]) -> None:
        folder = self._home / "studies" / comparison.id
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        try:
            alt_text = await self._sandbox.run(
                f"bot.charts.{name}:draw", {**arguments, "path": str(path), "language": language()}, str
            )
            title = views.picture_title(name, comparison)
            upload = partial(self._notifier.upload, _thread(comparison), path, name=path.name, title=title)
            await patiently(partial(upload, alt_text=alt_text))
        except (ServiceError, OSError) as error:  # the message says the same in words
            logger.warning("no picture id=%s name=%s error=%s", comparison.id, name, error)

    async def _forget(self, comparison: Comparison) -> None:
        """The figures are kept; the answers of a comparison nobody asks for again."""
        for place in range(len(comparison.models)):
            await self._store.results.forget(comparison.subject(place))


def _thread(comparison: Comparison) -> Thread:
    return Thread(channel=comparison.channel, ts=comparison.thread_ts)
