"""Asks a model about test rows it has never seen, keeps each answer as it comes, and goes on where a kill left off."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.datasets.examples import Example, read_examples
from bot.domain import Answer, Evaluation, FineTunedModel, Prediction
from bot.ports import Provider
from storage.results import ResultRows

logger = logging.getLogger(__name__)

CONCURRENCY = 16
KEEP_EACH = 25
"""Answers are written in groups: a kill repeats at most that many questions, and those under way."""
PROBABILITIES_KEPT = 10
ANSWER_CHARACTERS = 4_000

Told = Callable[[int, int], None]
"""Called with (answered, in all) whenever answers have been written."""


async def evaluate(
    provider: Provider,
    results: ResultRows,
    model: FineTunedModel,
    test_file: Path,
    *,
    subject: str,
    max_rows: int,
) -> Evaluation | None:
    """The score on the first `max_rows` test rows (they lie in random order); None without test rows.

    The predictions are kept under `subject`. Raises ProviderError, ProviderUnavailableError.
    """
    examples = await asyncio.to_thread(
        read_examples,
        test_file,
        format=model.format,
        separator=model.separator,
        stop=model.stop,
        limit=max_rows,
    )
    if not examples:
        return None
    found = await predict(provider, results, model, examples, subject=subject, label_of=model.label_of)
    return evaluation_of(found)


def evaluation_of(predictions: Sequence[Prediction]) -> Evaluation:
    """Right answers beside always giving the commonest label. Predictions must not be empty."""
    commonest = Counter(row.label for row in predictions).most_common(1)[0][1]
    return Evaluation(
        rows=len(predictions),
        correct=sum(row.is_right for row in predictions),
        majority_correct=commonest,
    )


async def predict(
    provider: Provider,
    results: ResultRows,
    model: FineTunedModel,
    examples: Sequence[Example],
    *,
    subject: str,
    label_of: Mapping[str, str],
    concurrency: int = CONCURRENCY,
    told: Told | None = None,
) -> list[Prediction]:
    """The model's answer to each example, in the file's order; those kept under `subject` are not asked again.

    `label_of` says which label the examples' answers mean, where they are numbers. Raises what the provider raises,
    after keeping what was answered.
    """
    known = {row.line: row for row in await results.of(subject)}
    waiting = iter([example for example in examples if example.line not in known])
    fresh: list[Prediction] = []

    async def keep(least: int) -> None:
        if len(fresh) >= max(1, least):
            kept, fresh[:] = list(fresh), []
            try:
                await results.add(subject, kept)
            except BaseException:  # cancelled, perhaps: nothing was written, so they are still to be kept
                fresh.extend(kept)
                raise
            known.update((row.line, row) for row in kept)
            if told is not None:
                told(len(known), len(examples))

    async def work() -> None:
        for example in waiting:
            answer = await provider.answer(model, example.text)
            fresh.append(_prediction(example, answer, model, label_of))
            await keep(KEEP_EACH)

    workers = [asyncio.create_task(work()) for _ in range(min(concurrency, len(examples)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await keep(1)
    return [known[example.line] for example in examples]


def _prediction(
    example: Example, answer: Answer, model: FineTunedModel, label_of: Mapping[str, str]
) -> Prediction:
    """In the dataset's own words, whatever numbers the model was taught to say."""
    own = model.label_of
    shown = tuple((own.get(word, word), _digits(p)) for word, p in answer.probabilities[:PROBABILITIES_KEPT])
    return Prediction(
        line=example.line,
        label=label_of.get(example.answer, example.answer)[:ANSWER_CHARACTERS],
        predicted=own.get(answer.text, answer.text)[:ANSWER_CHARACTERS],
        probabilities=shown,
        latency_ms=round(answer.latency_ms, 3),
        approximate=answer.approximate,
    )


def _digits(p: float) -> float:
    """Nine digits: enough to rank, half the space."""
    return float(f"{p:.9g}")
