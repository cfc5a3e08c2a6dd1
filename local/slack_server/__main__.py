"""`python -m local.slack_server`: runs a local Slack workspace until it is told to stop."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import orjson

from local.slack_server.app import PortTaken, bind, serve
from local.slack_server.archive import ArchiveError
from local.slack_server.http_delivery import HttpDelivery
from local.slack_server.manifest import ManifestError, read_manifest
from local.slack_server.workspace import Secrets, Workspace


def main(arguments: list[str] | None = None) -> int:
    """Run the workspace; 0 after a clean stop, 1 where it couldn't start (the reason is on stderr)."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    # uvicorn notes every WebSocket with its query, and that holds the one-time ticket.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        asyncio.run(_run(options))
    except (PortTaken, ManifestError, ArchiveError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


async def _run(options: argparse.Namespace) -> None:
    manifest = read_manifest(options.manifest)
    listener = bind(options.host, options.port)
    try:
        workspace = Workspace(
            manifest=manifest,
            tokens=_secrets(),
            home=options.home,
            with_optional_scopes=not options.without_optional_scopes,
            extra_events=[name for name in options.extra_events.split(",") if name],
            sample=options.sample,
        )
    except ArchiveError:
        listener.close()
        raise
    if options.http:
        _deliver_by_http(workspace, options.http)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serve(workspace, listener, hosts=(options.host, *options.allow_host)) as url:
        print(orjson.dumps(_ready(workspace, url)).decode(), flush=True)
        await stop.wait()


def _deliver_by_http(workspace: Workspace, url: str) -> None:
    transport = HttpDelivery(
        url,
        workspace.tokens.signing_secret,
        verification_token=workspace.tokens.verification_token,
        clock=workspace.clock,
        on_change=workspace.connection_changed,
    )
    workspace.sockets.is_enabled = False
    workspace.deliveries.transport = transport
    transport.start()


def _ready(workspace: Workspace, url: str) -> dict[str, str]:
    return {
        "event": "ready",
        "url": url,
        "api": f"{url}api/",
        "bot_token": workspace.tokens.bot_token,
        "app_token": workspace.tokens.app_token,
        "signing_secret": workspace.tokens.signing_secret,
    }


def _secrets() -> Secrets:
    default = Secrets()
    return Secrets(
        bot_token=os.environ.get("TUNESMITH_LOCAL_BOT_TOKEN") or default.bot_token,
        app_token=os.environ.get("TUNESMITH_LOCAL_APP_TOKEN") or default.app_token,
        signing_secret=os.environ.get("TUNESMITH_LOCAL_SIGNING_SECRET") or default.signing_secret,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.slack_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=8765, help="port to listen on; 0 takes any free one")
    parser.add_argument(
        "--home", type=Path, help="folder that keeps messages and files; nothing is kept without it"
    )
    parser.add_argument("--manifest", type=Path, default=Path("manifest.yml"), help="the app's manifest")
    parser.add_argument("--sample", type=Path, help="dataset that the page offers to a newcomer")
    parser.add_argument("--http", metavar="URL", help="deliver by signed POSTs to URL instead of Socket Mode")
    parser.add_argument(
        "--extra-events", default="", help="subscriptions beside the manifest's, comma between"
    )
    parser.add_argument(
        "--without-optional-scopes", action="store_true", help="grant the manifest's `bot` scopes only"
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], help="another name under which the page is used"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
