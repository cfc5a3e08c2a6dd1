"""Read one training line: chat messages or prompt/completion, to a text, a label and what was wrong with it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SYSTEM_ROLES = ("system", "developer")
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
FORMAT_HINT = "Unexpected file format, expected either prompt/completion pairs or chat messages."


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One message of a conversation; `content` is plain text."""

    role: str
    content: str


@dataclass(frozen=True, kw_only=True)
class ParsedLine:
    """One training line: the turns before the answer, the answer, and its weight (0 = leave out)."""

    turns: tuple[Turn, ...]
    answer: str
    weight: float
    is_chat: bool


class LineError(ValueError):
    """The line is not a training example; the text says why, in OpenAI's words where they have some."""


def clean_text(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced; JSON lets them in, tokenizers do not."""
    if text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def content_text(content: object) -> str | None:
    """The plain text of a message content: a string, or a list of text parts; None for anything else."""
    if isinstance(content, str):
        return clean_text(content)
    if isinstance(content, list) and content:
        parts = [
            part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
            for part in content
        ]
        if all(isinstance(part, str) for part in parts):
            return clean_text("".join(str(part) for part in parts))
    return None


def training_object(raw: bytes, number: int) -> dict[str, Any]:
    """The JSON object of one line; `number` counts lines from 1. Raises LineError for anything else."""
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
    if "messages" not in value and not ("prompt" in value and "completion" in value):
        raise LineError(f"Invalid file format. Line {number}: {FORMAT_HINT}")
    return value


def prompt_and_completion(value: dict[str, Any], number: int) -> tuple[Turn, Turn]:
    """A pair as what the user and the assistant say. Raises LineError."""
    prompt, completion = value["prompt"], value["completion"]
    if not isinstance(prompt, str) or not isinstance(completion, str):
        raise LineError(f"Invalid file format. Example {number}: prompt and completion must be strings")
    return (
        Turn(role="user", content=clean_text(prompt)),
        Turn(role="assistant", content=clean_text(completion)),
    )


def chat_turns(
    value: dict[str, Any], number: int, *, learns: str, roles: Sequence[str] = ROLES
) -> tuple[Turn, ...]:
    """Every message in order, the last one the assistant's. Raises LineError; `learns` says why calls are refused."""
    messages = value["messages"]
    if not isinstance(messages, list) or not messages:
        raise LineError(
            f"Invalid file format. Example {number}, messages must be a list with at least one message"
        )
    if value.get("tools") or value.get("functions"):
        raise LineError(f'Example {number} contains an extra "tools": {learns}')
    turns = tuple(
        _parse_turn(message, f"Invalid file format. Example {number}, message {position}", learns, roles)
        for position, message in enumerate(messages, start=1)
    )
    if turns[-1].role != "assistant":
        raise LineError(f"Invalid file format. Example {number}, last message is not from the assistant")
    return turns


def _parse_turn(message: object, where: str, learns: str, roles: Sequence[str]) -> Turn:
    if not isinstance(message, dict):
        raise LineError(f"{where} is not a dictionary")
    if "role" not in message:
        raise LineError(f"{where} Discriminator 'role' is missing in value")
    role = message["role"]
    if role not in ROLES:
        raise LineError(f"{where} has the unknown role {str(role)[:40]!r}")
    if message.get("tool_calls") or message.get("function_call") or role not in roles:
        raise LineError(f"{where} has tool calls: {learns}")
    content = content_text(message.get("content"))
    if content is None:
        raise LineError(f"{where} content must be text")
    return Turn(role=role, content=content)


def parse_line(raw: bytes, number: int) -> ParsedLine:
    """One line of the file as a text and its label; `number` counts lines from 1. Raises LineError."""
    value = training_object(raw, number)
    if "messages" not in value:
        prompt, completion = prompt_and_completion(value, number)
        return ParsedLine(turns=(prompt,), answer=completion.content, weight=1.0, is_chat=False)
    turns = chat_turns(value, number, learns="a classifier learns labels, not calls")
    weight = value["messages"][-1].get("weight", 1)
    if weight not in (0, 1):
        raise LineError(f"Invalid file format. Example {number}, message {len(turns)} weight must be 0 or 1")
    return ParsedLine(turns=turns[:-1], answer=turns[-1].content, weight=float(weight), is_chat=True)
