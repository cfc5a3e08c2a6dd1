"""`tunesmith run`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace

import click

EMBEDDED_FOLDER = "server"


@click.command()
@click.option(
    "--http",
    "http_port",
    type=int,
    metavar="PORT",
    help="Signed HTTP at /slack/events instead of Socket Mode.",
)
def run(http_port: int | None) -> None:
    """The bot, against your Slack workspace. Settings come from the environment (docs/settings.md).

    \b
    SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… tunesmith run
    SLACK_BOT_TOKEN=xoxb-… SLACK_SIGNING_SECRET=… tunesmith run --http 3000
    """
    from bot.processes import Children, key_of
    from bot.settings import read_settings

    settings = read_settings(os.environ, http_port=http_port)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("httpx2", "apscheduler.scheduler", "slack_bolt.AsyncApp"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    with ExitStack() as stack:
        embedded = settings.uses_embedded_server
        if embedded:
            children = stack.enter_context(Children(settings.home / "logs"))
            home = str(settings.home / EMBEDDED_FOLDER)
            server = children.start_server("server", ["local.openai_server", "--port", "0", "--home", home])
            settings = replace(settings, openai_base_url=server["base_url"], openai_api_key=key_of(server))
        asyncio.run(_run(settings, embedded=embedded))


async def _run(settings: object, *, embedded: bool) -> None:
    from bot.app import Application
    from bot.settings import Settings

    assert isinstance(settings, Settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Application(settings, embedded=embedded) as bot:
        click.echo(json.dumps({"event": "ready", "slack": settings.slack_api_url}))
        sys.stdout.flush()
        await bot.run_until(stop)
