"""The command line: `tunesmith demo | run | serve | prepare | read | check`, one file a story.

What a command needs is imported when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import click

from bot.cli.check import check
from bot.cli.datasets import prepare, read
from bot.cli.demo import demo
from bot.cli.run import run
from bot.cli.serve import serve
from bot.errors import BotError, UserError


class Commands(click.Group):
    """Turns our errors into a sentence and exit code 1."""

    def invoke(self, context: click.Context) -> object:
        """Run a subcommand."""
        try:
            return super().invoke(context)
        except BotError as error:
            step = f"\n{error.next_step}" if isinstance(error, UserError) and error.next_step else ""
            raise click.ClickException(f"{error}{step}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tunesmith")
def main() -> None:
    """Fine-tune models from Slack.

    \b
    tunesmith demo       try everything on this machine, no account needed
    tunesmith check      are the settings right?
    tunesmith run        the bot, against your Slack workspace
    tunesmith serve      the OpenAI-compatible fine-tuning server alone
    tunesmith prepare    what is wrong with a dataset, and JSONL of it
    """


for command in (demo, run, serve, prepare, read, check):
    main.add_command(command)
