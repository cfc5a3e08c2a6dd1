"""The input file of a batch: each line checked before anything runs, then read again piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from local.openai_server.errors import ApiError
from local.openai_server.jsonl import numbered_lines
from local.openai_server.store.batches import BatchFinding

MAX_REQUESTS = 50_000
FINDINGS_KEPT = 50


class RequestLine(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a batch."""

    custom_id: str
    method: str
    url: str
    body: msgspec.Raw


class _ModelOnly(msgspec.Struct):
    model: str


_line = msgspec.json.Decoder(RequestLine)
_model = msgspec.json.Decoder(_ModelOnly)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a look at all lines has found; `model` is set where every request names the same."""

    total: int
    findings: tuple[BatchFinding, ...]
    model: str | None


def check_lines(path: Path, endpoint: str) -> Checked:
    """Read all lines once; findings carry the line's number."""
    findings: list[BatchFinding] = []
    seen: set[str] = set()
    models: set[str] = set()
    total = 0
    try:
        for number, raw in numbered_lines(path):
            total += 1
            finding = _finding(raw, number, endpoint, seen, models)
            if finding is not None and len(findings) < FINDINGS_KEPT:
                findings.append(finding)
    except ApiError as error:
        findings.append(BatchFinding(code="invalid_json_line", message=error.message))
    if total == 0:
        findings.append(BatchFinding(code="empty_file", message="The batch file holds no request."))
    if total > MAX_REQUESTS:
        message = f"The batch file holds {total} requests; at most {MAX_REQUESTS} are run."
        findings.append(BatchFinding(code="too_many_requests", message=message))
    return Checked(total=total, findings=tuple(findings), model=models.pop() if len(models) == 1 else None)


def _finding(raw: bytes, number: int, endpoint: str, seen: set[str], models: set[str]) -> BatchFinding | None:
    try:
        line = _line.decode(raw)
        models.add(_model.decode(line.body).model)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        message = f"This line is not a request of a batch: {str(error)[:200]}"
        return BatchFinding(code="invalid_json_line", message=message, line=number)
    if line.custom_id in seen:
        message = f"The custom_id '{line.custom_id[:80]}' occurs more than once."
        return BatchFinding(code="duplicate_custom_id", message=message, line=number, param="custom_id")
    seen.add(line.custom_id)
    if line.method != "POST":
        return BatchFinding(
            code="invalid_method", message="The method must be POST.", line=number, param="method"
        )
    if line.url != endpoint:
        message = f"The url must be the batch's endpoint, {endpoint}."
        return BatchFinding(code="invalid_url", message=message, line=number, param="url")
    return None


class LineReader:
    """The requests of a checked file, a piece at a time, without those that are answered already."""

    def __init__(self, path: Path, answered: set[str]) -> None:
        lines = (_line.decode(raw) for _, raw in numbered_lines(path))
        self._lines: Iterator[RequestLine] = (line for line in lines if line.custom_id not in answered)

    def next_piece(self, size: int) -> list[RequestLine]:
        """The next requests; an empty list at the end."""
        return list(islice(self._lines, size))
