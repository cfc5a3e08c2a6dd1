"""Delivers webhook events in the Standard Webhooks format, again and later where an endpoint fails.

Every attempt carries `webhook-id` (the event's), `webhook-timestamp` and `webhook-signature: v1,<base64>`, an
HMAC-SHA256 over `id.timestamp.body` (https://github.com/standard-webhooks/standard-webhooks, read 2026-11-21).
"""

import asyncio
import base64
import hashlib
import hmac
import http.client
import logging
import sqlite3
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool

from local.openai_server.store import webhooks
from local.openai_server.store.database import Database
from local.openai_server.store.webhooks import Delivery, Endpoint

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0
LOOK_EVERY_S = 1.0


class Unanswered(Exception):
    """No answer came from an endpoint; the text says why."""


class Deliveries:
    """Sends what is owed; the rows remember it, so that a restart loses nothing."""

    def __init__(
        self, database: Database, retry_delays_s: Sequence[float], clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._retry_delays_s = retry_delays_s
        self._clock = clock

    async def run(self) -> None:
        """Deliver for as long as the server lives."""
        while True:
            try:
                with self._database.reading() as connection:
                    due = webhooks.due(connection, self._clock())
                await asyncio.gather(*(run_in_threadpool(self._attempt, delivery) for delivery in due))
            except sqlite3.Error:
                logger.exception("deliveries: a look failed and will be repeated")
            await asyncio.sleep(LOOK_EVERY_S)

    def _attempt(self, delivery: Delivery) -> None:
        with self._database.reading() as connection:
            endpoint = webhooks.get(connection, delivery.endpoint_id)
        error = self._sent(endpoint, delivery) if endpoint is not None else "the endpoint has been deleted"
        now = self._clock()
        later = None
        if error is not None and endpoint is not None and delivery.attempts < len(self._retry_delays_s):
            later = now + self._retry_delays_s[delivery.attempts]
        if error is not None:
            logger.warning(
                "webhook not delivered event=%s error=%s again=%s",
                delivery.event_id,
                error,
                later is not None,
            )
        with self._database.transaction() as tx:
            delivered = int(now) if error is None else None
            webhooks.settle(tx, delivery.id, delivered_at=delivered, next_at=later, error=error)

    def send(self, endpoint: Endpoint, event_id: str, body: str) -> int:
        """Send once and give the status that came back; a redirect is never followed. Raises Unanswered."""
        timestamp = int(self._clock())
        headers = {
            "content-type": "application/json",
            "user-agent": "tunesmith-webhooks/1",
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(endpoint, event_id, timestamp, body),
        }
        try:
            return _post(endpoint.url, body.encode(), headers)
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"{type(error).__name__}: {error}"[:200]) from error

    def _sent(self, endpoint: Endpoint, delivery: Delivery) -> str | None:
        """Send what is owed; what went wrong, or None."""
        try:
            status = self.send(endpoint, delivery.event_id, delivery.body)
        except Unanswered as error:
            return str(error)
        return None if 200 <= status < 300 else f"answered {status}"


def signatures(endpoint: Endpoint, event_id: str, timestamp: int, body: str) -> str:
    """The signature under the endpoint's secret, and under its old one while that is valid; space-separated."""
    secrets = [endpoint.secret]
    if endpoint.old_secret is not None and (endpoint.old_secret_until or 0) > timestamp:
        secrets.append(endpoint.old_secret)
    return " ".join(sign(secret, f"{event_id}.{timestamp}.{body}") for secret in secrets)


def sign(secret: str, content: str) -> str:
    """One `v1` signature under a `whsec_` secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()
