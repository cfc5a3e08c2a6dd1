"""Files people drop: their record by id, and their bytes from Slack's own host only, capped, without redirects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DatasetError, SlackError
from bot.ports import DroppedFile, Share
from bot.texts import t

TIMEOUT = aiohttp.ClientTimeout(total=120, sock_read=30)
CHUNK_BYTES = 1 << 16
SHARES_TRIES = 6
"""files.info may not name the message for a moment after the drop."""
SHARES_PAUSE_S = 0.5


class SlackFiles:
    """Reads dropped files. `origin` is the only scheme://host[:port] the bot token is ever sent to."""

    def __init__(
        self, client: AsyncWebClient, session: aiohttp.ClientSession, *, origin: str, token: str
    ) -> None:
        self._client = client
        self._session = session
        self._origin = origin
        self._token = token

    async def file(self, file_id: str) -> DroppedFile:
        """The file's record; asked again for a moment while Slack does not know yet where it was shared."""
        for attempt in range(SHARES_TRIES):
            file = await self._file(file_id)
            if file.shares or file.mode not in ("hosted", "snippet"):
                return file
            if attempt < SHARES_TRIES - 1:
                await asyncio.sleep(SHARES_PAUSE_S)
        return file

    async def _file(self, file_id: str) -> DroppedFile:
        try:
            answer: Any = await self._client.files_info(file=file_id)
        except SlackApiError as error:
            code = str(error.response.get("error") or "")
            raise SlackError(t("Slack refused files.info: {code}.", code=code), code=code) from error
        except (aiohttp.ClientError, SlackClientError, OSError, TimeoutError) as error:
            raise SlackError(t("Slack could not be reached for files.info."), in_doubt=True) from error
        return dropped_file(answer["file"])

    async def download(self, file: DroppedFile, target: Path, *, max_bytes: int) -> None:
        """Write the bytes to `target`.

        Raises DatasetError for a file that Slack does not host or that is larger than `max_bytes`, SlackError when
        Slack shows its login page instead (the scope files:read is missing) or does not answer.
        """
        if file.mode in ("external", "remote") or not _is_from(file.url, self._origin):
            raise DatasetError(
                t("This file lies outside Slack, so I can't read it."),
                next_step=t("Download it and drop the file itself here."),
            )
        if file.size_bytes > max_bytes:
            raise _too_large(file.size_bytes, max_bytes)
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with self._session.get(
                file.url, headers=headers, allow_redirects=False, timeout=TIMEOUT
            ) as answer:
                if answer.status != 200 or answer.content_type == "text/html":
                    raise _not_readable(answer.status)
                await _save(answer.content, target, max_bytes)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise SlackError(t("The file could not be downloaded from Slack."), in_doubt=True) from error


def dropped_file(record: Mapping[str, Any]) -> DroppedFile:
    """A file record of Slack's as ours; names may be null, and shares may be missing for a moment."""
    shares = [
        Share(channel=str(channel), ts=str(share["ts"]), thread_ts=str(share.get("thread_ts") or share["ts"]))
        for visibility in (record.get("shares") or {}).values()
        for channel, places in visibility.items()
        for share in places
    ]
    return DroppedFile(
        id=str(record["id"]),
        name=str(record.get("name") or record.get("title") or "file"),
        size_bytes=int(record.get("size") or 0),
        mode=str(record.get("mode") or "hosted") if not record.get("is_external") else "external",
        user=str(record.get("user") or ""),
        url=str(record.get("url_private_download") or record.get("url_private") or ""),
        shares=tuple(shares),
    )


def _is_from(url: str, origin: str) -> bool:
    """Whether scheme, host and port are exactly the origin's, with no user name in between."""
    try:
        parts, wanted = urlsplit(url), urlsplit(origin)
        same_port = _port(parts.scheme, parts.port) == _port(wanted.scheme, wanted.port)
    except ValueError:
        return False
    return (
        parts.scheme == wanted.scheme
        and parts.hostname == wanted.hostname
        and same_port
        and parts.username is None
        and parts.password is None
        and "\\" not in url
    )


def _port(scheme: str, port: int | None) -> int | None:
    return port or {"https": 443, "http": 80}.get(scheme)


async def _save(content: aiohttp.StreamReader, target: Path, max_bytes: int) -> None:
    written = 0
    with target.open("wb") as sink:
        async for chunk in content.iter_chunked(CHUNK_BYTES):
            if written == 0 and chunk.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
                raise _not_readable(200)
            written += len(chunk)
            if written > max_bytes:
                raise _too_large(written, max_bytes)
            sink.write(chunk)


def _not_readable(status: int) -> SlackError:
    return SlackError(
        t(
            "Slack did not hand over the file (HTTP {status}, a login page). The app needs the scope "
            "files:read: add it under OAuth & Permissions and reinstall the app.",
            status=status,
        ),
        code="file_not_readable",
    )


def _too_large(size: int, limit: int) -> DatasetError:
    return DatasetError(
        t(
            "The file has {size:,.0f} MB; I read at most {limit:,.0f} MB.",
            size=size / 1e6,
            limit=limit / 1e6,
        ),
        next_step=t("Split it, or raise TUNESMITH_MAX_FILE_MB."),
    )
