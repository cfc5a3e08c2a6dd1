"""Turns chat data into examples: a spool of its own with a row for each, from message lists or from conversation logs.

A log (conversation, speaker, text) becomes an example for each turn of the agent, with the history so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import xxhash

from bot.datasets import chat_schema
from bot.datasets.chat_schema import NO_LIST, Message, parse_messages, problem_of, role_of, text_of
from bot.datasets.columns import Mapping
from bot.datasets.spool import FILE, LINE, Spool, open_spool
from bot.datasets.tokens import TOKENS_PER_EXAMPLE, TOKENS_PER_MESSAGE, count_tokens

TEXT, ANSWER, EXAMPLE = "text", "answer", "example"
PROBLEM, TOKENS, GROUP, SYSTEM, MIXED, TURNS = (
    "__problem__", "__tokens__", "__group__", "__system__", "__mixed__", "__turns__"
)  # fmt: skip
TECHNICAL = (PROBLEM, TOKENS, GROUP, SYSTEM, MIXED, TURNS)
"""Columns of a spool of examples that are ours, not the file's."""
TOOLS_COLUMNS = ("tools", "functions")
PREFERRED_COLUMN = "preferred_output"
"""In files of preferences: the better answer, which is the one to teach."""
PROMPT_COLUMNS = ("prompt", "completion")
MOST_HISTORY = 100
"""Messages of a log that go before an agent's turn, the latest ones."""
_ROWS = 4_096

_SCHEMA = [
    (TEXT, pa.string()),
    (ANSWER, pa.string()),
    (EXAMPLE, pa.string()),
    (PROBLEM, pa.int8()),
    (TOKENS, pa.int32()),
    (GROUP, pa.uint64()),
    (SYSTEM, pa.bool_()),
    (MIXED, pa.bool_()),
    (TURNS, pa.int16()),
    (LINE, pa.int64()),
]


@dataclass(frozen=True, kw_only=True)
class ChatExample:
    """Messages of one example. `conversation` names what must not be torn apart by a split."""

    messages: list[Message] | None
    line: int
    file: str
    conversation: str
    raw: str = ""
    extra: dict[str, Any] | None = None
    is_mixed: bool = False


def write_chat_spool(spool: Spool, mapping: Mapping, path: Path) -> Spool:
    """The spool of examples that the mapping makes of `spool`."""
    examples = _from_log(spool, mapping) if mapping.conversation else _from_messages(spool, mapping)
    schema = pa.schema(
        [*_SCHEMA, *([(FILE, pa.dictionary(pa.int32(), pa.string()))] if spool.has_file else [])]
    )
    files = _file_names(spool)
    partial = path.with_name(f"{path.name}.partial")
    with pa.ipc.new_file(str(partial), schema) as sink:
        batch: list[ChatExample] = []
        size = 0
        for example in examples:
            batch.append(example)
            size += len(example.raw) + sum(len(text_of(message)) for message in example.messages or ())
            if len(batch) >= _ROWS or size > (4 << 20):
                sink.write_batch(_record_batch(batch, schema, files))
                batch, size = [], 0
        if batch:
            sink.write_batch(_record_batch(batch, schema, files))
    partial.replace(path)
    return open_spool(path)


def _file_names(spool: Spool) -> list[str]:
    if not spool.has_file:
        return []
    first = next(iter(spool.batches([FILE])), None)
    return first.column(FILE).dictionary.to_pylist() if first is not None else []


def _record_batch(examples: list[ChatExample], schema: pa.Schema, files: list[str]) -> pa.RecordBatch:
    rows = [_row(example) for example in examples]
    columns = [pa.array([row[name] for row in rows], kind) for name, kind in _SCHEMA]
    if FILE in schema.names:
        places = pa.array([files.index(example.file) for example in examples], pa.int32())
        columns.append(pa.DictionaryArray.from_arrays(places, pa.array(files, pa.string())))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _row(example: ChatExample) -> dict[str, Any]:
    messages, extra = example.messages, example.extra or {}
    problem = NO_LIST if messages is None else problem_of(messages, extra.get("tools") or [])
    known = messages or []
    history = "\n".join(f"{message.get('role')}: {text_of(message)}" for message in known[:-1])
    return {
        TEXT: history,
        ANSWER: text_of(known[-1]) if known else "",
        EXAMPLE: example.raw
        if problem
        else orjson.dumps({"messages": known, **extra}).decode("utf-8", "replace"),
        PROBLEM: problem,
        TOKENS: tokens_of(known, extra),
        GROUP: xxhash.xxh3_64_intdigest(example.conversation),
        SYSTEM: bool(known) and known[0].get("role") in ("system", "developer"),
        MIXED: example.is_mixed,
        TURNS: len(_turns(known)),
        LINE: example.line,
    }


def tokens_of(messages: list[Message], extra: dict[str, Any]) -> int:
    """As OpenAI's cookbook counts them, every message with its role; tools by their JSON."""
    texts = [text_of(message) for message in messages]
    if extra:
        texts.append(orjson.dumps(extra).decode())
    return TOKENS_PER_EXAMPLE + TOKENS_PER_MESSAGE * len(messages) + sum(count_tokens(texts))


