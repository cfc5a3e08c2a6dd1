"""Which columns teach what: proposes the text, the label and the task from header names and the shape of the data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.datasets.sample import ColumnShape, TableSample
from bot.datasets.spool import FILE
from bot.datasets.templates import known_column, parse_template
from bot.domain import Choices, Task
from bot.errors import DatasetError
from bot.texts import t

LABEL_NAMES = (
    "label", "labels", "category", "categories", "class", "classes", "intent", "target", "sentiment", "topic", "tag",
    "y", "polarity", "type", "kind", "classification", "gold", "emotion", "department", "queue", "priority", "rating",
    "stars", "score", "verdict", "is_spam", "spam", "toxic", "language", "lang",
)  # fmt: skip
ANSWER_NAMES = (
    "completion", "output", "answer", "answers", "response", "reply", "summary", "highlights", "translation", "result",
    "assistant", "chosen", "expected", "target_text", "code", "sql",
)  # fmt: skip
ENTITY_NAMES = ("entities", "entity", "keywords", "extracted", "extraction", "spans", "names", "slots")
TEXT_NAMES = (
    "text", "message", "prompt", "question", "body", "content", "input", "sentence", "review", "ticket", "description",
    "comment", "tweet", "query", "utterance", "document", "email", "mail", "sms", "post", "article", "passage", "request",
    "instruction", "problem", "dialogue", "conversation", "user", "title", "subject", "headline", "phrase", "utt", "sms_text",
)  # fmt: skip
TITLE_NAMES = ("title", "subject", "headline", "summary_line")
BODY_NAMES = ("body", "text", "description", "content", "message", "review", "comment", "abstract", "article")
OTHER_NAMES = (
    "id",
    "index",
    "idx",
    "uuid",
    "date",
    "time",
    "timestamp",
    "created_at",
    "url",
    "link",
    "user_id",
    "author",
)

SPEAKER_NAMES = (
    "role",
    "speaker",
    "from",
    "sender",
    "author",
    "who",
    "participant",
    "author_type",
    "sender_type",
    "actor",
)
CONVERSATION_NAMES = (
    "conversation", "conversation_id", "conv_id", "convo_id", "dialogue_id", "dialog_id", "chat_id", "thread", "thread_id",
    "session", "session_id", "ticket", "ticket_id", "case_id", "call_id", "chat", "dialogue", "dialog",
)  # fmt: skip

CHAT_SHARE = 0.5
"""From this share of cells on that are lists of messages, a column holds chats."""

FILE_LABEL = "file name"
"""What the label is called when each file is a class."""

NAMED = 3.0
"""The score of a column that is called a label, and looks like one; only such a one counts more than the files' names."""

LABEL_CHARS = 60
"""Labels are shorter than this on average."""

