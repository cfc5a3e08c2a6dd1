"""`tunesmith serve`, and `tunesmith serve keys …`."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import click

HOME = Path("~/.tunesmith/server")
home_option = click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=HOME,
    show_default=True,
    help="Where its things are kept.",
)


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8766, show_default=True, help="The port; 0 for any free one.")
@home_option
@click.option(
    "--max-running-jobs", default=1, show_default=True, help="Trainings at a time; the rest is queued."
)
@click.option("--job-memory-mb", default=2048, show_default=True, help="Memory one training may use, in MB.")
@click.option(
    "--models",
    "models",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    multiple=True,
    help="A folder whose subfolders are base models of your own (local:NAME); may be given again.",
)
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    home: Path,
    max_running_jobs: int,
    job_memory_mb: int,
    models: tuple[Path, ...],
) -> None:
    """The embedded fine-tuning server alone: the OpenAI API at /v1, training on this machine.

    \b
    TUNESMITH_API_KEY=secret tunesmith serve
    OPENAI_BASE_URL=http://127.0.0.1:8766/v1 OPENAI_API_KEY=secret python my_script.py
    tunesmith serve keys create support  a key whose owner sees only their own files, jobs and models
    """
    if context.invoked_subcommand is not None:
        return
    from local.openai_server.server import HomeInUse
    from local.openai_server.server import serve as serve_api
    from local.openai_server.settings import (
        ServerSettings,
        SettingError,
        api_key_from_environment,
        model_folders_from_environment,
        tuner_from_environment,
    )

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = ServerSettings(
            home=home.expanduser(),
            api_key=api_key_from_environment(),
            max_running_jobs=max_running_jobs,
            job_memory_mb=job_memory_mb,
            model_folders=(*(folder.resolve() for folder in models), *model_folders_from_environment()),
            tuner=tuner_from_environment(),
        )
        serve_api(settings=settings, host=host, port=port)
    except (HomeInUse, SettingError, OSError) as error:
        raise click.ClickException(f"The server could not start: {error}") from error


@serve.group()
def keys() -> None:
    """Bearer keys: each sees only its own files, jobs and models."""


@keys.command()
@click.argument("name")
@home_option
def create(name: str, home: Path) -> None:
    """Make a key and print it once."""
    from local.openai_server.auth import KeyNameTaken, create_key

    try:
        made, secret = create_key(home.expanduser(), name)
    except KeyNameTaken as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{secret}\nKey {made.id} ({made.name}). It is shown only now.")


@keys.command(name="list")
@home_option
def list_all(home: Path) -> None:
    """The keys there are, without their secrets."""
    from local.openai_server.auth import list_keys

    for key in list_keys(home.expanduser()):
        made = time.strftime("%Y-%m-%d", time.gmtime(key.created_at))
        click.echo(f"{key.id}  {key.name}  {key.hint}  made {made}{'  revoked' if key.revoked_at else ''}")


@keys.command()
@click.argument("key")
@home_option
def revoke(key: str, home: Path) -> None:
    """Revoke a key by its id or name; it stops working at once."""
    from local.openai_server.auth import revoke_key

    if not revoke_key(home.expanduser(), key):
        raise click.ClickException(f"There is no live key {key}; `tunesmith serve keys list` shows all.")
    click.echo(f"Revoked {key}.")
