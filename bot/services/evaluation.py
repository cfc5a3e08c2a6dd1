"""Asks a fresh model about the test rows it has never seen, and counts the right answers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from pathlib import Path

from bot.domain import Evaluation, ExampleFormat, FineTunedModel
from bot.ports import Provider

logger = logging.getLogger(__name__)

CONCURRENCY = 16


async def evaluate(
    provider: Provider, model: FineTunedModel, test_file: Path, *, max_rows: int
) -> Evaluation | None:
    """The score on the first `max_rows` test rows (they lie in random order); None without test rows.

    Raises ProviderError, ProviderUnavailableError.
    """
    rows = await asyncio.to_thread(_test_rows, test_file, model, max_rows)
    if not rows:
        return None
    slots = asyncio.Semaphore(CONCURRENCY)

    async def is_right(text: str, expected: str) -> bool:
        async with slots:
            return (await provider.answer(model, text)).text == expected

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(is_right(text, expected)) for text, expected in rows]
    commonest = Counter(expected for _, expected in rows).most_common(1)[0][1]
    return Evaluation(
        rows=len(rows), correct=sum(task.result() for task in tasks), majority_correct=commonest
    )


def _test_rows(path: Path, model: FineTunedModel, limit: int) -> list[tuple[str, str]]:
    """(text, expected answer) of each test line, without the separator and stop that conversion added."""
    if not path.exists():
        return []
    rows = []
    with path.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(limit), strict=False):
            row = json.loads(line)
            if model.format is ExampleFormat.COMPLETION:
                text = str(row["prompt"]).removesuffix(model.separator)
                rows.append((text, str(row["completion"]).removesuffix(model.stop).strip()))
            else:
                messages = row["messages"]
                rows.append((str(messages[-2]["content"]), str(messages[-1]["content"]).strip()))
    return rows
