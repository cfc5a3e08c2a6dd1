"""Conversations to token ids and back, by the tokenizer.json and the chat template of a base's folder; no torch."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from local.trainer.errors import WeightsError
from local.trainer.jsonlines import Turn

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% else %}{{ '\\n' }}{% endif %}{% endfor %}"
)
"""For bases without a chat template: contents a line each, the answer and the end-of-text token after them."""
REPLACEMENT = "\ufffd"


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """One example: its ids, and for each whether it is learnt."""

    ids: tuple[int, ...]
    learnt: tuple[bool, ...]

    @property
    def first_learnt(self) -> int:
        """Position of the first id that is learnt; the length where there is none."""
        return self.learnt.index(True) if True in self.learnt else len(self.ids)


class ChatTokenizer:
    """A base's tokenizer and template. Prompts and examples are cut into ids in the same pieces, so that an answer
    in use follows exactly the ids that it followed in training."""

    def __init__(self, folder: Path) -> None:
        """Raises WeightsError where the folder has no tokenizer.json."""
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises nothing narrower
            raise WeightsError(f"{folder.name}/tokenizer.json cannot be read: {error}") from error
        self._settings = _json(folder / "tokenizer_config.json")
        config = {**_json(folder / "config.json"), **_json(folder / "generation_config.json")}
        self._template = _template_text(folder, self._settings)
        self.has_template = self._template is not None
        self.end_ids = self._end_ids(config)

    def _end_ids(self, config: dict[str, Any]) -> frozenset[int]:
        found = config.get("eos_token_id")
        ids = set(found if isinstance(found, list) else [] if found is None else [found])
        own = self._tokenizer.token_to_id(self._special("eos_token"))
        return frozenset(ids | ({own} if own is not None else set()))

    def _special(self, name: str) -> str:
        value = self._settings.get(name) or ""
        return str(value.get("content", "")) if isinstance(value, dict) else str(value)

    @cached_property
    def _compiled(self) -> Any:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = lambda form: datetime.now(UTC).strftime(form)
        environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
        return environment.from_string(self._template or PLAIN_TEMPLATE)

    def _rendered(self, turns: Sequence[Turn], *, for_answer: bool) -> str:
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        names = {name: self._special(name) for name in ("bos_token", "eos_token", "unk_token", "pad_token")}
        return self._render(messages=messages, add_generation_prompt=for_answer, tools=None, **names)

    def _render(self, **values: Any) -> str:
        from jinja2 import TemplateError

        try:
            return str(self._compiled.render(**values))
        except (TemplateError, TypeError) as error:
            raise WeightsError(f"the base's chat template cannot be used: {error}") from error

    def _pieces(self, turns: Sequence[Turn], learnt: Sequence[bool]) -> list[tuple[str, bool]]:
        """The rendered text in pieces, cut where an assistant's text begins and where its message ends."""
        pieces: list[tuple[str, bool]] = []
        done = 0
        for position, turn in enumerate(turns):
            if turn.role != "assistant":
                continue
            before = self._rendered(turns[:position], for_answer=True)
            whole = self._rendered(turns[: position + 1], for_answer=False)
            if not whole.startswith(before) or len(before) < done:
                raise WeightsError(
                    "the base's chat template changes earlier messages; it cannot be trained with"
                )
            pieces += [(before[done:], False), (whole[len(before) :], learnt[position])]
            done = len(whole)
        return pieces

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def example(self, turns: Sequence[Turn], learnt: Sequence[bool]) -> Encoded:
        """The ids of a training example, which ends with the last answer's end token."""
        ids: list[int] = []
        flags: list[bool] = []
        for text, wanted in self._pieces(turns, learnt):
            found = self._ids(text)
            end = next((place for place, one in enumerate(found) if one in self.end_ids), None)
            until = 0 if not wanted else len(found) if end is None else end + 1
            ids += found
            flags += [True] * until + [False] * (len(found) - until)
        last = len(flags) - flags[::-1].index(True) if True in flags else len(flags)
        return Encoded(ids=tuple(ids[:last]), learnt=tuple(flags[:last]))

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        """The ids of a conversation up to where the answer begins."""
        pieces = self._pieces(turns, [False] * len(turns))
        done = sum(len(text) for text, _ in pieces)
        rest = self._rendered(turns, for_answer=True)[done:]
        return [one for text in (*(text for text, _ in pieces), rest) for one in self._ids(text)]

    @cached_property
    def _byte_of_sign(self) -> dict[str, int] | None:
        """How a byte-level tokenizer writes bytes as letters (GPT-2's table); None for another kind."""
        form = json.loads(self._tokenizer.to_str())
        kinds = json.dumps([form.get("decoder"), form.get("pre_tokenizer")])
        if '"ByteLevel"' not in kinds:
            return None
        plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
        others = [byte for byte in range(256) if byte not in plain]
        return {chr(byte): byte for byte in plain} | {chr(256 + n): byte for n, byte in enumerate(others)}

    def token_bytes(self, token: int) -> bytes:
        """The bytes that an id stands for; several ids may share a character."""
        piece = self._tokenizer.id_to_token(token) or ""
        table = self._byte_of_sign
        if table is not None and all(sign in table for sign in piece):
            return bytes(table[sign] for sign in piece)
        if table is None and piece.startswith("<0x") and piece.endswith(">"):
            return bytes([int(piece[3:-1], 16)])
        return piece.replace("▁", " ").encode("utf-8", "replace")

    def text(self, ids: Sequence[int]) -> str:
        """The text of ids; an unfinished character at the end counts as a replacement character."""
        return b"".join(self.token_bytes(one) for one in ids).decode("utf-8", "replace")


def _refuse(message: str) -> None:
    raise WeightsError(f"the base's chat template refuses this conversation: {message}")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _template_text(folder: Path, settings: dict[str, Any]) -> str | None:
    path = folder / "chat_template.jinja"
    if path.exists():
        return path.read_text(encoding="utf-8")
    found = settings.get("chat_template")
    if isinstance(found, list):
        return next((str(one["template"]) for one in found if one.get("name") == "default"), None)
    return str(found) if found else None
