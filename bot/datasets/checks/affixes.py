"""What all texts or all answers begin or end with, and what the completion format adds in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from bot.datasets.frame import Frame
from bot.datasets.ledger import Draft, Ledger, quoted, rows_in_words
from bot.domain import Choices, ExampleFormat, Remedy, Severity
from bot.texts import later, said, t

LEAST_ROWS = 10
_MARK_AT_END = re.compile(r"\s(?:[^\w\s]{2,}|END|\[END\])\Z")
_MARK = re.compile(r"[^\w\s]{2,}|\s*(?:->|=>|END|\[END\])")


@dataclass(frozen=True, kw_only=True)
class _Affix:
    place: int
    finding: str
    remedy: str
    what: str
    least_chars: int


_AFFIXES = (
    _Affix(
        place=0,
        finding="accidental_prefix",
        remedy="remove_text_prefix",
        what=later("texts begin"),
        least_chars=12,
    ),
    _Affix(
        place=1,
        finding="accidental_suffix",
        remedy="remove_text_suffix",
        what=later("texts end"),
        least_chars=2,
    ),
    _Affix(
        place=2,
        finding="accidental_prefix",
        remedy="remove_answer_prefix",
        what=later("answers begin"),
        least_chars=5,
    ),
    _Affix(
        place=3,
        finding="accidental_suffix",
        remedy="remove_answer_suffix",
        what=later("answers end"),
        least_chars=2,
    ),
)


def _found(frame: Frame, affix: _Affix) -> str:
    """The affix when there are enough different texts for it to mean something."""
    text = _whole(frame.affixes[affix.place], at_the_end=affix.place % 2 == 1)
    if len(text) < affix.least_chars or frame.rows < LEAST_ROWS:
        return ""
    distinct = (
        len(frame.labels) if affix.place > 1 and frame.has_classes else len(np.unique(frame.text[:1000]))
    )
    return text if distinct > 1 else ""


def _whole(text: str, *, at_the_end: bool) -> str:
    r"""The part of an affix that does not cut a word: ham and spam have "am" in common, and it means nothing.

    >>> _whole("label: sp", at_the_end=False), _whole("am", at_the_end=True), _whole("s END", at_the_end=True)
    ('label: ', '', ' END')
    >>> _whole("?\n\n###", at_the_end=True)
    '\n###'
    """
    if at_the_end and (mark := _MARK_AT_END.search(text)):
        return mark[0]
    cut = re.search(r"^\w+", text) if at_the_end else re.search(r"\w+$", text)
    if cut is None:
        return text
    return text[cut.end() :] if at_the_end else text[: cut.start()]


def _is_mark(text: str) -> bool:
    """Whether it can only be a mark that an earlier preparation left: a separator or a stop sequence."""
    return _MARK.fullmatch(text.strip()) is not None


def strips_of(frame: Frame, choices: Choices) -> tuple[str, str, str, str]:
    """What to take off: text prefix and suffix, answer prefix and suffix; marks at the end of texts by default."""
    strip = ["", "", "", ""]
    for affix in _AFFIXES:
        found = _found(frame, affix)
        recommended = affix.place == 1 and _is_mark(found)
        if found and (recommended if choices.fixes is None else affix.remedy in choices.fixes):
            strip[affix.place] = found
    return strip[0], strip[1], strip[2], strip[3]


def check_affixes(ledger: Ledger) -> None:
    """accidental_prefix, accidental_suffix; never used as a separator or a stop, only taken off when that is chosen."""
    for affix in _AFFIXES:
        found = _found(ledger.frame, affix)
        if not found:
            continue
        recommended = affix.place == 1 and _is_mark(found)
        remedy = ledger.change(
            affix.remedy, title=t("Take {found} off", found=quoted(found, 40)), recommended=recommended
        )
        ledger.add(
            Draft(
                code=affix.finding,
                severity=Severity.WARNING if _is_mark(found) else Severity.INFO,
                rows=ledger.frame.rows,
                message=t("All {what} with {found}.", what=said(affix.what), found=quoted(found, 60)),
                remedies=(remedy,),
            )
        )


def check_completion_format(ledger: Ledger, *, separator: str, taken: int) -> None:
    """missing_separator, separator_in_text, label_leading_space: what conversion to the completion format sees to."""
    if ledger.choices.format is not ExampleFormat.COMPLETION:
        return
    kept = ledger.kept
    suffix = ledger.frame.affixes[1]
    if not (suffix and _is_mark(suffix)):
        message = t(
            "The texts have no separator at their end; {separator!r} is added to {kept}.",
            separator=separator,
            kept=rows_in_words(kept),
        )
        ledger.add(
            _seen_to("missing_separator", kept, message, "add_separator", t("Add a separator"), ledger)
        )
    if taken:
        message = t(
            "The common separator stands in texts ({taken}); {separator!r} is used instead.",
            taken=rows_in_words(taken),
            separator=separator,
        )
        ledger.add(
            _seen_to(
                "separator_in_text", taken, message, "change_separator", t("Use another separator"), ledger
            )
        )
    message = t("A space is put before every answer ({kept}).", kept=rows_in_words(kept))
    ledger.add(
        _seen_to(
            "label_leading_space", kept, message, "add_leading_space", t("Begin answers with a space"), ledger
        )
    )


def _seen_to(code: str, rows: int, message: str, remedy: str, title: str, ledger: Ledger) -> Draft:
    """A finding that conversion always deals with."""
    kept = ledger.kept
    done = Remedy(code=remedy, title=title, recommended=True, applied=True, rows_before=kept, rows_after=kept)
    return Draft(code=code, severity=Severity.INFO, rows=rows, message=message, remedies=(done,))
