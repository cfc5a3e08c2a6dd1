"""Slack, as far as we write to it: posts, edits, look-ups, whispers, reactions, files. No decisions here.

Nothing is retried here either: a post whose answer was lost may be there already, so the outbox looks it up first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Thread
from bot.errors import SlackError
from bot.ports import Message
from bot.texts import t

logger = logging.getLogger(__name__)

EVENT_TYPE = "tunesmith_update"
"""The message metadata's type; its payload carries the outbox id."""
CLOCK_SLACK = timedelta(seconds=30)
"""How far our clock and Slack's may differ when looking for a message of ours."""
RESPOND_TIMEOUT = aiohttp.ClientTimeout(total=10)


class SlackNotifier:
    """Writes to Slack through one shared session; every failure becomes a SlackError."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client = client
        self._session = session

    async def post(
        self, thread: Thread, message: Message, *, outbox_id: str = "", broadcast: bool = False
    ) -> str:
        """Post; the message's ts."""
        extra: dict[str, Any] = {}
        if outbox_id:
            extra["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"outbox_id": outbox_id}}
        if broadcast:
            extra["reply_broadcast"] = True
        async with _our_errors("chat.postMessage"):
            answer = await self._client.chat_postMessage(
                channel=thread.channel,
                thread_ts=thread.ts or None,
                text=message.text,
                blocks=list(message.blocks) or None,
                unfurl_links=False,
                unfurl_media=False,
                **extra,
            )
        return str(answer["ts"])

    async def edit(self, place: Thread, message: Message) -> None:
        """Replace a message of ours."""
        async with _our_errors("chat.update"):
            await self._client.chat_update(
                channel=place.channel, ts=place.ts, text=message.text, blocks=list(message.blocks)
            )

    async def find(self, thread: Thread, *, outbox_id: str, since: datetime) -> str | None:
        """Look through the thread (or the channel) for our metadata, or for a block of that id (answers through a
        response URL can't carry metadata); None also without the history scope."""
        oldest = f"{(since - CLOCK_SLACK).timestamp():.6f}"
        try:
            async with _our_errors("conversations.replies"):
                return await self._find(thread, outbox_id, oldest)
        except SlackError as error:
            if error.code in ("missing_scope", "not_in_channel", "channel_not_found", "thread_not_found"):
                return None
            raise

    async def _find(self, thread: Thread, outbox_id: str, oldest: str) -> str | None:
        cursor = ""
        while True:
            page: Any
            if thread.ts:
                page = await self._client.conversations_replies(
                    channel=thread.channel,
                    ts=thread.ts,
                    oldest=oldest,
                    cursor=cursor or None,
                    include_all_metadata=True,
                    limit=200,
                )
            else:
                page = await self._client.conversations_history(
                    channel=thread.channel,
                    oldest=oldest,
                    cursor=cursor or None,
                    include_all_metadata=True,
                    limit=200,
                )
            for message in page["messages"]:
                if outbox_id in _marks(message):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    async def whisper(self, channel: str, user: str, message: Message, *, thread_ts: str = "") -> None:
        """Show a message to one person."""
        async with _our_errors("chat.postEphemeral"):
            await self._client.chat_postEphemeral(
                channel=channel,
                user=user,
                thread_ts=thread_ts or None,
                text=message.text,
                blocks=list(message.blocks) or None,
            )

    async def respond(
        self, response_url: str, message: Message, *, in_channel: bool, replace: bool = False
    ) -> None:
        """Answer through a response URL (5 uses in 30 minutes), on the shared session: Bolt's own opens one a call."""
        body = {
            "replace_original": replace,
            "text": message.text,
            "blocks": list(message.blocks),
            "unfurl_links": False,
        }
        if not replace:
            body["response_type"] = "in_channel" if in_channel else "ephemeral"
        async with (
            _our_errors("response_url"),
            self._session.post(response_url, json=body, timeout=RESPOND_TIMEOUT) as answer,
        ):
            said = (await answer.text())[:200]
            if answer.status != 200:
                raise SlackError(
                    t("Slack did not take the answer (HTTP {status})", status=answer.status),
                    code=said or "http_error",
                )

    async def direct(self, user: str) -> str:
        """The conversation with one person; where it can't be opened (the scope im:write is optional) the user's own id,
        which Slack takes for posts."""
        try:
            async with _our_errors("conversations.open"):
                answer: Any = await self._client.conversations_open(users=user)
        except SlackError as error:
            if error.retrying:
                raise
            return user
        return str(answer["channel"]["id"])

    async def react(self, place: Thread, emoji: str) -> None:
        """Add a reaction; one that is already there is fine."""
        try:
            async with _our_errors("reactions.add"):
                await self._client.reactions_add(channel=place.channel, timestamp=place.ts, name=emoji)
        except SlackError as error:
            if error.code != "already_reacted":
                raise

    async def upload(
        self, thread: Thread, path: Path, *, name: str, title: str, alt_text: str = "", comment: str = ""
    ) -> None:
        """Put a file into the thread."""
        content = await asyncio.to_thread(path.read_bytes)
        async with _our_errors("files.completeUploadExternal"):
            await self._client.files_upload_v2(
                channel=thread.channel,
                thread_ts=thread.ts or None,
                content=content,
                filename=name,
                title=title,
                alt_txt=alt_text or None,
                initial_comment=comment or None,
            )


def _marks(message: Mapping[str, Any]) -> set[str]:
    """The ids by which a message of ours is known again; an upload's is its file's name."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return {
        str(payload.get("outbox_id")),
        *(str(block.get("block_id")) for block in message.get("blocks") or ()),
        *(str(file.get("name")) for file in message.get("files") or ()),
    }


@asynccontextmanager
async def _our_errors(method: str) -> AsyncIterator[None]:
    try:
        yield
    except SlackApiError as error:
        raise _api_error(method, error) from error
    except TimeoutError as error:
        raise SlackError(t("Slack did not answer {method} in time.", method=method), in_doubt=True) from error
    except (aiohttp.ClientError, SlackClientError, OSError) as error:
        raise SlackError(
            t("Slack could not be reached for {method}.", method=method), in_doubt=True
        ) from error


def _api_error(method: str, error: SlackApiError) -> SlackError:
    response: Any = error.response
    status = getattr(response, "status_code", 0)
    headers = getattr(response, "headers", None) or {}
    data = getattr(response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        wait = float(headers.get("Retry-After") or headers.get("retry-after") or 1)
        return SlackError(
            t("Slack asks us to slow down ({method}).", method=method), code="ratelimited", retry_after_s=wait
        )
    if status >= 500:
        return SlackError(
            t("Slack had a fault (HTTP {status}, {method}).", status=status, method=method),
            code=code,
            in_doubt=True,
        )
    details = ""
    if isinstance(data, dict):
        details = "; ".join((data.get("response_metadata") or {}).get("messages") or [])
    logger.warning("slack refused method=%s code=%s details=%s", method, code, details[:500])
    return SlackError(
        t("Slack refused {method}: {value}.", method=method, value=code or "unknown error"),
        code=code or "unknown_error",
    )
