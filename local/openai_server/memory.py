"""A first look at the memory a training will need, from its files' sizes; the trainer looks closer before the queue."""

from local.openai_server.errors import ApiError, invalid
from local.openai_server.settings import MEGABYTE
from local.openai_server.store.files import StoredFile
from local.openai_server.trainer_bridge import has_encoder

START_MB = 150
ENCODER_MB = 230
HASHING_MB, HASHED_AT_ONCE = 160, 1_500_000
BYTES_PER_FILE_BYTE = 8
BYTES_PER_LINE = 1_000
"""Peak memory of `local.trainer`, 2026-11-21: n-grams 164 MB at 200 lines of 12 words, 304 at 10,000 of 40 (3.3 MB of
file), 476 at 156,000 of 5 (20 MB), 466 at 120,000 of 40 (40 MB); the blend 383 MB at 200 lines of 12."""


def needed_mb(base: str, files: list[StoredFile]) -> int:
    """Megabytes that training on these files takes at its peak, about."""
    size = sum(file.size_bytes for file in files)
    lines = sum(file.lines or 0 for file in files)
    hashing = HASHING_MB * min(1.0, size / HASHED_AT_ONCE)
    rows = (size * BYTES_PER_FILE_BYTE + lines * BYTES_PER_LINE) / MEGABYTE
    return round(START_MB + (ENCODER_MB if has_encoder(base) else 0) + hashing + rows)


def check_fits(base: str, files: list[StoredFile], limit_mb: int) -> None:
    """Refuse a job that would not fit, with both figures (ApiError 400)."""
    needed = needed_mb(base, files)
    if needed > limit_mb:
        raise _too_large(base, needed, limit_mb)


def _too_large(base: str, needed: int, limit_mb: int) -> ApiError:
    message = (
        f"Training {base} on this file needs about {needed} MB of memory, and jobs here may use {limit_mb} MB. "
        "Train on fewer examples, or start the server with more (--job-memory-mb)."
    )
    return invalid(message, param="training_file", code="job_too_large")
