"""Read a training file for a model that writes: whole conversations, each assistant message with its weight."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.trainer.errors import ExampleError
from local.trainer.examples import JOB_FAILED, MIN_EXAMPLES, collected_lines, count_tokens
from local.trainer.jsonlines import (
    LineError,
    Turn,
    chat_turns,
    prompt_and_completion,
    training_object,
)

SPEAKERS = ("system", "developer", "user", "assistant")
"""Who speaks in a text: a model that writes learns no calls, so nothing answers one."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """One example: its turns, which of them are learnt (assistant messages whose weight is not 0), its line."""

    turns: tuple[Turn, ...]
    learnt: tuple[bool, ...]
    is_chat: bool


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """A file's examples in file order; `skipped` counts those in which nothing is learnt."""

    examples: tuple[Conversation, ...]
    lines: tuple[int, ...]
    skipped: int


def read_conversations(
    path: Path, *, param: str = "training_file", minimum: int = MIN_EXAMPLES
) -> Conversations:
    """The file's examples. Raises ExampleError with the lines at fault."""
    numbers, parsed = collected_lines(path, param, parse_conversation)
    kept = [(number, one) for number, one in zip(numbers, parsed, strict=True) if any(one.learnt)]
    if len(kept) < minimum:
        raise ExampleError(
            f"{param.replace('_', ' ').capitalize()} has {len(kept)} example(s), but must have at least {minimum} "
            "examples",
            code="invalid_n_examples",
            param=param,
        )
    for number, one in kept:
        empty = any(wanted and not turn.content for wanted, turn in zip(one.learnt, one.turns, strict=True))
        if empty:
            raise ExampleError(f"{JOB_FAILED} Line {number}: the answer is empty", param=param, line=number)
    return Conversations(
        examples=tuple(one for _, one in kept),
        lines=tuple(number for number, _ in kept),
        skipped=len(parsed) - len(kept),
    )


def parse_conversation(raw: bytes, number: int) -> Conversation:
    """One line of the file; `number` counts lines from 1. Raises LineError."""
    value = training_object(raw, number)
    if "messages" not in value:
        pair = prompt_and_completion(value, number)
        return Conversation(turns=pair, learnt=(False, True), is_chat=False)
    turns = chat_turns(value, number, learns="this base model writes text, not calls", roles=SPEAKERS)
    learnt = tuple(
        _is_learnt(message, f"Invalid file format. Example {number}, message {position}")
        for position, message in enumerate(value["messages"], start=1)
    )
    return Conversation(turns=turns, learnt=learnt, is_chat=True)


def _is_learnt(message: dict[str, Any], where: str) -> bool:
    weight, role = message.get("weight", 1), message["role"]
    if weight not in (0, 1) or ("weight" in message and role != "assistant"):
        raise LineError(f"{where} weight must be 0 or 1, and only assistant messages have one")
    return bool(role == "assistant" and weight == 1)


def billed_tokens(examples: Conversations) -> int:
    """o200k_base tokens of all texts: about what the base's own tokenizer will count, for estimates."""
    return sum(count_tokens([turn.content for one in examples.examples for turn in one.turns]))
