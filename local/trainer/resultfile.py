"""The job's result file: a CSV row a reported step, then rows of the class metrics.

Columns: step, train_loss, train_accuracy, valid_loss, valid_mean_token_accuracy (as OpenAI's result files have
them), then epoch, elapsed_examples, elapsed_tokens, full_valid_loss, full_valid_mean_token_accuracy and one
`classification/…` column a metric (the names of the legacy fine-tunes results; filled on the last row only).
"""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.trainer.durable import replace_file
from local.trainer.progress import FILE_NAME as PROGRESS_FILE

FILE_NAME = "result.csv"
OPENAI_COLUMNS = ("step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy")
OWN_COLUMNS = (
    "epoch",
    "elapsed_examples",
    "elapsed_tokens",
    "full_valid_loss",
    "full_valid_mean_token_accuracy",
)


def _told(folder: Path) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    """Step lines and checkpoint metrics of the progress file, by step."""
    steps, checkpoints = {}, {}
    with (folder / PROGRESS_FILE).open("rb") as file:
        for raw in file:
            line = json.loads(raw)
            if line["type"] == "step":
                steps[line["step"]] = {**line, "train_accuracy": line["train_mean_token_accuracy"]}
            elif line["type"] == "checkpoint":
                checkpoints[line["step"]] = line["metrics"]
    return steps, checkpoints


def write_result_file(folder: Path, classification: Mapping[str, float]) -> str:
    """Write result.csv from the progress file and the class metrics; its name."""
    steps, checkpoints = _told(folder)
    class_columns = [f"classification/{name}" for name in classification]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*OPENAI_COLUMNS, *OWN_COLUMNS, *class_columns])
    last = max(steps, default=0)
    for step, line in sorted(steps.items()):
        row = {**line, **{name: checkpoints.get(step, {}).get(name, "") for name in OWN_COLUMNS[3:]}}
        classes = list(classification.values()) if step == last else [""] * len(class_columns)
        writer.writerow([row.get(name, "") for name in (*OPENAI_COLUMNS, *OWN_COLUMNS)] + classes)
    replace_file(folder / FILE_NAME, text.getvalue().encode())
    return FILE_NAME
