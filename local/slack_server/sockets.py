"""Socket Mode: the app's WebSocket connections, one of which gets each envelope, and the acks that come back."""

import asyncio
import json
import logging
import random
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from local.slack_server.outcomes import Envelope, Outcome, OutcomeReason

Json = dict[str, Any]
logger = logging.getLogger(__name__)
MOST_CONNECTIONS = 10
TICKET_LIFE_S = 60.0
CONNECTION_LIFE_S = 18_060.0
DEBUG_CONNECTION_LIFE_S = 360.0
WARNING_BEFORE_S = 10.0


class OnChange(Protocol):
    """Called whenever the app may have come or gone."""

    def __call__(self) -> None: ...


@dataclass(kw_only=True, eq=False)
class Connection:
    """One open WebSocket of the app."""

    name: str
    socket: WebSocket
    life_s: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, document: Json) -> bool:
        """Send one JSON text frame; False where the connection is gone."""
        text = orjson.dumps(document).decode()
        async with self.lock:
            if self.socket.application_state is not WebSocketState.CONNECTED:
                return False
            try:
                await self.socket.send_text(text)
            except (WebSocketDisconnect, RuntimeError):  # Starlette raises either where the peer has left
                return False
        return True

    async def disconnect(self, reason: str, *, close: bool = True) -> None:
        """Tell the app to go, and close unless this is only the warning."""
        await self.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}})
        if close and self.socket.application_state is WebSocketState.CONNECTED:
            await self.socket.close()


class SocketMode:
    """The transport over WebSockets: tickets, connections and pending acks."""

    def __init__(
        self, *, on_change: OnChange, choose: Callable[[list[Connection]], Connection] = random.choice
    ) -> None:
        self.is_enabled = True
        self._on_change = on_change
        self._choose = choose
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._pending: dict[str, asyncio.Future[Json]] = {}
        self._arrivals = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """Is at least one connection open?"""
        return bool(self._connections)

    def new_ticket(self) -> str:
        """The right to open one connection within a minute."""
        now = time.monotonic()
        self._tickets = {ticket: born for ticket, born in self._tickets.items() if now - born < TICKET_LIFE_S}
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = now
        return ticket

    async def serve(self, socket: WebSocket) -> None:
        """Serve one WebSocket until either side closes it."""
        if self._tickets.pop(socket.query_params.get("ticket", ""), None) is None:
            await socket.close(1008)
            return
        await socket.accept()
        is_debug = socket.query_params.get("debug_reconnects") == "true"
        life_s = DEBUG_CONNECTION_LIFE_S if is_debug else CONNECTION_LIFE_S
        connection = Connection(name=f"ws{secrets.token_hex(3)}", socket=socket, life_s=life_s)
        if not self.is_enabled or len(self._connections) >= MOST_CONNECTIONS:
            await connection.disconnect("too_many_websockets" if self.is_enabled else "link_disabled")
            return
        self._connections.append(connection)
        retire = asyncio.get_running_loop().create_task(_retire(connection))
        try:
            await connection.send(self._hello(connection))
            self._arrivals.set()
            self._on_change()
            await self._read(connection)
        finally:
            retire.cancel()
            self._leave(connection)

    async def send(self, envelope: Envelope, timeout_s: float) -> Outcome:
        """Hand the envelope to one connection and wait for its ack.

        An event waits for a connection within the timeout; commands and interactions fail at once without one.
        """
        started = time.monotonic()
        if envelope.is_event and not self._connections:
            await self._wait_for_connection(timeout_s)
        document, envelope_id = _document(envelope)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._pending[envelope_id] = answer
        try:
            connection = await self._hand_over(document)
            if connection is None:
                return Outcome(reason=OutcomeReason.NO_CONNECTION)
            sent = time.monotonic()
            async with asyncio.timeout(max(0.0, timeout_s - (sent - started))):
                reply = await answer
        except TimeoutError:
            return Outcome(reason=OutcomeReason.TIMEOUT, connection=connection.name if connection else None)
        finally:
            del self._pending[envelope_id]
        ack_ms = (time.monotonic() - sent) * 1000
        return Outcome(
            reason=OutcomeReason.ACKED,
            payload=reply.get("payload"),
            ack_ms=ack_ms,
            connection=connection.name,
        )

    async def disconnect_all(self, reason: str) -> None:
        """Ask the app to reconnect (`warning` leaves the connections open, other reasons close them)."""
        for connection in tuple(self._connections):
            if reason != "warning":
                self._leave(connection)
            await connection.disconnect(reason, close=reason != "warning")

    async def close(self) -> None:
        """Close every connection, as a server that goes away does."""
        for connection in tuple(self._connections):
            self._leave(connection)
            if connection.socket.application_state is WebSocketState.CONNECTED:
                await connection.socket.close(1001)

    def _hello(self, connection: Connection) -> Json:
        debug = {"host": "local", "build_number": 1, "approximate_connection_time": int(connection.life_s)}
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": debug,
            "connection_info": {"app_id": "A0TUNESMITH"},
        }

    async def _read(self, connection: Connection) -> None:
        while True:
            message = await connection.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._take_ack(message.get("text") or "")

    def _take_ack(self, text: str) -> None:
        try:
            reply = json.loads(text)
        except ValueError:
            logger.warning("socket mode: a frame that is no JSON was ignored")
            return
        envelope_id = reply.get("envelope_id") if isinstance(reply, dict) else None
        answer = self._pending.get(envelope_id) if isinstance(envelope_id, str) else None
        if answer is not None and not answer.done():
            answer.set_result(reply)

    async def _hand_over(self, document: Json) -> Connection | None:
        candidates = list(self._connections)
        while candidates:
            connection = self._choose(candidates)
            if await connection.send(document):
                return connection
            candidates.remove(connection)
        return None

    async def _wait_for_connection(self, timeout_s: float) -> None:
        self._arrivals.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._arrivals.wait()
        except TimeoutError:
            return

    def _leave(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._on_change()


def _document(envelope: Envelope) -> tuple[Json, str]:
    envelope_id = str(uuid.uuid4())
    document: Json = {
        "envelope_id": envelope_id,
        "type": envelope.kind.value,
        "accepts_response_payload": envelope.accepts_payload,
        "payload": envelope.payload,
    }
    if envelope.is_event:
        document |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.retry_reason}
    return document, envelope_id


async def _retire(connection: Connection) -> None:
    await asyncio.sleep(max(0.0, connection.life_s - WARNING_BEFORE_S))
    await connection.disconnect("warning", close=False)
    await asyncio.sleep(WARNING_BEFORE_S)
    await connection.disconnect("refresh_requested")
