"""What can be set on the server, and the one place here that reads the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1024 * 1024

STANDARD_WEBHOOK_DELAYS_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
"""Seconds before each repeat; the schedule that the Standard Webhooks specification recommends
(https://github.com/standard-webhooks/standard-webhooks, read 2026-11-21)."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Everything the server can be told. Sizes and times carry their unit in the name.

    A job takes every core: its `job_nice` gives way to answers, whose p99 beside a job is the same as with a core kept
    free for them, while banking77 trains in 46 s in place of 73 (two cores, 2026-11-21).
    """

    home: Path
    api_key: str | None = None
    max_running_jobs: int = 1
    job_memory_mb: int = 2048
    job_threads: int = os.cpu_count() or 2
    job_nice: int = 10
    writer_threads: int = max(1, (os.cpu_count() or 2) - 1)
    checkpoint_seconds: int = 30
    stall_after_s: float = 6 * 3600.0
    stop_grace_s: float = 5.0
    shutdown_grace_s: float = 10.0
    tick_s: float = 0.1
    model_cache_mb: int = 256
    max_file_mb: int = 512
    max_upload_mb: int = 8192
    max_json_mb: int = 32
    webhook_retry_delays_s: tuple[float, ...] = STANDARD_WEBHOOK_DELAYS_S
    trainer_command: tuple[str, ...] | None = None
    model_folders: tuple[Path, ...] = ()
    tuner: str = "auto"


MODEL_FOLDERS_VARIABLE = "TUNESMITH_MODEL_FOLDERS"
TUNER_VARIABLE, TUNERS = "TUNESMITH_TUNER", ("auto", "numpy")


class SettingError(ValueError):
    """An environment variable has a value that means nothing."""


def model_folders_from_environment() -> tuple[Path, ...]:
    """TUNESMITH_MODEL_FOLDERS: folders whose subfolders are bases of the team's own, separated as in PATH."""
    named = os.environ.get(MODEL_FOLDERS_VARIABLE, "").split(os.pathsep)
    return tuple(Path(name).expanduser().resolve() for name in named if name)


def tuner_from_environment() -> str:
    """TUNESMITH_TUNER: what tunes the encoder of minilm-l6-full-1; `auto` is torch where it is installed.

    Raises SettingError for anything but `auto` and `numpy`.
    """
    named = os.environ.get(TUNER_VARIABLE) or TUNERS[0]
    if named not in TUNERS:
        raise SettingError(f"{TUNER_VARIABLE} must be {' or '.join(TUNERS)}, not {named!r}.")
    return named


def api_key_from_environment() -> str | None:
    """TUNESMITH_API_KEY, or None where it is unset or empty."""
    return os.environ.get("TUNESMITH_API_KEY") or None
