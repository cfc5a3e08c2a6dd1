"""`tunesmith demo`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click


@click.command()
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
