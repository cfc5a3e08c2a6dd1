"""Runs the application under uvicorn: the socket, the home's lock, the ready line, a clean end on SIGTERM."""

import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.openai_server.app import create_app
from local.openai_server.auth import ensure_key_file
from local.openai_server.settings import ServerSettings


class HomeInUse(RuntimeError):
    """Another server runs over that home folder."""


class _Protocol(H11Protocol):
    """uvicorn's HTTP, but what isn't HTTP at all is refused in OpenAI's shape too."""

    def send_400_response(self, msg: str) -> None:
        """Answer a request that could not be parsed, and hang up."""
        error = {"message": msg, "type": "invalid_request_error", "param": None, "code": "invalid_http"}
        body = json.dumps({"error": error}).encode()
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        )
        self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT end the server, and the process with the exit code 0 (uvicorn raises them again)."""
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready()


def serve(*, settings: ServerSettings, host: str = "127.0.0.1", port: int = 8766) -> None:
    """Serve until SIGTERM or SIGINT; trainings then save and are taken up at the next start.

    Prints one JSON line when it is ready to answer. Port 0 takes a free one. Raises HomeInUse where another server
    has the same home, OSError where the port is taken.
    """
    home = settings.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    lock = _lock_home(home)
    key, key_file = (settings.api_key, None) if settings.api_key else ensure_key_file(home)
    listening = _listen(host, port)
    address = f"[{host}]" if ":" in host else host
    ready = {
        "event": "ready",
        "base_url": f"http://{address}:{listening.getsockname()[1]}/v1",
        "api_key_file": str(key_file) if key_file else None,
    }
    config = uvicorn.Config(
        create_app(home=home, api_key=key, settings=settings),
        http=_Protocol, ws="none", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=5,
        # Longer than any client keeps an idle connection: none is closed just as its next request sets out.
        timeout_keep_alive=75,
    )  # fmt: skip
    server = _Server(config, lambda: _print_line(ready))
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
        os.close(lock)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off on what is accepted; without, answers take 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def _lock_home(home: Path) -> int:
    descriptor = os.open(home / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise HomeInUse(f"Another server is running over {home}.") from error
    return descriptor


def _print_line(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
