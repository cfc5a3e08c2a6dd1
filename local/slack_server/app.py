"""Puts the workspace on the network: the ASGI app with all its routes, and a server for it on any port."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from starlette.websockets import WebSocket

from local.slack_server import downloads, response_urls, uploads
from local.slack_server.api.dispatch import answer
from local.slack_server.bodies import BodyTooLarge, read_capped
from local.slack_server.control.routes import control_routes
from local.slack_server.guard import Guard, page_headers
from local.slack_server.messages import is_ts
from local.slack_server.workspace import Workspace

PING_INTERVAL_S = 15.0
STOP_WITHIN_S = 2.0
PAGE = Path(__file__).parent / "page"


def create_app(workspace: Workspace, *, hosts: Collection[str] = ()) -> Starlette:
    """The whole server as an ASGI app. `hosts` are the names beside loopback under which the page may be used.

    `serve` runs it; with another server, set `workspace.base_url` to the address it listens on.
    """

    async def api(request: Request) -> Response:
        return await answer(workspace, request)

    async def link(websocket: WebSocket) -> None:
        await workspace.sockets.serve(websocket)

    async def private_file(request: Request) -> Response:
        return await downloads.private_file(workspace, request)

    async def upload(request: Request) -> Response:
        return await _upload(workspace, request)

    async def respond(request: Request) -> Response:
        return await response_urls.respond(workspace, request)

    routes = [
        Route("/api/{method}", api, methods=["GET", "POST"]),
        WebSocketRoute("/link/", link),
        Route("/files-pri/{where}/{name}", private_file),
        Route("/files-pri/{where}/download/{name}", private_file),
        Route("/upload/v1/{key}", upload, methods=["POST"]),
        Route("/commands/T0LOCAL/{number}/{key}", respond, methods=["POST"]),
        *control_routes(workspace),
        Route("/", _index),
        Route("/archives/{channel}/{message}", _permalink),
        Mount("/static", _PageFiles(directory=PAGE, check_dir=False)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, hosts=frozenset(hosts))])


class PortTaken(Exception):
    """The address can't be listened on; the message says which and why."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. PortTaken where the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer waits some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        listener.close()
        raise PortTaken(
            f"Port {port} of {host} can't be used: {fault.strerror}. Choose another with --port."
        ) from fault
    return listener


@contextlib.asynccontextmanager
async def serve(
    workspace: Workspace,
    listener: socket.socket,
    *,
    hosts: Collection[str] = (),
    ping_interval_s: float = PING_INTERVAL_S,
) -> AsyncIterator[str]:
    """Run the workspace on a bound socket inside the running event loop, and give its address.

    In a test: `async with serve(workspace, bind("127.0.0.1", 0)) as url: ...`.
    """
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    workspace.base_url = f"http://{'127.0.0.1' if host == '0.0.0.0' else shown}:{port}"  # noqa: S104
    config = uvicorn.Config(
        create_app(workspace, hosts=hosts),
        ws="websockets-sansio",
        lifespan="off",
        access_log=False,
        log_config=None,
        ws_ping_interval=ping_interval_s,
        ws_max_size=16 * 1024 * 1024,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await server.listening.wait()
    try:
        yield f"{workspace.base_url}/"
    finally:
        await workspace.release()
        server.stopping.set()
        await running
        await workspace.close()


class _Server(uvicorn.Server):
    """Uvicorn that tells when it listens and leaves signals to whoever runs it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets=sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        """Keep the Date header fresh until told to stop; uvicorn itself would look ten times a second."""
        while not self.stopping.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what listens and every connection, and wait at most STOP_WITHIN_S for requests under way.

        uvicorn's own pauses for a tenth of a second several times, which hundreds of tests would feel.
        """
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            # One whose peer has said goodbye closes by itself, and uvicorn's may not say goodbye once more.
            if not connection.transport.is_closing():
                connection.shutdown()
        deadline = asyncio.get_running_loop().time() + STOP_WITHIN_S
        while self.server_state.connections or self.server_state.tasks:
            if asyncio.get_running_loop().time() > deadline:
                for task in self.server_state.tasks:
                    task.cancel()
                return
            await asyncio.sleep(0.005)

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Leave the process's signal handlers as they are."""
        yield


class _PageFiles(StaticFiles):
    """The page's static files, with the headers that keep it to itself."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404."""
        response = await super().get_response(path, scope)
        response.headers.update(page_headers())
        return response


async def _index(_: Request) -> Response:
    index = PAGE / "index.html"
    if not index.is_file():
        raise HTTPException(404, "The page isn't installed.")
    return Response(index.read_bytes(), media_type="text/html; charset=utf-8", headers=page_headers())


async def _permalink(request: Request) -> Response:
    """What chat.getPermalink gave opens the page, at the channel or the thread."""
    thread_ts = request.query_params.get("thread_ts", "")
    place = (
        f"{request.path_params['channel']}/{thread_ts}"
        if is_ts(thread_ts)
        else request.path_params["channel"]
    )
    return RedirectResponse(f"/#/{quote(place)}", 303)


async def _upload(workspace: Workspace, request: Request) -> Response:
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        async with request.form() as form:
            sent = next((value for value in form.values() if not isinstance(value, str)), None)
            data = await sent.read() if sent else b""
    else:
        pending = workspace.uploads.get(request.path_params["key"])
        try:
            data = await read_capped(request, pending.size if pending else 0)
        except BodyTooLarge:
            data = b""
    if not await uploads.receive(workspace, request.path_params["key"], data):
        return PlainTextResponse("This upload address is spent, or the length isn't the one announced.", 400)
    return PlainTextResponse(f"OK - {len(data)}")
