"""Read a training file for a model that writes: whole conversations, each assistant message with its weight."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.trainer.errors import ExampleError
from local.trainer.examples import JOB_FAILED, MIN_EXAMPLES, collected_lines, count_tokens
from local.trainer.jsonlines import FORMAT_HINT, ROLES, LineError, Turn, clean_text, content_text

NO_CALLS = "has tool calls: this base model writes text, not calls"


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
    try:
        value = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LineError(f"Line {number} is not UTF-8 text (byte {error.start + 1})") from error
    except (json.JSONDecodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        start = raw[:40].decode("utf-8", "replace")
        raise LineError(
            "Expected file to have JSONL format, where every line is a JSON dictionary. "
            f'Line {number} is not a dictionary (HINT: line starts with: "{start}")'
        )
    if "messages" in value:
        return _parse_chat(value, number)
    if "prompt" in value and "completion" in value:
        return _parse_pair(value, number)
    raise LineError(f"Invalid file format. Line {number}: {FORMAT_HINT}")


def _parse_pair(value: dict[str, Any], number: int) -> Conversation:
    prompt, completion = value["prompt"], value["completion"]
    if not isinstance(prompt, str) or not isinstance(completion, str):
        raise LineError(f"Invalid file format. Example {number}: prompt and completion must be strings")
    turns = (
        Turn(role="user", content=clean_text(prompt)),
        Turn(role="assistant", content=clean_text(completion)),
    )
    return Conversation(turns=turns, learnt=(False, True), is_chat=False)


def _parse_chat(value: dict[str, Any], number: int) -> Conversation:
    messages = value["messages"]
    if not isinstance(messages, list) or not messages:
        raise LineError(
            f"Invalid file format. Example {number}, messages must be a list with at least one message"
        )
    if value.get("tools") or value.get("functions"):
        raise LineError(f'Example {number} contains an extra "tools": this base model writes text, not calls')
    turns = [_parse_turn(message, number, position) for position, message in enumerate(messages, start=1)]
    if turns[-1][0].role != "assistant":
        raise LineError(f"Invalid file format. Example {number}, last message is not from the assistant")
    return Conversation(
        turns=tuple(turn for turn, _ in turns), learnt=tuple(learnt for _, learnt in turns), is_chat=True
    )


def _parse_turn(message: object, number: int, position: int) -> tuple[Turn, bool]:
    where = f"Invalid file format. Example {number}, message {position}"
    if not isinstance(message, dict):
        raise LineError(f"{where} is not a dictionary")
    if "role" not in message:
        raise LineError(f"{where} Discriminator 'role' is missing in value")
    role = message["role"]
    if role not in ROLES:
        raise LineError(f"{where} has the unknown role {str(role)[:40]!r}")
    if message.get("tool_calls") or message.get("function_call") or role in ("tool", "function"):
        raise LineError(f"{where} {NO_CALLS}")
    content = content_text(message.get("content"))
    if content is None:
        raise LineError(f"{where} content must be text")
    weight = message.get("weight", 1)
    if weight not in (0, 1) or ("weight" in message and role != "assistant"):
        raise LineError(f"{where} weight must be 0 or 1, and only assistant messages have one")
    return Turn(role=role, content=content), role == "assistant" and weight == 1


def billed_tokens(examples: Conversations) -> int:
    """o200k_base tokens of all texts: about what the base's own tokenizer will count, for estimates."""
    return sum(count_tokens([turn.content for one in examples.examples for turn in one.turns]))
