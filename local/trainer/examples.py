"""Read a training file into texts and labels, and refuse what a classifier cannot learn, by line and reason."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import toktok

from local.trainer.arrays import Rows
from local.trainer.errors import ExampleError
from local.trainer.jsonlines import SYSTEM_ROLES, LineError, ParsedLine, Turn, content_text, parse_line

ENCODING = "o200k_base"
MIN_EXAMPLES = 10
MAX_LABELS = 2_000
MAX_LINE_BYTES = 8_000_000
FINDINGS_SHOWN = 5
TOKENS_PER_MESSAGE = 4
TOKENS_PER_EXAMPLE = 3
"""What a chat example costs around its texts (OpenAI Cookbook, "Chat_finetuning_data_prep.ipynb", Nov 2026)."""
JOB_FAILED = "The job failed due to an invalid training file."


@dataclass(frozen=True, kw_only=True)
class TextTemplate:
    """How the text is taken from messages: contents joined by newlines, `system` left out where it says just this."""

    system: str | None = None

    def text_of(self, turns: Sequence[Turn]) -> str:
        """The classifier's text for the turns before the answer."""
        return "\n".join(turn.content for turn in turns if not self._is_constant(turn))

    def _is_constant(self, turn: Turn) -> bool:
        return self.system is not None and turn.role in SYSTEM_ROLES and turn.content == self.system


@dataclass(frozen=True, kw_only=True)
class ExampleSet:
    """A file's examples in file order; `tokens` are exact o200k_base counts of everything in the example."""

    texts: tuple[str, ...]
    answers: tuple[str, ...]
    tokens: tuple[int, ...]
    lines: tuple[int, ...]
    template: TextTemplate
    skipped: int

    def __len__(self) -> int:
        return len(self.texts)


