"""The one place that reads the environment; all faults are reported at once.

docs/settings.md is generated from `FIELDS`; a test fails when it is stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import InputError
from bot.texts import ENGLISH, LANGUAGES, language_for

SLACK_API_URL = "https://slack.com/api/"
SLACK_FILES_ORIGIN = "https://files.slack.com"

FIELDS: tuple[tuple[str, str, str], ...] = (
    ("SLACK_BOT_TOKEN", "", "The bot token (xoxb-…), from OAuth & Permissions. Needed."),
    ("SLACK_APP_TOKEN", "", "The app-level token (xapp-…, scope connections:write). Needed for Socket Mode."),
    ("SLACK_SIGNING_SECRET", "", "The signing secret, from Basic Information. Needed with `--http`."),
    ("SLACK_API_URL", SLACK_API_URL, "Where Slack's Web API is; Socket Mode is opened there too."),
    (
        "SLACK_FILES_URL",
        "by SLACK_API_URL",
        "Where Slack serves files; the bot token is sent nowhere else to fetch one.",
    ),
    (
        "OPENAI_BASE_URL",
        "",
        "A server that offers the OpenAI fine-tuning API. Without it and a key: the embedded server.",
    ),
    ("OPENAI_API_KEY", "", "The key for that server."),
    (
        "TUNESMITH_HOME",
        "~/.tunesmith",
        "Where datasets, the database and the embedded server's models are kept.",
    ),
    (
        "TUNESMITH_POLL_SECONDS",
        "10 (1 for the embedded server)",
        "How often a running job is looked at, in seconds.",
    ),
    ("TUNESMITH_MAX_FILE_MB", "50", "The largest file that is read, in MB."),
    (
        "TUNESMITH_EVALUATION_ROWS",
        "1000",
        "How many rows of the test part a new model is asked about; 0 for none.",
    ),
    (
        "TUNESMITH_PRICES",
        "",
        "A JSON file of your own training prices, beside or in place of those that come with Tunesmith.",
    ),
    (
        "TUNESMITH_LANGUAGE",
        "en",
        "en or zh: spoken to people of whom Slack does not say which language they read.",
    ),
    (
        "TUNESMITH_WANDB_PROJECT",
        "tunesmith where WANDB_API_KEY is set",
        "Offers to send training figures to Weights & Biases, this project first. The fine-tuning server holds the key:"
        " the embedded one takes WANDB_API_KEY, OpenAI the one of your account there.",
    ),
    ("TUNESMITH_HEALTH_PORT", "", "With Socket Mode: serve /healthz on this loopback port."),
    ("TUNESMITH_LOG_LEVEL", "info", "debug, info, warning or error."),
)
"""(variable, default, what it is for)."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the bot was told. `poll_s` is None for "by the kind of server"."""

    bot_token: str
    app_token: str
    signing_secret: str
    slack_api_url: str
    openai_base_url: str
    openai_api_key: str
    home: Path
    poll_s: float | None
    max_file_bytes: int
    evaluation_rows: int
    health_port: int | None
    log_level: str
    language: str = ENGLISH
    prices: Path | None = None
    http_port: int | None = None
    slack_files_url: str = ""
    wandb_project: str | None = None

    @property
    def files_origin(self) -> str:
        """The only place where files are fetched with the bot token."""
        parts = urlsplit(self.slack_files_url or self.slack_api_url)
        if parts.hostname == "slack.com":
            return SLACK_FILES_ORIGIN
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def uses_embedded_server(self) -> bool:
        """Whether nobody named a fine-tuning server, so that we bring our own."""
        return not self.openai_base_url and not self.openai_api_key


