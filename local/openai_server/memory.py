"""A first look at the memory a training will need, from its files' sizes; the trainer looks closer before the queue."""

from local.openai_server.errors import ApiError, invalid
from local.openai_server.settings import MEGABYTE
from local.openai_server.store.files import StoredFile
from local.openai_server.trainer_bridge import has_encoder

START_MB = 170
ENCODER_MB = 230
BYTES_PER_FILE_BYTE = 56
VECTOR_BYTES_PER_LINE = 3584
"""Peak resident memory of `local.trainer`, 20 labels, 12 words a line, 2026-11-21: n-grams 164 MB at 200 lines, 212 at
5,000, 524 at 40,000 (6.7 MB of file); the blend 383 MB at 200 lines; its vectors are 3 KB a line."""


def needed_mb(base: str, files: list[StoredFile]) -> int:
    """Megabytes that training on these files takes at its peak, about."""
    size = sum(file.size_bytes for file in files) * BYTES_PER_FILE_BYTE
    if has_encoder(base):
        size += sum(file.lines or 0 for file in files) * VECTOR_BYTES_PER_LINE
    return START_MB + (ENCODER_MB if has_encoder(base) else 0) + size // MEGABYTE


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
