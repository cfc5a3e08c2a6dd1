"""A fine-tuning server's refusals and silences, turned into our errors: the openai SDK's exceptions end here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import openai

from bot.errors import ProviderError, ProviderUnavailableError
from bot.remote_rows import read_number
from bot.texts import t

T = TypeVar("T")


async def asked(call: Awaitable[T]) -> T:
    """Await an SDK call; its errors become ours."""
    async with our_errors():
        return await call


async def unless_refused(call: Awaitable[T]) -> T:
    """A conflict about a job's state (409) is an answer: waiting and asking again would not change it."""
    try:
        return await call
    except openai.ConflictError as error:
        raise ProviderError(_said(error), status=error.status_code, code=str(error.code or "")) from error


@asynccontextmanager
async def our_errors() -> AsyncIterator[None]:
    """Inside the block the SDK's errors become ours."""
    try:
        yield
    except openai.APITimeoutError as error:
        raise ProviderUnavailableError(t("The fine-tuning server did not answer in time.")) from error
    except openai.APIConnectionError as error:
        raise ProviderUnavailableError(t("The fine-tuning server cannot be reached.")) from error
    except openai.APIStatusError as error:
        raise _status_error(error) from error


def _status_error(error: openai.APIStatusError) -> ProviderError | ProviderUnavailableError:
    said = _said(error)
    if error.status_code in (408, 409, 429) or (error.status_code >= 500 and error.status_code != 501):
        wait = read_number(error.response.headers.get("retry-after"))
        return ProviderUnavailableError(
            t(
                "The fine-tuning server is busy or has a fault (HTTP {status}: {words})",
                status=error.status_code,
                words=said,
            ),
            retry_after_s=wait,
        )
    return ProviderError(
        said, status=error.status_code, code=str(error.code or ""), param=str(error.param or "")
    )


def _said(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, Mapping) else {}
    return str(body.get("message") or error.message)