def read_settings(environment: Mapping[str, str], *, http_port: int | None = None) -> Settings:
    """Settings from the environment. Raises InputError that lists every fault, a line each."""
    faults: list[str] = []

    def text(name: str, default: str = "") -> str:
        return environment.get(name, "").strip() or default

    def number(name: str, default: float) -> float:
        given = text(name)
        try:
            value = float(given) if given else default
        except ValueError:
            faults.append(f"{name} must be a number, not {given}.")
            return default
        if value < 0:
            faults.append(f"{name} must not be negative.")
        return value

    health = text("TUNESMITH_HEALTH_PORT")
    settings = Settings(
        bot_token=text("SLACK_BOT_TOKEN"),
        app_token=text("SLACK_APP_TOKEN"),
        signing_secret=text("SLACK_SIGNING_SECRET"),
        slack_api_url=_with_slash(text("SLACK_API_URL", SLACK_API_URL)),
        openai_base_url=text("OPENAI_BASE_URL"),
        openai_api_key=text("OPENAI_API_KEY"),
        home=Path(text("TUNESMITH_HOME", "~/.tunesmith")).expanduser(),
        poll_s=number("TUNESMITH_POLL_SECONDS", 0) or None,
        max_file_bytes=int(number("TUNESMITH_MAX_FILE_MB", 50) * 1_000_000),
        evaluation_rows=int(number("TUNESMITH_EVALUATION_ROWS", 1000)),
        health_port=int(number("TUNESMITH_HEALTH_PORT", 0)) if health else None,
        log_level=text("TUNESMITH_LOG_LEVEL", "info").upper(),
        prices=Path(text("TUNESMITH_PRICES")).expanduser() if text("TUNESMITH_PRICES") else None,
        language=language_for(text("TUNESMITH_LANGUAGE", ENGLISH)),
        http_port=http_port,
        slack_files_url=text("SLACK_FILES_URL"),
        wandb_project=text("TUNESMITH_WANDB_PROJECT", "tunesmith" if text("WANDB_API_KEY") else "") or None,
    )
    if text("TUNESMITH_LANGUAGE", ENGLISH)[:2].lower() not in {name[:2] for name in LANGUAGES}:
        faults.append(f"TUNESMITH_LANGUAGE must be en or zh, not {text('TUNESMITH_LANGUAGE')}.")
    faults += _faults(settings)
    if faults:
        raise InputError("\n".join(faults), next_step="docs/settings.md explains each setting.")
    return settings


def _with_slash(url: str) -> str:
    return url if url.endswith("/") else url + "/"


def _faults(settings: Settings) -> list[str]:
    """What is missing or does not fit together, one sentence each."""
    checks = (
        (
            not settings.bot_token,
            "SLACK_BOT_TOKEN is not set: it is the bot token (xoxb-…) of OAuth & Permissions.",
        ),
        (
            bool(settings.bot_token) and not settings.bot_token.startswith("xoxb-"),
            "SLACK_BOT_TOKEN must begin with xoxb-: you may have copied another token.",
        ),
        (
            settings.http_port is None and not settings.app_token,
            "SLACK_APP_TOKEN is not set: make one with scope connections:write, or use --http PORT.",
        ),
        (
            bool(settings.app_token) and not settings.app_token.startswith("xapp-"),
            "SLACK_APP_TOKEN must begin with xapp-: it is the app-level token of Basic Information.",
        ),
        (
            settings.http_port is not None and not settings.signing_secret,
            "SLACK_SIGNING_SECRET is not set: --http needs it to know that requests come from Slack.",
        ),
        (
            bool(settings.openai_base_url) and not settings.openai_api_key,
            "OPENAI_API_KEY is not set, but OPENAI_BASE_URL is: that server needs a key.",
        ),
        (
            urlsplit(settings.slack_api_url).scheme not in ("http", "https"),
            f"SLACK_API_URL must be an http(s) address, not {settings.slack_api_url}.",
        ),
        (
            settings.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"),
            f"TUNESMITH_LOG_LEVEL must be debug, info, warning or error, not {settings.log_level.lower()}.",
        ),
    )
    return [sentence for is_fault, sentence in checks if is_fault]


def settings_table() -> str:
    """The table in docs/settings.md, one row a setting."""
    rows = [f"| `{name}` | {f'`{default}`' if default else ''} | {what} |" for name, default, what in FIELDS]
    return "\n".join(["| Variable | Default | What it is for |", "|---|---|---|", *rows])
