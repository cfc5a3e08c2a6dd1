"""The files of a file to classify: texts out of its rows, requests for the server, and the CSV with the labels.

Everything here runs in the sandbox's child process and works batch by batch: memory holds a piece of the file and two
numbers a row, however large the file is.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from bot.datasets.ask_format import messages_for, prompt_for
from bot.datasets.columns import choose
from bot.datasets.names import column_names
from bot.datasets.safe_cells import safe_cell
from bot.datasets.sample import take_sample
from bot.datasets.spool import Spool, open_spool
from bot.datasets.templates import parse_template
from bot.datasets.workspace import SPOOL_NAME
from bot.domain import Choices, ExampleFormat, FineTunedModel
from bot.errors import DatasetError
from bot.remote_answers import read_answer

REQUESTS_PER_FILE = 50_000
"""OpenAI API reference, Batch: at most 50,000 requests a file."""
MAX_LABEL_TOKENS = 64
TEXTS_NAME, ANSWERS_NAME = "texts.jsonl", "answers.jsonl"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What is to be asked: rows of the file, rows that have a text, the template used, how many files of requests."""

    rows: int
    asked: int
    text: str
    files: int


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """What came of it: rows with a label, without one, below the threshold, and (label, rows), the commonest first."""

    labelled: int
    without: int
    unsure: int
    mix: tuple[tuple[str, int], ...]


def text_template(spool: Spool, wanted: Sequence[str]) -> str:
    """The first of the templates whose columns the file has, else the one its columns suggest.

    Raises DatasetError when a file has no column with texts.
    """
    for template in wanted:
        try:
            return parse_template(template, spool.columns).source
        except DatasetError:
            continue
    return choose(take_sample(spool, is_split=False), Choices(label="")).text


def write_requests(folder: Path, target: Path, *, wanted: list[str], model: FineTunedModel) -> Written:
    """Write `requests-N.jsonl` for the batch API into `target`; a row without a text is not asked about."""
    target.mkdir(parents=True, exist_ok=True)
    spool = open_spool(folder / SPOOL_NAME)
    text = text_template(spool, wanted)
    files = asked = 0
    with ExitStack() as stack:
        out: IO[bytes] | None = None
        for row, said in _texts(spool, text):
            if out is None or asked % REQUESTS_PER_FILE == 0:
                stack.close()
                out = stack.enter_context((target / f"requests-{files}.jsonl").open("wb"))
                files += 1
            out.write(orjson.dumps(_request(row, said, model)) + b"\n")
            asked += 1
    return Written(rows=spool.rows, asked=asked, text=text, files=files)


def write_texts(folder: Path, target: Path, *, wanted: list[str]) -> Written:
    """Write the texts to ask about into `target`, a JSON line each with its row, for servers without batches."""
    target.mkdir(parents=True, exist_ok=True)
    spool = open_spool(folder / SPOOL_NAME)
    text = text_template(spool, wanted)
    asked = 0
    with (target / TEXTS_NAME).open("wb") as out:
        for row, said in _texts(spool, text):
            out.write(orjson.dumps({"row": row, "text": said}) + b"\n")
            asked += 1
    return Written(rows=spool.rows, asked=asked, text=text, files=0)


def _texts(spool: Spool, text: str) -> Iterator[tuple[int, str]]:
    """(row, text) of every row that has one, trimmed as the examples were."""
    template = parse_template(text, spool.columns)
    start = 0
    for batch in spool.batches(list(dict.fromkeys(template.columns))):
        for place, said in enumerate(template.render(batch).to_pylist()):
            if said and said.strip():
                yield start + place, said.strip()
        start += batch.num_rows


def _request(row: int, text: str, model: FineTunedModel) -> dict[str, Any]:
    body: dict[str, Any] = {"model": model.name, "temperature": 0, "max_tokens": MAX_LABEL_TOKENS}
    if model.format is ExampleFormat.COMPLETION:
        body["prompt"] = prompt_for(text, separator=model.separator)
        if model.stop:
            body["stop"] = [model.stop]
    else:
        body["messages"] = messages_for(text, system=model.system)
    return {"custom_id": str(row), "method": "POST", "url": endpoint_of(model), "body": body}


def endpoint_of(model: FineTunedModel) -> str:
    """Where the model's format is asked."""
    chat = model.format is not ExampleFormat.COMPLETION
    return "/v1/chat/completions" if chat else "/v1/completions"


def write_result(folder: Path, target: Path, *, model: FineTunedModel, threshold: float) -> Labelled:
    """Write `result.csv` into `target`: the file's own columns, then label and probability. No cell is a formula."""
    spool = open_spool(folder / SPOOL_NAME)
    names: dict[str, int] = {}
    labels = np.full(spool.rows, -1, np.int32)
    chances = np.full(spool.rows, np.nan, np.float32)
    for row, label, chance in _answers(target, model):
        if 0 <= row < spool.rows:
            labels[row] = names.setdefault(label, len(names))
            chances[row] = np.nan if chance is None else chance
    known = list(names)
    with (target / "result.csv").open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        header = column_names([*spool.columns, "label", "probability"], len(spool.columns) + 2)
        writer.writerow([safe_cell(name) for name in header])
        start = 0
        for batch in spool.batches(spool.columns):
            cells = [column.to_pylist() for column in batch.columns]
            for place, record in enumerate(zip(*cells, strict=True), start):
                writer.writerow(
                    [*map(safe_cell, record), *_verdict(known, int(labels[place]), float(chances[place]))]
                )
            start += batch.num_rows
    counts = Counter(labels[labels >= 0].tolist())
    return Labelled(
        labelled=int((labels >= 0).sum()),
        without=int((labels < 0).sum()),
        unsure=int((chances < threshold).sum()),
        mix=tuple((known[code], rows) for code, rows in counts.most_common()),
    )


def _verdict(known: Sequence[str], code: int, chance: float) -> list[str]:
    if code < 0:
        return ["", ""]
    return [safe_cell(known[code]), "" if math.isnan(chance) else f"{chance:.4f}"]


def _answers(target: Path, model: FineTunedModel) -> Iterator[tuple[int, str, float | None]]:
    """(row, label, probability) out of what the server's batches gave, or of what was asked row by row."""
    for path in sorted(target.glob("output-*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                entry = orjson.loads(line)
                choices = ((entry.get("response") or {}).get("body") or {}).get("choices") or ()
                if choices:
                    said = (choices[0].get("message") or {}).get("content") or choices[0].get("text") or ""
                    label, shares, _ = read_answer(choices[0], str(said).strip(), model)
                    yield int(entry["custom_id"]), label, dict(shares).get(label)
    for entry in answered_lines(target):
        yield entry["row"], entry["label"], entry["p"]


def answered_lines(target: Path) -> Iterator[dict[str, Any]]:
    """The answers to rows asked one by one; a line that a killed process cut short is left out."""
    path = target / ANSWERS_NAME
    if path.exists():
        with path.open("rb") as lines:
            yield from (orjson.loads(line) for line in lines if line.endswith(b"\n"))
