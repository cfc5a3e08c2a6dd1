"""Asks a model about many texts, a few at a time, and keeps each answer on disk: for servers without batches."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from bot.domain import FineTunedModel
from bot.errors import ProviderUnavailableError
from bot.ports import Provider
from bot.services.batch_files import ANSWERS_NAME, TEXTS_NAME, answered_lines

PIECE = 64
CONCURRENCY = 8
"""Few enough for the rate limits of a hosted server's lowest tier, many enough to hide its latency."""
MOST_TRIES = 6
LONGEST_WAIT_S = 60.0


async def ask_rows(provider: Provider, model: FineTunedModel, folder: Path) -> AsyncIterator[int]:
    """Ask about every text of the folder that has no answer yet; after each piece, how many have one.

    Raises ProviderError when the server refuses, ProviderUnavailableError when it stays away.
    """
    answered = await asyncio.to_thread(_answered_rows, folder)
    done = len(answered)
    yield done
    slots = asyncio.Semaphore(CONCURRENCY)

    async def ask(entry: dict[str, Any]) -> dict[str, Any]:
        async with slots:
            found = await _patiently(provider, model, entry["text"])
        return {"row": entry["row"], "label": found[0], "p": found[1]}

    with (folder / TEXTS_NAME).open("rb") as lines:
        waiting = (entry for entry in map(orjson.loads, lines) if entry["row"] not in answered)
        while piece := list(islice(waiting, PIECE)):
            answers = await asyncio.gather(*map(ask, piece))
            await asyncio.to_thread(_append, folder / ANSWERS_NAME, answers)
            done += len(piece)
            yield done


async def _patiently(provider: Provider, model: FineTunedModel, text: str) -> tuple[str, float | None]:
    """The label and its probability; a server that asks to wait is waited for."""
    for attempt in range(MOST_TRIES):
        try:
            found = await provider.answer(model, text)
            return found.text, dict(found.probabilities).get(found.text)
        except ProviderUnavailableError as error:
            if attempt == MOST_TRIES - 1:
                raise
            await asyncio.sleep(min(LONGEST_WAIT_S, error.retry_after_s or 2**attempt))
    raise AssertionError("the last try returns or raises")


def _answered_rows(folder: Path) -> set[int]:
    """Rows that have an answer; what a killed process left of a line is taken away first."""
    path = folder / ANSWERS_NAME
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
    return {entry["row"] for entry in answered_lines(folder)}


def _append(path: Path, answers: Sequence[dict[str, Any]]) -> None:
    with path.open("ab") as out:
        out.write(b"".join(orjson.dumps(answer) + b"\n" for answer in answers))
        out.flush()
        os.fsync(out.fileno())
