"""Read one training line: chat messages or prompt/completion, to a text, a label and what was wrong with it."""

import json
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


def parse_line(raw: bytes, number: int) -> ParsedLine:
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


def _parse_pair(value: dict[str, Any], number: int) -> ParsedLine:
    prompt, completion = value["prompt"], value["completion"]
    if not isinstance(prompt, str) or not isinstance(completion, str):
        raise LineError(f"Invalid file format. Example {number}: prompt and completion must be strings")
    return ParsedLine(
        turns=(Turn(role="user", content=clean_text(prompt)),),
        answer=clean_text(completion),
        weight=1.0,
        is_chat=False,
    )


def _parse_chat(value: dict[str, Any], number: int) -> ParsedLine:
    messages = value["messages"]
    if not isinstance(messages, list) or not messages:
        raise LineError(
            f"Invalid file format. Example {number}, messages must be a list with at least one message"
        )
    if value.get("tools") or value.get("functions"):
        raise LineError(f'Example {number} contains an extra "tools": a classifier learns labels, not calls')
    turns = [_parse_turn(message, number, position) for position, message in enumerate(messages, start=1)]
    last = messages[-1]
    if turns[-1].role != "assistant":
        raise LineError(f"Invalid file format. Example {number}, last message is not from the assistant")
    weight = last.get("weight", 1)
    if weight not in (0, 1):
        raise LineError(f"Invalid file format. Example {number}, message {len(turns)} weight must be 0 or 1")
    return ParsedLine(turns=tuple(turns[:-1]), answer=turns[-1].content, weight=float(weight), is_chat=True)


def _parse_turn(message: object, number: int, position: int) -> Turn:
    where = f"Invalid file format. Example {number}, message {position}"
    if not isinstance(message, dict):
        raise LineError(f"{where} is not a dictionary")
    if "role" not in message:
        raise LineError(f"{where} Discriminator 'role' is missing in value")
    role = message["role"]
    if role not in ROLES:
        raise LineError(f"{where} has the unknown role {str(role)[:40]!r}")
    if message.get("tool_calls") or message.get("function_call"):
        raise LineError(f"{where} has tool calls: a classifier learns labels, not calls")
    content = content_text(message.get("content"))
    if content is None:
        raise LineError(f"{where} content must be text")
    return Turn(role=role, content=content)