MOST_DISTINCT = 0.8
"""A column that is called a label and has more distinct values a row holds answers."""


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """The columns in use: a text template, the label's column ("" where there is none, FILE for the file's name).

    For chat, `text` is the column of message lists; or, in a log, that of what was said, `label` that of who said it
    and `conversation` the one that tells conversations apart. `per_turn` makes an example of each assistant's turn.
    `strip` are the prefix and suffix to take off texts, then those to take off answers.
    """

    text: str
    label: str
    task: Task
    conversation: str = ""
    per_turn: bool = False
    strip: tuple[str, str, str, str] = ("", "", "", "")

    def columns(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The file's columns that this mapping uses."""
        used = parse_template(self.text, columns).columns
        others = (name for name in (self.label, self.conversation) if name not in ("", FILE))
        return (*used, *others)


def choose(sample: TableSample, choices: Choices) -> Mapping:
    """The mapping that was asked for, the rest of it proposed. Raises DatasetError when no column can be the text."""
    names = [shape.name for shape in sample.columns]
    if choices.text is not None:
        parse_template(choices.text, names)
    chat = _propose_chat(sample, choices)
    if chat is not None:
        return chat
    label = choices.label
    if label == FILE_LABEL and label not in names:
        label = FILE
    if label is not None and label != FILE:
        label = known_column(label, names) if label else ""
    if label is None:
        label = _propose_label(sample, choices)
    text = choices.text if choices.text is not None else _propose_text(sample, label)
    task = choices.task or _propose_task(sample, label)
    return Mapping(text=parse_template(text, names).source, label=label, task=task)


def _propose_chat(sample: TableSample, choices: Choices) -> Mapping | None:
    """The mapping for message lists or for a conversation log, when the table is one and nothing else was asked for."""
    if choices.task not in (None, Task.CHAT) or (choices.task is None and choices.label):
        return None
    per_turn = choices.fixes is not None and "split_turns" in choices.fixes
    lists = [shape for shape in sample.columns if shape.chat_share > CHAT_SHARE]
    if lists and choices.text in (None, lists[0].name, f"{{{lists[0].name}}}"):
        return Mapping(text=f"{{{lists[0].name}}}", label="", task=Task.CHAT, per_turn=per_turn)
    return _propose_log(sample, choices)


def _propose_log(sample: TableSample, choices: Choices) -> Mapping | None:
    speakers = [
        shape for shape in sample.columns if _plain(shape.name) in SPEAKER_NAMES and shape.role_share > 0.9
    ]
    threads = [shape for shape in sample.columns if _plain(shape.name) in CONVERSATION_NAMES]
    if choices.task is Task.CHAT and not speakers:
        speakers = [
            shape for shape in sample.columns if _plain(shape.name) in SPEAKER_NAMES and shape.is_categorical
        ]
    if not speakers or not threads:
        if choices.task is Task.CHAT:
            raise DatasetError(
                t("There are no chats in this file."),
                next_step=t(
                    "Chats are a column of messages (JSON), or columns for conversation, speaker and text."
                ),
            )
        return None
    speaker, thread = speakers[0].name, threads[0].name
    text = choices.text or _propose_text_among(sample, {speaker, thread})
    names = [shape.name for shape in sample.columns]
    return Mapping(
        text=parse_template(text, names).source, label=speaker, task=Task.CHAT, conversation=thread
    )


def _propose_text_among(sample: TableSample, taken: set[str]) -> str:
    candidates = [shape for shape in sample.columns if shape.name not in taken and shape.filled]
    return max(candidates, key=_text_score).name if candidates else next(iter(taken))


def _propose_label(sample: TableSample, choices: Choices) -> str:
    taken = set()
    if choices.text is not None:
        taken = set(parse_template(choices.text, [shape.name for shape in sample.columns]).columns)
    candidates = [shape for shape in sample.columns if shape.name not in taken and shape.filled]
    wants_answer = choices.task in (Task.GENERATION, Task.EXTRACTION)
    free = len(candidates) > 1 or bool(taken)
    scored = sorted(
        (
            (_label_score(shape, wants_answer=wants_answer), -place, shape)
            for place, shape in enumerate(candidates)
        ),
        key=lambda entry: entry[:2],
        reverse=True,
    )
    best = scored[0][0] if free and scored else 0.0
    if sample.classes > 1 and best < NAMED:
        return FILE
    if best > 0:
        return scored[0][2].name
    return _longest_answer(candidates) if free and len(candidates) > 1 else ""


def _longest_answer(candidates: Sequence[ColumnShape]) -> str:
    """Among columns of prose only, the last one answers the others (question first, answer after)."""
    prose = [shape for shape in candidates if not shape.is_technical]
    return prose[-1].name if len(prose) > 1 else ""


def _label_score(shape: ColumnShape, *, wants_answer: bool) -> float:
    name = _plain(shape.name)
    if shape.is_identifier or name in OTHER_NAMES:
        return -1.0
    score = 0.0
    if name in LABEL_NAMES:
        score += 4 if shape.is_categorical else 1
    if name in ANSWER_NAMES or name in ENTITY_NAMES:
        score += 5 if wants_answer or not shape.is_categorical else 3.5
    if any(part in LABEL_NAMES for part in re.split(r"[_\s]+", name)):
        score += 1.0 if shape.is_categorical else 0.0
    if name in TEXT_NAMES:
        score -= 4
    if shape.is_categorical and not wants_answer:
        score += 2.0 - shape.distinct_share - (1.0 if shape.is_numeric else 0.0)
    return score


def _propose_text(sample: TableSample, label: str) -> str:
    candidates = [shape for shape in sample.columns if shape.name != label and shape.filled]
    if not candidates:
        raise DatasetError(
            t("No column holds any text to learn from."),
            next_step=t("Choose the text column, or check the file."),
        )
    by_name = {_plain(shape.name): shape.name for shape in candidates}
    pair = _pair(by_name)
    if pair:
        return pair
    best = max(enumerate(candidates), key=lambda entry: (_text_score(entry[1]), -entry[0]))[1]
    return best.name


def _pair(by_name: dict[str, str]) -> str:
    """A template for the pairs of columns that are read together."""
    if "instruction" in by_name and "input" in by_name:
        return f"{{{by_name['instruction']}}}\n\n{{{by_name['input']}}}"
    if "context" in by_name and "question" in by_name:
        return f"{{{by_name['context']}}}\n\n{{{by_name['question']}}}"
    title = next((by_name[name] for name in TITLE_NAMES if name in by_name), "")
    body = next((by_name[name] for name in BODY_NAMES if name in by_name), "")
    return f"{{{title}}}\n\n{{{body}}}" if title and body else ""


def _text_score(shape: ColumnShape) -> float:
    name = _plain(shape.name)
    score = min(shape.mean_chars, 400.0) / 20 + (6.0 if name in TEXT_NAMES else 0.0)
    if shape.is_numeric or shape.is_identifier or shape.is_technical or name in OTHER_NAMES:
        score -= 30
    return score + 4 * shape.distinct_share


def _propose_task(sample: TableSample, label: str) -> Task:
    if label == FILE:
        return Task.CLASSIFICATION
    shape = next((shape for shape in sample.columns if shape.name == label), None)
    if shape is None:
        return Task.GENERATION
    if _plain(shape.name) in ENTITY_NAMES or shape.list_share > 0.8:
        return Task.EXTRACTION
    named = _plain(shape.name) in LABEL_NAMES and shape.mean_chars <= LABEL_CHARS
    if shape.is_categorical or (named and shape.distinct_share <= MOST_DISTINCT):
        return Task.CLASSIFICATION
    return Task.GENERATION


def _plain(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip().lower())
