"""The connection to Slack: Socket Mode with a watchdog that rebuilds a wedged client, or signed HTTP.

aiohttp's Socket Mode client is known to end in "Session is closed" loops (python-slack-sdk #1446, #1110), so a client
that stays disconnected is thrown away and made anew.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import InputError, SlackError

logger = logging.getLogger(__name__)

REBUILD_AFTER_S = 20.0
FIRST_TRIES = 5
MAX_REQUEST_BYTES = 2_000_000


class SocketConnection:
    """Socket Mode, kept alive."""

    def __init__(self, app: AsyncApp, *, app_token: str, api_url: str) -> None:
        self._app = app
        self._app_token = app_token
        self._api_url = api_url
        self._handler: AsyncSocketModeHandler | None = None
        self._connected_at = time.monotonic()
        self.was_connected = False
        """What the last look saw."""

    async def open(self) -> None:
        """Connect. Raises SlackError when Slack refuses or cannot be reached after a few tries."""
        problem: Exception | None = None
        for attempt in range(FIRST_TRIES):
            try:
                await self._connect()
                return
            except Exception as error:  # the SDK raises many kinds here; all mean "not connected"
                problem = error
                await self._drop()
                await asyncio.sleep(min(2**attempt * 0.3, 3))
        raise SlackError(f"Could not open Socket Mode at {self._api_url}: {problem}") from problem

    async def _connect(self) -> None:
        client = AsyncWebClient(token=self._app_token, base_url=self._api_url)
        self._handler = AsyncSocketModeHandler(
            self._app, self._app_token, web_client=client, ping_interval=10
        )
        await self._handler.connect_async()  # type: ignore[no-untyped-call]
        self.was_connected = True
        self._connected_at = time.monotonic()

    async def _drop(self) -> None:
        handler, self._handler = self._handler, None
        if handler is not None:
            await handler.close_async()  # type: ignore[no-untyped-call]

    async def is_connected(self) -> bool:
        """Whether the WebSocket is up now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def watch(self) -> None:
        """One look: rebuild the client when it has been disconnected for a while. Called every few seconds."""
        self.was_connected = await self.is_connected()
        if self.was_connected:
            self._connected_at = time.monotonic()
            return
        if time.monotonic() - self._connected_at < REBUILD_AFTER_S:
            return
        logger.warning("socket rebuilt after=%.0fs", time.monotonic() - self._connected_at)
        await self._drop()
        try:
            await self._connect()
        except Exception as error:  # as above; the next look tries again
            logger.warning("socket still closed error=%s", error)

    async def close(self) -> None:
        """Take nothing more from Slack."""
        await self._drop()


class WebServer:
    """/healthz, and with `slack` the endpoint to which Slack sends signed requests, on one port."""

    def __init__(
        self, *, host: str, port: int, health: Callable[[], dict[str, object]], slack: AsyncApp | None
    ) -> None:
        async def healthz(request: Request) -> Response:
            state = health()
            return JSONResponse(state, status_code=200 if state["ok"] else 503)

        routes = [Route("/healthz", healthz)]
        if slack is not None:
            routes.append(Route("/slack/events", _slack_endpoint(slack), methods=["POST"]))
        config = uvicorn.Config(
            Starlette(routes=routes),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen. Raises InputError when the port is taken."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._server.config.host, self._server.config.port))
            listener.listen(128)  # callers may come before the server task first runs
        except OSError as error:
            listener.close()
            raise InputError(
                f"Port {self._server.config.port} cannot be opened: {error.strerror}.",
                next_step="Choose another port, or stop the process that uses it.",
            ) from error
        self._task = asyncio.create_task(self._server._serve([listener]), name="web")

    async def close(self) -> None:
        """Answer what is under way and listen no more."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


def _slack_endpoint(app: AsyncApp) -> Callable[[Request], object]:
    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        # Bolt answers 500 to a timestamp that is no number; it is a bad request like any other.
        if not request.headers.get("x-slack-request-timestamp", "0").isdigit():
            return Response(status_code=401)
        if int(request.headers.get("content-length") or 0) > MAX_REQUEST_BYTES:
            return Response(status_code=413)
        return await handler.handle(request)

    return endpoint