def turns_of_messages(messages: Sequence[Mapping[str, object]]) -> list[Turn]:
    """The turns of request messages; a message without plain text counts as empty."""
    return [
        Turn(role=str(message.get("role", "user")), content=content_text(message.get("content")) or "")
        for message in messages
    ]


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Exact o200k_base token counts; lone surrogates count as their replacement character."""
    safe = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    counts: list[int] = toktok.batch_count(safe, ENCODING, threads=1)
    return counts


def _token_counts(lines: Sequence[ParsedLine], answers: Sequence[str]) -> tuple[int, ...]:
    """Tokens of each example as they are billed: every turn and the answer, and what frames chat messages."""
    contents = [turn.content for line in lines for turn in line.turns]
    spent = iter(count_tokens([*contents, *answers]))
    totals = [sum(next(spent) for _ in line.turns) for line in lines]
    for index, line in enumerate(lines):
        frame = TOKENS_PER_EXAMPLE + TOKENS_PER_MESSAGE * (len(line.turns) + 1) if line.is_chat else 0
        totals[index] += next(spent) + frame
    return tuple(totals)


class HasFormat(Protocol):
    """An example that says whether it came as chat messages."""

    @property
    def is_chat(self) -> bool:
        """False for a prompt/completion pair."""


Line = TypeVar("Line", bound=HasFormat)


def _parsed_lines(path: Path, parse: Callable[[bytes, int], Line]) -> Iterator[tuple[int, Line | LineError]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            raw = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if not raw.strip():
                continue
            if len(raw) > MAX_LINE_BYTES:
                yield number, LineError(f"Line {number} is longer than {MAX_LINE_BYTES:,} bytes")
                continue
            try:
                yield number, parse(raw.strip(), number)
            except LineError as error:
                yield number, error


def collected_lines(
    path: Path, param: str, parse: Callable[[bytes, int], Line]
) -> tuple[list[int], list[Line]]:
    """The file's lines that aren't blank, parsed, with their numbers. Raises ExampleError with every line at fault."""
    numbers: list[int] = []
    parsed: list[Line] = []
    findings: list[tuple[int, str]] = []
    for number, outcome in _parsed_lines(path, parse):
        if isinstance(outcome, LineError):
            findings.append((number, str(outcome)))
        else:
            numbers.append(number)
            parsed.append(outcome)
    if findings:
        raise _finding_error(findings, param)
    if len({line.is_chat for line in parsed}) > 1:
        other = next(index for index, line in enumerate(parsed) if line.is_chat != parsed[0].is_chat)
        message = (
            f"{JOB_FAILED} Line {numbers[other]} changes between chat messages and prompt/completion pairs"
        )
        raise ExampleError(message, param=param, line=numbers[other])
    return numbers, parsed


def _finding_error(findings: list[tuple[int, str]], param: str) -> ExampleError:
    shown = "; ".join(text for _, text in findings[:FINDINGS_SHOWN])
    more = f"; and {len(findings) - FINDINGS_SHOWN:,} more lines" if len(findings) > FINDINGS_SHOWN else ""
    return ExampleError(f"{JOB_FAILED} {shown}{more}", param=param, line=findings[0][0])


def _constant_system(parsed: Sequence[ParsedLine]) -> str | None:
    systems = {
        line.turns[0].content if line.turns and line.turns[0].role in SYSTEM_ROLES else None
        for line in parsed
    }
    return systems.pop() if len(systems) == 1 else None


def read_examples(
    path: Path,
    *,
    param: str = "training_file",
    minimum: int = MIN_EXAMPLES,
    template: TextTemplate | None = None,
) -> ExampleSet:
    """The file's examples; `weight: 0` answers are counted in `skipped`. Raises ExampleError.

    A template that is given (the parent's, or the training file's for a validation file) is used as it is; else
    a system message that every example begins with is left out of the texts.
    """
    numbers, parsed = collected_lines(path, param, parse_line)
    chosen = template or TextTemplate(system=_constant_system(parsed))
    kept = [(number, line) for number, line in zip(numbers, parsed, strict=True) if line.weight > 0]
    if len(kept) < minimum:
        raise ExampleError(
            f"{param.replace('_', ' ').capitalize()} has {len(kept)} example(s), but must have at least {minimum} "
            "examples",
            code="invalid_n_examples",
            param=param,
        )
    answers = tuple(line.answer.strip() for _, line in kept)
    return ExampleSet(
        texts=tuple(chosen.text_of(line.turns) for _, line in kept),
        answers=answers,
        tokens=_token_counts([line for _, line in kept], answers),
        lines=tuple(number for number, _ in kept),
        template=chosen,
        skipped=len(parsed) - len(kept),
    )


def require_labels(examples: ExampleSet, known: Sequence[str] = ()) -> tuple[str, ...]:
    """The label set: `known` first in its order, then new ones in order of first appearance.

    Raises ExampleError where the answers are no labels: empty, all the same, or nearly all different.
    """
    for answer, line in zip(examples.answers, examples.lines, strict=True):
        if not answer:
            message = f"{JOB_FAILED} Line {line}: the answer is empty; a classifier needs a label there"
            raise ExampleError(message, param="training_file", line=line)
    labels = tuple(dict.fromkeys([*known, *examples.answers]))
    if len(labels) < 2:
        message = (
            f"{JOB_FAILED} Every example has the label {labels[0][:80]!r}; a classifier needs at least two"
        )
        raise ExampleError(message, param="training_file")
    counts = Counter(examples.answers)
    repeated = sum(count for count in counts.values() if count > 1)
    if len(labels) > MAX_LABELS or repeated * 2 < len(examples):
        raise ExampleError(
            f"{JOB_FAILED} {len(counts):,} of {len(examples):,} answers are different: that is free text, and this "
            f"base model learns labels (at most {MAX_LABELS:,}, most of them repeated)",
            code="unsupported_training_file",
            param="training_file",
        )
    return labels


def label_rows(answers: Sequence[str], labels: Sequence[str], *, lines: Sequence[int], param: str) -> Rows:
    """The answers as positions in `labels`. Raises ExampleError for a label that training does not have."""
    position = {label: index for index, label in enumerate(labels)}
    for answer, line in zip(answers, lines, strict=True):
        if answer not in position:
            message = f"Line {line}: the label {answer[:80]!r} does not occur in the training file"
            raise ExampleError(message, code="invalid_validation_file", param=param, line=line)
    return np.array([position[answer] for answer in answers], dtype=np.int64)