def _from_messages(spool: Spool, mapping: Mapping) -> Iterator[ChatExample]:
    column = mapping.text.strip("{}")
    tools = next((name for name in TOOLS_COLUMNS if name in spool.columns), "")
    pair = PROMPT_COLUMNS if set(PROMPT_COLUMNS) <= set(spool.columns) else ()
    for batch in spool.batches():
        lines = batch.column(LINE).to_pylist()
        cells = batch.column(column).to_pylist()
        files = batch.column(FILE).to_pylist() if spool.has_file else [""] * len(lines)
        listed = batch.column(tools).to_pylist() if tools else [""] * len(lines)
        others = zip(*(batch.column(name).to_pylist() for name in pair), strict=True) if pair else None
        prompts = list(others) if others is not None else [("", "")] * len(lines)
        if PREFERRED_COLUMN in spool.columns:
            answers = batch.column(PREFERRED_COLUMN).to_pylist()
            cells = [_joined(cell, answer) for cell, answer in zip(cells, answers, strict=True)]
        for cell, line, file, listing, prompt in zip(cells, lines, files, listed, prompts, strict=True):
            yield from _of_cell(cell, line, file, listing, prompt, tools, per_turn=mapping.per_turn)


def _joined(messages: str, answer: str) -> str:
    """Two JSON lists of messages as one; the first as it is when either is none."""
    asked, answered = parse_messages(messages), parse_messages(answer)
    return orjson.dumps([*asked, *answered]).decode() if asked and answered else messages


def _of_cell(
    cell: str, line: int, file: str, listing: str, prompt: tuple[str, str], tools: str, *, per_turn: bool
) -> Iterator[ChatExample]:
    if not cell.strip() and all(part.strip() for part in prompt):
        asked, answered = (part.strip() for part in prompt)
        messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        yield ChatExample(messages=messages, line=line, file=file, conversation=asked, is_mixed=True)
        return
    parsed = parse_messages(cell)
    extra = {tools: orjson.loads(listing)} if tools and _is_json_list(listing) else None
    turns = _turns(parsed) if per_turn and parsed else [parsed]
    for turn in turns:
        yield ChatExample(messages=turn, line=line, file=file, conversation=cell, raw=cell, extra=extra)


def _is_json_list(cell: str) -> bool:
    try:
        return isinstance(orjson.loads(cell), list)
    except orjson.JSONDecodeError:
        return False


def _turns(messages: list[Message]) -> list[list[Message]]:
    """The messages up to each word of the assistant that a user's goes before."""
    ends = [place for place, message in enumerate(messages) if message.get("role") == "assistant"]
    asked = next((place for place, message in enumerate(messages) if message.get("role") == "user"), None)
    return [messages[: end + 1] for end in ends if asked is not None and end > asked]


@dataclass(frozen=True, kw_only=True)
class _Spoken:
    conversation: str
    speaker: str
    text: str
    line: int
    file: str


def _from_log(spool: Spool, mapping: Mapping) -> Iterator[ChatExample]:
    roles = _roles_of(spool, mapping.label)
    for conversation in _conversations(spool, mapping):
        said: list[Message] = []
        speakers = [roles.get(spoken.speaker, "user") for spoken in conversation]
        for place, (role, spoken) in enumerate(zip(speakers, conversation, strict=True)):
            if said and said[-1]["role"] == role:
                said[-1] = {"role": role, "content": f"{said[-1]['content']}\n{spoken.text}"}
            else:
                said.append({"role": role, "content": spoken.text})
            goes_on = place + 1 < len(speakers) and speakers[place + 1] == role
            if role == "assistant" and not goes_on and any(message["role"] == "user" for message in said):
                yield ChatExample(
                    messages=_latest(said),
                    line=spoken.line,
                    file=spoken.file,
                    conversation=f"{spoken.file}\n{spoken.conversation}",
                )


def _latest(said: list[Message]) -> list[Message]:
    if len(said) <= MOST_HISTORY:
        return list(said)
    system = [message for message in said[:1] if message["role"] == "system"]
    return [*system, *said[-MOST_HISTORY:]]


def _roles_of(spool: Spool, column: str) -> dict[str, str]:
    """The role of every speaker: by name, else the first to speak asks and the others answer."""
    speakers: dict[str, None] = {}
    for batch in spool.batches([column]):
        speakers.update(dict.fromkeys(batch.column(column).unique().to_pylist()))
    roles = {name: role_of(name) for name in speakers}
    if all(role in chat_schema.ROLES for role in roles.values()) and "assistant" in roles.values():
        return roles
    first, *others = speakers
    return {first: "user", **dict.fromkeys(others, "assistant")}


def _conversations(spool: Spool, mapping: Mapping) -> Iterator[list[_Spoken]]:
    """The conversations in order of their first word, each in the file's order, wherever its rows stand."""
    names, places = [], []
    said: list[_Spoken] = []
    text = mapping.text.strip("{}")
    for batch in spool.batches():
        files = batch.column(FILE).to_pylist() if spool.has_file else [""] * batch.num_rows
        columns = [
            batch.column(name).to_pylist() for name in (mapping.conversation, mapping.label, text, LINE)
        ]
        for name, speaker, words, line, file in zip(*columns, files, strict=True):
            if words.strip():
                said.append(
                    _Spoken(conversation=name, speaker=speaker, text=words.strip(), line=line, file=file)
                )
                names.append(f"{file}\n{name}")
    codes: dict[str, int] = {}
    places = [codes.setdefault(name, len(codes)) for name in names]
    order = np.argsort(np.array(places, np.int64), kind="stable")
    conversation: list[_Spoken] = []
    last = -1
    for place in order.tolist():
        if places[place] != last and conversation:
            yield conversation
            conversation = []
        last = places[place]
        conversation.append(said[place])
    if conversation:
        yield conversation
