"""Starts the bot's parts and stops them in order."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import IO

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.assembly import Assembly, now
from bot.connection import SocketConnection, WebServer
from bot.dispatcher import Dispatcher
from bot.errors import InputError
from bot.pricing import use_own_prices
from bot.provider import OpenAIProvider
from bot.scheduler import Scheduler
from bot.services.advancing import Advancing
from bot.settings import Settings
from storage import Store

logger = logging.getLogger(__name__)

TICK_S = 1.0
RESUME_S = 30.0
EXPIRE_S = 30.0
WATCH_S = 5.0
DRAIN_S = 20.0
EMBEDDED_POLL_S = 1.0
HOSTED_POLL_S = 10.0
STUCK_AFTER_S = 30.0
SLACK_TIMEOUT_S = 15


class Application:
    """The bot: `async with Application(settings) as bot: await bot.run_until(stop)`."""

    def __init__(self, settings: Settings, *, embedded: bool) -> None:
        self._settings = settings
        self._embedded = embedded
        self._stack = AsyncExitStack()
        self._dispatcher = Dispatcher()
        self._scheduler = Scheduler()
        self._socket: SocketConnection | None = None

    async def __aenter__(self) -> Application:
        """Open everything. Raises InputError (home in use), SlackError, sqlite3.Error."""
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop intake, drain, close; what is left is taken up at the next start."""
        await self._stack.aclose()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        logger.info("bot ready slack=%s", self._settings.slack_api_url)
        await stop.wait()
        logger.info("bot stopping")

    async def _open(self) -> None:
        """Open in order; the exit stack closes in reverse: intake first, then the work, then the rows."""
        settings, stack = self._settings, self._stack
        if settings.prices:
            use_own_prices(settings.prices)
        stack.callback(_lock_home(settings.home).close)
        store = Store(settings.home / "tunesmith.db")
        await store.open()
        stack.push_async_callback(store.close)
        # The lock says that no other bot uses this home: every lease in it is a dead process's.
        await store.release_leases(now())
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))
        stack.push_async_callback(session.close)
        client = AsyncWebClient(
            token=settings.bot_token,
            base_url=settings.slack_api_url,
            session=session,
            timeout=SLACK_TIMEOUT_S,
            retry_handlers=[],
        )
        provider = OpenAIProvider(base_url=settings.openai_base_url or None, api_key=settings.openai_api_key)
        stack.push_async_callback(provider.close)
        parts = Assembly(
            settings=settings,
            store=store,
            client=client,
            session=session,
            provider=provider,
            dispatcher=self._dispatcher,
            poll_s=self._poll_s(),
        )
        stack.push_async_callback(parts.poller.drain)
        stack.push_async_callback(parts.services.comparisons.drain)
        stack.push_async_callback(parts.services.curves.drain)
        self._dispatcher.start()
        stack.push_async_callback(self._dispatcher.drain, DRAIN_S)
        bolt = AsyncApp(
            client=client,
            signing_secret=settings.signing_secret or None,
            request_verification_enabled=settings.http_port is not None,
        )
        handlers.register(bolt, parts.services)
        await self._take_up(parts.services)
        self._start_ticking(store, parts)
        await self._connect(bolt)

    def _poll_s(self) -> float:
        return self._settings.poll_s or (EMBEDDED_POLL_S if self._embedded else HOSTED_POLL_S)

    async def _take_up(self, services: handlers.Services) -> None:
        """What a crash left unfinished: questions not answered yet."""
        for question in await services.asks.unanswered():
            self._dispatcher.submit(question.id, partial(services.asks.answer, question, look_first=True))

    def _start_ticking(self, store: Store, parts: Assembly) -> None:
        async def tick() -> None:
            await parts.poller.poll_once()
            await parts.services.comparisons.work_once()
            await parts.services.curves.work_once()
            parts.deliver_soon()

        async def resume() -> None:
            self._dispatcher.submit("resume datasets", parts.services.datasets.resume)

        async def expire() -> None:
            await parts.services.approvals.expire()

        self._scheduler.every(TICK_S, "tick", tick)
        self._scheduler.every(RESUME_S, "resume", resume)
        self._scheduler.every(EXPIRE_S, "expire", expire)
        self._scheduler.every(3600, "forget", lambda: store.inbox.forget_old(now()))
        services = parts.services
        for advancing in (
            Advancing("batch", services.batches.open, services.batches.advance, services.people.language),
            Advancing("round", services.rounds.open, services.rounds.advance, services.people.language),
        ):
            self._stack.push_async_callback(advancing.drain)
            self._scheduler.every(TICK_S, advancing.name, advancing.tick)
        self._dispatcher.submit("resume datasets", parts.services.datasets.resume)
        self._scheduler.start()
        self._stack.callback(self._scheduler.stop)

    async def _connect(self, bolt: AsyncApp) -> None:
        settings = self._settings
        port = settings.http_port if settings.http_port is not None else settings.health_port
        if port is not None:
            slack = bolt if settings.http_port is not None else None
            web = WebServer(
                host="0.0.0.0" if slack else "127.0.0.1",  # noqa: S104  (Slack must reach it; every request is signed)
                port=port,
                health=self._health,
                slack=slack,
            )
            await web.open()
            self._stack.push_async_callback(web.close)
        if settings.http_port is None:
            socket = SocketConnection(bolt, app_token=settings.app_token, api_url=settings.slack_api_url)
            self._stack.push_async_callback(socket.close)
            await socket.open()
            self._scheduler.every(WATCH_S, "watch", socket.watch)
            self._socket = socket

    def _health(self) -> dict[str, object]:
        """Whether ticks come and the socket is up, without any data."""
        age = self._scheduler.seconds_since_tick
        connected = self._socket is None or self._socket.was_connected
        return {
            "ok": age < STUCK_AFTER_S and connected,
            "seconds_since_tick": round(age, 1),
            "connected": connected,
        }


def _lock_home(home: Path) -> IO[str]:
    """An open, locked file: one bot per home. Raises InputError when another process has it."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = (home / "bot.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise InputError(
            f"Another Tunesmith is running with {home}.",
            field="TUNESMITH_HOME",
            next_step="Stop it first, or set TUNESMITH_HOME to another folder.",
        ) from error
    return handle
