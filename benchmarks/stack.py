"""The processes a benchmark measures: the local workspace, the embedded server, and any bot joined to them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib import request

from bot.manifest import manifest_path
from bot.processes import Child, Children

BOT = ("bot", "run")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What runs. `environment` is the bot's; everything lies in `home`, logs included."""

    control: str
    base_url: str
    api_key: str
    environment: Mapping[str, str]
    children: Children
    home: Path
    workspace_pid: int

    def start(self, arguments: tuple[str, ...] = BOT, **changed: str) -> Child:
        """Start a bot, with some of its settings changed; it has not joined yet (`read_ready` waits for that)."""
        return self.children.start("bot", list(arguments), {**self.environment, **changed})

    def jobs(self) -> list[dict[str, Any]]:
        """The server's own list of fine-tuning jobs, newest first."""
        call = request.Request(f"{self.base_url}/fine_tuning/jobs?limit=100")
        call.add_header("Authorization", f"Bearer {self.api_key}")
        with request.urlopen(call, timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]
        return found

    def set_up(self, **settings: object) -> None:
        """Change the workspace's settings: its rate limits, its redelivery, faults to come."""
        body = json.dumps(settings).encode()
        call = request.Request(f"{self.control}/settings", body, {"Content-Type": "application/json"})
        with request.urlopen(call, timeout=30) as answer:
            answer.read()


@contextmanager
def running(home: Path | None = None) -> Iterator[Stack]:
    """Start workspace and server on free ports; stop them, and every bot, at the end. Nothing is kept without a home."""
    with tempfile.TemporaryDirectory(prefix="tunesmith-benchmark-") as temporary:
        base = home or Path(temporary)
        with Children(base / "logs") as children:
            server = children.start(
                "server", ["local.openai_server", "--port", "0", "--home", str(base / "server")]
            ).read_ready()
            slack = children.start(
                "slack", ["local.slack_server", "--port", "0", "--manifest", str(manifest_path())]
            )
            workspace = slack.read_ready()
            key = Path(server["api_key_file"]).read_text(encoding="utf-8").strip()
            yield Stack(
                control=f"{workspace['url']}control",
                base_url=server["base_url"],
                api_key=key,
                environment={
                    "SLACK_API_URL": workspace["api"],
                    "SLACK_BOT_TOKEN": workspace["bot_token"],
                    "SLACK_APP_TOKEN": workspace["app_token"],
                    "OPENAI_BASE_URL": server["base_url"],
                    "OPENAI_API_KEY": key,
                    "TUNESMITH_HOME": str(base / "bot"),
                    "TUNESMITH_POLL_SECONDS": "1",
                },
                children=children,
                home=base,
                workspace_pid=slack.process.pid,
            )
