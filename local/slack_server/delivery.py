"""Delivers to the app: events with redelivery until acked, commands and interactions once, each on record."""

import asyncio
from dataclasses import replace
from typing import Any

from local.slack_server.outcomes import Envelope, EnvelopeKind, Outcome, Transport
from local.slack_server.records import Records
from local.slack_server.settings import Settings

Json = dict[str, Any]


class Deliveries:
    """The way out, whichever transport is in use."""

    def __init__(self, transport: Transport, settings: Settings, records: Records) -> None:
        self.transport = transport
        self._settings = settings
        self._records = records
        self._tasks: set[asyncio.Task[None]] = set()

    def event(self, body: Json) -> None:
        """Send an event_callback behind the caller; events leave in the order of these calls."""
        envelope = Envelope(kind=EnvelopeKind.EVENT, payload=body)
        task = asyncio.get_running_loop().create_task(self._deliver(envelope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def command(self, payload: Json) -> Outcome:
        """Send a slash command, once."""
        return await self._attempt(Envelope(kind=EnvelopeKind.COMMAND, payload=payload, accepts_payload=True))

    async def interaction(self, payload: Json) -> Outcome:
        """Send an interaction, once."""
        accepts = payload["type"] in ("view_submission", "block_suggestion")
        return await self._attempt(
            Envelope(kind=EnvelopeKind.INTERACTION, payload=payload, accepts_payload=accepts)
        )

    async def close(self) -> None:
        """Give up what is under way and close the transport."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.transport.close()

    async def _deliver(self, envelope: Envelope) -> None:
        outcome = await self._attempt(envelope)
        if outcome.is_acked and self._settings.take_redelivery():
            await self._attempt(replace(envelope, attempt=1, retry_reason="timeout"))
            return
        for number, wait_s in enumerate(self._settings.retry_after_s, start=1):
            if outcome.is_acked or outcome.wants_no_retry:
                return
            await asyncio.sleep(wait_s)
            outcome = await self._attempt(
                replace(envelope, attempt=number, retry_reason=outcome.reason.value)
            )

    async def _attempt(self, envelope: Envelope) -> Outcome:
        record = self._records.delivery(envelope.kind.value, **_about(envelope))
        outcome = await self.transport.send(envelope, self._settings.ack_timeout_s)
        record["connection"] = outcome.connection
        if outcome.is_acked:
            record["ack_ms"] = round(outcome.ack_ms or 0.0, 2)
        else:
            record["error"] = outcome.reason.value
        return outcome


def _about(envelope: Envelope) -> Json:
    payload = envelope.payload
    about: Json = {"attempt": envelope.attempt}
    if envelope.kind is EnvelopeKind.EVENT:
        event = payload["event"]
        about |= {"event_id": payload["event_id"], "type": event["type"], "subtype": event.get("subtype")}
    elif envelope.kind is EnvelopeKind.COMMAND:
        about |= {"type": payload["command"], "user": payload["user_id"]}
    else:
        about |= {"type": payload["type"], "user": payload["user"]["id"]}
    return about
