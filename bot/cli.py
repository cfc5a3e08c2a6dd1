"""The command line: `tunesmith run | demo | serve | prepare | check`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import click

from bot.errors import BotError, UserError

EMBEDDED_FOLDER = "server"


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
    """


@main.command()
@click.option(
    "--port", default=8765, show_default=True, help="The page's port; another one where it is taken."
)
@click.option(
    "--home", type=click.Path(path_type=Path), help="Keep everything here; without it nothing is kept."
)
@click.option("--headless", is_flag=True, help="Do the main job without a person, and print what is posted.")
@click.option(
    "--dataset", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The file to drop."
)
@click.option("--text-column", default="", help="The text column, where the bot should not choose it.")
@click.option("--label-column", default="", help="The label column, where the bot should not choose it.")
@click.option(
    "--ask", "asks", multiple=True, metavar="TEXT", help="A text to classify at the end; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def demo(
    port: int,
    home: Path | None,
    headless: bool,
    dataset: Path | None,
    text_column: str,
    label_column: str,
    asks: tuple[str, ...],
    as_json: bool,
) -> None:
    """The whole product on this machine: a local Slack workspace with a web page, the server, the bot.

    \b
    tunesmith demo
    tunesmith demo --headless --dataset tickets.csv --ask "where is my order?" --json
    """
    from bot import demo as local_demo
    from bot.manifest import manifest_path

    if (dataset or asks or text_column or label_column) and not headless:
        raise click.UsageError("--dataset, --ask and the column options go with --headless.")
    with local_demo.running(port=port, home=home, manifest=manifest_path()) as running:
        if headless:
            source = dataset or local_demo.SAMPLE
            sys.exit(_drive(running.control, source, text_column, label_column, asks, as_json))
        click.echo(_welcome(running.page, home))
        _wait_for_ctrl_c(running)


def _drive(control: str, dataset: Path, text: str, label: str, asks: tuple[str, ...], as_json: bool) -> int:
    """Run the main job; 0 when the model was trained."""
    from bot import headless

    def emit(row: dict[str, object]) -> None:
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            mark = "edited" if row["event"] == "message_changed" else "posted"
            click.echo(f"[{mark}] {row['text']}")

    summary = headless.run(control, dataset, emit=emit, text_column=text, label_column=label, asks=asks)
    click.echo(json.dumps({"event": "summary", **asdict(summary)}, ensure_ascii=False))
    return 0 if summary.status == "succeeded" else 1


def _welcome(page: str, home: Path | None) -> str:
    kept = (
        f"Everything is kept in {home}."
        if home
        else "Nothing is kept when you stop it (--home DIR keeps it)."
    )
    return (
        f"\nTunesmith is running. Open {page}\n\n"
        "  1. Drop a CSV in #tickets (the page has a sample file)\n"
        "  2. Read the report in its thread, then type /finetune start\n"
        "  3. When it is done, type /classify my parcel never came\n\n"
        f"{kept} Ctrl-C stops it.\n"
    )


def _wait_for_ctrl_c(running: object) -> None:
    from bot.demo import Running

    assert isinstance(running, Running)
    try:
        while (dead := running.children.wait_for_a_death(3600)) is None:
            pass
        raise click.ClickException(f"The {dead.name} process ended by itself:\n{dead.last_words()}")
    except KeyboardInterrupt:
        click.echo("\nStopping.")


@main.command()
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
    from bot.processes import Children
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
            key = Path(server["api_key_file"]).read_text(encoding="utf-8").strip()
            settings = replace(settings, openai_base_url=server["base_url"], openai_api_key=key)
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


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8766, show_default=True, help="The port; 0 for any free one.")
@click.option(
    "--home", type=click.Path(path_type=Path), default=Path("~/.tunesmith/server"), show_default=True
)
def serve(host: str, port: int, home: Path) -> None:
    """The embedded fine-tuning server alone: the OpenAI API at /v1, training on this machine.

    \b
    TUNESMITH_API_KEY=secret tunesmith serve
    OPENAI_BASE_URL=http://127.0.0.1:8766/v1 OPENAI_API_KEY=secret python my_script.py
    """
    from local.openai_server.server import HomeInUse
    from local.openai_server.server import serve as serve_api
    from local.openai_server.settings import ServerSettings, api_key_from_environment

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = ServerSettings(home=home.expanduser(), api_key=api_key_from_environment())
    try:
        serve_api(settings=settings, host=host, port=port)
    except (HomeInUse, OSError) as error:
        raise click.ClickException(f"The server could not start: {error}") from error


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the JSONL files here.")
@click.option("--text", default=None, help="The text column, or a template such as '{title} {body}'.")
@click.option("--label", default=None, help="The label column.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def prepare(file: Path, out: Path | None, text: str | None, label: str | None, as_json: bool) -> None:
    """Read a dataset, report what is wrong with it, and write JSONL for fine-tuning.

    \b
    tunesmith prepare tickets.csv
    tunesmith prepare tickets.csv --label queue --out prepared/
    """
    import tempfile

    from bot.datasets.prepare import ingest
    from bot.datasets.render import report_json, report_text
    from bot.domain import Choices

    with tempfile.TemporaryDirectory() as scratch:
        work = out or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        report = ingest(file, work, name=file.name, choices=Choices(text=text, label=label))
        click.echo(json.dumps(report_json(report), ensure_ascii=False) if as_json else report_text(report))
    if out and not as_json:
        click.echo(f"Written to {out}/")
    sys.exit(0 if report.is_ready else 1)


@main.command()
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
