"""`tunesmith check`."""

from __future__ import annotations

import asyncio
import os
import sys

import click


@click.command()
@click.option("--http", "http_port", type=int, metavar="PORT", help="As for run.")
def check(http_port: int | None) -> None:
    """Are the settings right? Tokens, scopes, the fine-tuning server, the disk: a line each.

    \b
    SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… tunesmith check
    """
    from bot.check import checks
    from bot.settings import read_settings

    settings = read_settings(os.environ, http_port=http_port)
    click.echo("ok    settings: complete")

    async def print_all() -> bool:
        fine = True
        async for result in checks(settings):
            click.echo(f"{'ok   ' if result.ok else 'WRONG'} {result.name}: {result.words}")
            fine = fine and result.ok
        return fine

    sys.exit(0 if asyncio.run(print_all()) else 1)
