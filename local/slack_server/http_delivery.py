"""Signed HTTP delivery: what Socket Mode sends in envelopes goes as POSTs to the app's request URL."""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson

from local.slack_server.outcomes import Envelope, EnvelopeKind, Outcome, OutcomeReason
from local.slack_server.sockets import OnChange

Json = dict[str, Any]
logger = logging.getLogger(__name__)
VERIFY_AGAIN_S = 0.5


def signature(signing_secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 request signature (docs.slack.dev/authentication/verifying-requests-from-slack, read 2026-11)."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()


class HttpDelivery:
    """The transport over HTTP; the app counts as connected once it has answered the url_verification challenge."""

    def __init__(
        self,
        url: str,
        signing_secret: str,
        *,
        verification_token: str,
        clock: Callable[[], float],
        on_change: OnChange,
    ) -> None:
        self._url = url
        self._secret = signing_secret
        self._verification_token = verification_token
        self._clock = clock
        self._on_change = on_change
        self._session: aiohttp.ClientSession | None = None
        self._is_verified = False
        self._verifying: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        """Has the app proved that the URL is its own?"""
        return self._is_verified

    def start(self) -> None:
        """Begin to verify the URL, and go on until the app answers."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._verifying = asyncio.get_running_loop().create_task(self._verify())

    async def send(self, envelope: Envelope, timeout_s: float) -> Outcome:
        """POST the payload once; its answer's body is the ack."""
        if not self._is_verified:
            return Outcome(reason=OutcomeReason.NO_CONNECTION)
        body, headers = _encoded(envelope)
        if envelope.attempt:
            headers |= {
                "X-Slack-Retry-Num": str(envelope.attempt),
                "X-Slack-Retry-Reason": envelope.retry_reason,
            }
        return await self._post(body, headers, timeout_s)

    async def close(self) -> None:
        """Stop verifying and close the connections."""
        if self._verifying:
            self._verifying.cancel()
            await asyncio.gather(self._verifying, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def _post(self, body: bytes, headers: dict[str, str], timeout_s: float) -> Outcome:
        assert self._session is not None, "start() comes before the first delivery"
        timestamp = str(int(self._clock()))
        headers = headers | {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (local workspace)",
        }
        started = time.monotonic()
        try:
            timeout = aiohttp.ClientTimeout(total=timeout_s)
            async with self._session.post(
                self._url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                answer = await response.read()
        except TimeoutError:
            return Outcome(reason=OutcomeReason.HTTP_TIMEOUT)
        except aiohttp.ClientError:
            return Outcome(reason=OutcomeReason.NO_CONNECTION)
        ack_ms = (time.monotonic() - started) * 1000
        no_retry = response.headers.get("X-Slack-No-Retry") == "1"
        if not 200 <= response.status < 300:
            return Outcome(reason=OutcomeReason.HTTP_ERROR, wants_no_retry=no_retry)
        payload = _decoded(answer, response.content_type)
        return Outcome(reason=OutcomeReason.ACKED, payload=payload, ack_ms=ack_ms, wants_no_retry=no_retry)

    async def _verify(self) -> None:
        while not self._is_verified:
            challenge = secrets.token_urlsafe(24)
            document = {"type": "url_verification", "token": self._verification_token, "challenge": challenge}
            outcome = await self._post(orjson.dumps(document), {"Content-Type": "application/json"}, 3.0)
            answer = (
                outcome.payload.get("challenge") if isinstance(outcome.payload, dict) else outcome.payload
            )
            self._is_verified = outcome.is_acked and answer == challenge
            if not self._is_verified:
                await asyncio.sleep(VERIFY_AGAIN_S)
        logger.info("request url verified url=%s", self._url)
        self._on_change()


def _encoded(envelope: Envelope) -> tuple[bytes, dict[str, str]]:
    if envelope.kind is EnvelopeKind.EVENT:
        return orjson.dumps(envelope.payload), {"Content-Type": "application/json"}
    form = (
        envelope.payload
        if envelope.kind is EnvelopeKind.COMMAND
        else {"payload": json.dumps(envelope.payload)}
    )
    return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _decoded(body: bytes, content_type: str) -> Any:
    text = body.decode("utf-8", "replace")
    if content_type == "application/json":
        try:
            return json.loads(text) if text else None
        except ValueError:
            return text
    return text or None
