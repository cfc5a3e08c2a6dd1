"""How a question is put to a model: the one place that says it, for the examples it is trained on and for asking it later."""

from __future__ import annotations


def messages_for(text: str, *, system: str) -> list[dict[str, str]]:
    """The chat messages that ask about `text`; a system message first when there is a prompt for it."""
    question = {"role": "user", "content": text}
    return [{"role": "system", "content": system}, question] if system else [question]


def prompt_for(text: str, *, separator: str) -> str:
    """The prompt of the completion format that asks about `text`."""
    return text + separator


def completion_for(answer: str, *, stop: str) -> str:
    """What a model of the completion format is taught to answer: a space, the answer, the stop sequence."""
    return f" {answer}{stop}"
