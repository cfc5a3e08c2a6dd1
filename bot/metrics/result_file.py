"""The result file of a fine-tuning job, whichever OpenAI-compatible server wrote it: base64 or plain CSV, old names or new.

Columns seen: `step, train_loss, train_accuracy, valid_loss, valid_mean_token_accuracy` (OpenAI since 2023, base64; Azure,
plain), `training_loss, training_token_accuracy, validation_loss, …` with `classification/…` (OpenAI's fine-tunes until
2024), and more columns beside them. Cells are often empty: validation figures come on some steps only.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import math
from collections.abc import Mapping, Sequence

from bot.domain import ResultFile
from bot.errors import InputError
from bot.texts import t

_NAMES: Mapping[str, Sequence[str]] = {
    "train_loss": ("train_loss", "training_loss"),
    "train_accuracy": (
        "train_accuracy",
        "train_mean_token_accuracy",
        "training_token_accuracy",
        "training_accuracy",
    ),
    "valid_loss": ("full_valid_loss", "full_validation_loss", "valid_loss", "validation_loss"),
    "valid_accuracy": (
        "full_valid_mean_token_accuracy",
        "full_validation_mean_token_accuracy",
        "valid_mean_token_accuracy",
        "valid_accuracy",
        "validation_token_accuracy",
        "validation_mean_token_accuracy",
    ),
}
"""What we call it: what servers call it, the figure over the whole validation part first."""
CLASSIFICATION = "classification/"


def plain_csv(content: bytes) -> str:
    """The file's text, out of base64 where it is in base64. Raises InputError when it is neither."""
    text = _decoded(content)
    if "step" in text.partition("\n")[0]:
        return text
    try:
        inner = _decoded(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        inner = ""
    if "step" in inner.partition("\n")[0]:
        return inner
    raise InputError(
        t("The server's result file is no CSV with a step column, neither plain nor in base64."),
        next_step=t("Its bytes are at the server under the job's result_files."),
    )


def _decoded(content: bytes) -> str:
    return content.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def read_result_file(content: bytes) -> ResultFile:
    """The last figure of each column. Raises InputError for a file that is no result file."""
    reader = csv.DictReader(io.StringIO(plain_csv(content)))
    columns = tuple(name.strip() for name in reader.fieldnames or ())
    last: dict[str, float] = {}
    steps = 0
    for row in reader:
        steps += 1
        for name, cell in row.items():
            number = _number(cell)
            if name and number is not None:
                last[name.strip()] = number
    return ResultFile(
        columns=columns,
        steps=steps,
        **{ours: _first(last, theirs) for ours, theirs in _NAMES.items()},
        classification={
            name.removeprefix(CLASSIFICATION): number
            for name, number in last.items()
            if name.startswith(CLASSIFICATION)
        },
    )


def _number(cell: object) -> float | None:
    try:
        number = float(str(cell))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _first(found: Mapping[str, float], names: Sequence[str]) -> float | None:
    return next((found[name] for name in names if name in found), None)
