"""`tunesmith check`: settings, tokens, scopes, the fine-tuning server and the disk, a line each."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError
from bot.manifest import manifest_path, read_manifest
from bot.provider import OpenAIProvider
from bot.settings import Settings

FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line: what was looked at, whether it is fine, and what was found or is to be done."""

    name: str
    ok: bool
    words: str


async def checks(settings: Settings) -> AsyncIterator[Result]:
    """Every check in turn; none of them changes anything."""
    client = AsyncWebClient(token=settings.bot_token, base_url=settings.slack_api_url, timeout=10)
    async for result in _slack(client, settings):
        yield result
    yield await _server(settings)
    yield _disk(settings)


async def _slack(client: AsyncWebClient, settings: Settings) -> AsyncIterator[Result]:
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        code = error.response.get("error")
        yield Result(
            name="bot token",
            ok=False,
            words=f"Slack says {code}: copy the bot token again (OAuth & Permissions).",
        )
        return
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
        yield Result(name="bot token", ok=False, words=f"{settings.slack_api_url} cannot be reached: {error}")
        return
    yield Result(name="bot token", ok=True, words=f"{answer['user']} in {answer['team']}")
    granted = {
        scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()
    }
    yield _scopes(granted)
    if settings.http_port is None:
        yield await _app_token(settings)


def _scopes(granted: set[str]) -> Result:
    manifest = read_manifest(manifest_path())
    missing = [scope for scope in manifest.scopes if scope not in granted]
    if missing:
        words = f"missing {', '.join(missing)}: add them under OAuth & Permissions and reinstall the app."
        return Result(name="scopes", ok=False, words=words)
    optional = [scope for scope in manifest.optional_scopes if scope not in granted]
    note = (
        f"; without the optional {', '.join(optional)} less is possible (README, Scopes)" if optional else ""
    )
    return Result(name="scopes", ok=True, words=f"{', '.join(manifest.scopes)}{note}")


async def _app_token(settings: Settings) -> Result:
    client = AsyncWebClient(token=settings.app_token, base_url=settings.slack_api_url, timeout=10)
    try:
        await client.apps_connections_open(app_token=settings.app_token)
    except (SlackApiError, SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
        said = error.response.get("error") if isinstance(error, SlackApiError) else error
        words = (
            f"Socket Mode cannot be opened ({said}): the app-level token needs the scope connections:write."
        )
        return Result(name="app token", ok=False, words=words)
    return Result(name="app token", ok=True, words="Socket Mode can be opened")


async def _server(settings: Settings) -> Result:
    if settings.uses_embedded_server:
        return Result(
            name="fine-tuning server", ok=True, words="the embedded one; it starts with `tunesmith run`"
        )
    provider = OpenAIProvider(base_url=settings.openai_base_url or None, api_key=settings.openai_api_key)
    where = settings.openai_base_url or "OpenAI"
    try:
        bases = [base for base in await provider.base_models() if not base.problem]
    except BotError as error:
        return Result(
            name="fine-tuning server",
            ok=False,
            words=f"{where}: {error} Check OPENAI_BASE_URL and OPENAI_API_KEY.",
        )
    finally:
        await provider.close()
    named = ", ".join(base.id for base in bases) or "it names no base models"
    return Result(name="fine-tuning server", ok=True, words=f"{where}: {named}")


def _disk(settings: Settings) -> Result:
    home = settings.home
    place = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        return Result(
            name="disk",
            ok=False,
            words=f"{place} cannot be written: set TUNESMITH_HOME to a folder of yours.",
        )
    if free < FREE_BYTES:
        return Result(
            name="disk", ok=False, words=f"only {free / 1e9:.1f} GB free at {place}: make room for datasets."
        )
    return Result(name="disk", ok=True, words=f"{free / 1e9:.0f} GB free at {home}")
