"""`tunesmith demo`: a local Slack workspace, the embedded server and the bot, each a process, all on loopback."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.processes import Child, Children, key_of

SAMPLE = Path(__file__).parent / "samples" / "support_tickets.csv"


@dataclass(frozen=True, kw_only=True)
class Running:
    """The three processes; `page` is the workspace's address, `control` its control interface."""

    page: str
    workspace: dict[str, Any]
    server: dict[str, Any]
    bot: Child
    children: Children
    start_bot: Callable[[], Child]
    home: Path

    @property
    def control(self) -> str:
        """Where a person's doings are sent."""
        return f"{self.page}control"


@contextmanager
def running(*, port: int, home: Path | None, manifest: Path, sample: Path = SAMPLE) -> Iterator[Running]:
    """Start everything; stop it all at the end, and forget it all when no home was given."""
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as temporary:
        base = home or Path(temporary)
        with Children(base / "logs") as children:
            server = children.start(
                "server", ["local.openai_server", "--port", "0", "--home", str(base / "server")]
            ).read_ready()
            workspace = _start_workspace(children, port, base, manifest, sample, keep=home is not None)
            environment = _bot_environment(base, server, workspace)

            def start_bot() -> Child:
                return children.start("bot", ["bot", "run"], environment)

            bot = start_bot()
            bot.read_ready()
            yield Running(
                page=workspace["url"],
                workspace=workspace,
                server=server,
                bot=bot,
                children=children,
                start_bot=start_bot,
                home=base,
            )


def _start_workspace(
    children: Children, port: int, base: Path, manifest: Path, sample: Path, *, keep: bool
) -> dict[str, Any]:
    arguments = ["local.slack_server", "--port", str(port if _is_free(port) else 0)]
    arguments += ["--manifest", str(manifest), "--sample", str(sample)]
    arguments += ["--home", str(base / "slack")] if keep else []
    return children.start("slack", arguments).read_ready()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _bot_environment(base: Path, server: dict[str, Any], workspace: dict[str, Any]) -> dict[str, str]:
    return {
        "SLACK_API_URL": workspace["api"],
        "SLACK_BOT_TOKEN": workspace["bot_token"],
        "SLACK_APP_TOKEN": workspace["app_token"],
        "SLACK_SIGNING_SECRET": workspace["signing_secret"],
        "OPENAI_BASE_URL": server["base_url"],
        "OPENAI_API_KEY": key_of(server),
        "TUNESMITH_HOME": str(base / "bot"),
        "TUNESMITH_POLL_SECONDS": "1",
    }
