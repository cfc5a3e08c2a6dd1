"""Removes what is past its time: expired files and uploads nobody completed."""

import asyncio
import logging
import sqlite3

from starlette.concurrency import run_in_threadpool

from local.openai_server import uploads
from local.openai_server.services import Services

logger = logging.getLogger(__name__)

EVERY_S = 60.0


async def keep_house(services: Services) -> None:
    """Look once a minute, for as long as the server lives."""
    while True:
        try:
            await run_in_threadpool(services.files.purge_expired)
            await run_in_threadpool(uploads.purge_overdue, services)
        except (sqlite3.Error, OSError):
            logger.exception("housekeeping failed and will be repeated")
        await asyncio.sleep(EVERY_S)
