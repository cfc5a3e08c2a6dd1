"""The same row again, the same text written a little differently, and the same text with different answers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.datasets.checks.flags import EMPTY_LABEL, EMPTY_TEXT
from bot.datasets.kernels import Hashes, Mask, first_of_each, mixed, shared_keys
from bot.datasets.ledger import REPEATS, Draft, Ledger, Rows, first_example, first_rows, quoted, rows_in_words
from bot.domain import Severity
from bot.texts import t


def check_duplicates(ledger: Ledger) -> None:
    """duplicate_rows, normalised_duplicates, conflicting_labels; within a part when parts were given."""
    ledger.shared = _shared_texts(ledger)
    exact = repeats(ledger, ledger.text)
    alike = repeats(ledger, ledger.norm) & ~exact
    _exact(ledger, exact)
    _alike(ledger, alike)
    if ledger.frame.has_classes:
        _conflicts(ledger)


def in_part(keys: Hashes, role: npt.NDArray[np.int8]) -> Hashes:
    """The keys, different in each given part, so that a test file is no duplicate of the training file."""
    return keys if not role.any() else mixed(keys, role.astype(np.uint64))


def _shared_texts(ledger: Ledger) -> Rows:
    missing = EMPTY_TEXT | EMPTY_LABEL if ledger.frame.mapping.label else EMPTY_TEXT
    shared = shared_keys(in_part(ledger.norm, ledger.frame.role))
    return np.flatnonzero(shared & ((ledger.empty & np.uint32(missing)) == 0))


def repeats(ledger: Ledger, texts: Hashes) -> Mask:
    """Rows whose text, by these hashes, and answer an earlier row of their part has; all others share no text."""
    shared = ledger.shared
    keys = in_part(mixed(texts[shared], ledger.answer[shared]), ledger.frame.role[shared])
    rows = np.zeros(len(texts), np.bool_)
    rows[shared] = pd.Series(keys).duplicated().to_numpy()
    return rows


def _exact(ledger: Ledger, exact: Mask) -> None:
    mended = int(exact.sum())
    if not mended:
        return
    # What is counted is the file; what is dropped are the rows as they become.
    count, raw = _repeated_in_the_file(ledger)
    more = t("; {mended:,} once mended", mended=mended) if mended != count else ""
    remedy = ledger.drop(
        "drop_duplicates",
        exact,
        title=t("Drop repeated rows"),
        reason=f"{REPEATS} text and answer of line",
        recommended=True,
    )
    ledger.add(
        Draft(
            code="duplicate_rows",
            severity=Severity.WARNING,
            rows=count,
            message=t(
                "Repeated: {count} ({raw:,} byte for byte, {trimmed:,} once trimmed{more}).",
                count=rows_in_words(count),
                raw=raw,
                trimmed=count,
                more=more,
            ),
            shown=first_rows(exact),
            example=first_rows(exact)[:1],
            told=first_example,
            remedies=(remedy,),
            counts=(("byte_for_byte", raw), ("trimmed", count)),
        )
    )


def _repeated_in_the_file(ledger: Ledger) -> tuple[int, int]:
    """Rows that repeat an earlier one when both are trimmed, and byte for byte; labels and texts as they were."""
    frame, rows = ledger.frame, ledger.shared
    if len(ledger.mended.rows) or ledger.choices.relabels:
        rows = np.flatnonzero((frame.flags & np.uint32(EMPTY_TEXT | EMPTY_LABEL)) == 0)
    role = frame.role[rows]
    keys = mixed(frame.text[rows], frame.answer[rows])
    trimmed = int(pd.Series(in_part(keys, role)).duplicated().sum())
    if not len(frame.raw_rows):
        return trimmed, trimmed
    _, among, raw = np.intersect1d(rows, frame.raw_rows, assume_unique=True, return_indices=True)
    keys[among] = frame.raw_keys[raw]
    return trimmed, int(pd.Series(in_part(keys, role)).duplicated().sum())


def _alike(ledger: Ledger, alike: Mask) -> None:
    count = int(alike.sum())
    if not count:
        return
    remedy = ledger.drop(
        "drop_normalised_duplicates",
        alike,
        title=t("Drop rows that differ in case or spacing only"),
        reason=f"{REPEATS}, but for case, spacing or character forms, text and answer of line",
        recommended=True,
    )
    ledger.add(
        Draft(
            code="normalised_duplicates",
            severity=Severity.WARNING,
            rows=count,
            message=t(
                "Repeated but for case, spacing or character forms: {count} more.", count=rows_in_words(count)
            ),
            shown=first_rows(alike),
            example=first_rows(alike)[:1],
            told=first_example,
            remedies=(remedy,),
        )
    )


def _conflicts(ledger: Ledger) -> None:
    rows = ledger.shared
    groups, _ = pd.factorize(in_part(ledger.norm[rows], ledger.frame.role[rows]))
    labels = ledger.same_label[ledger.label[rows]]
    first = np.flatnonzero(first_of_each(groups))
    torn = np.zeros(len(first), np.bool_)
    torn[groups[labels != labels[first][groups]]] = True
    inside = torn[groups]
    if not inside.any():
        return
    conflicting = np.zeros(ledger.frame.rows, np.bool_)
    conflicting[rows[inside]] = True
    minority = np.zeros(ledger.frame.rows, np.bool_)
    minority[rows[inside]] = _minority(groups[inside], labels[inside])
    _report_conflicts(
        ledger, conflicting, minority, int(torn.sum()), _one_conflict(rows, groups, labels, torn)
    )


def _one_conflict(
    rows: np.ndarray, groups: np.ndarray, labels: np.ndarray, torn: np.ndarray
) -> tuple[int, ...]:
    """Two rows of the same text whose labels differ."""
    mine = np.flatnonzero(groups == int(np.flatnonzero(torn)[0]))
    other = mine[labels[mine] != labels[mine[0]]][0]
    return int(rows[mine[0]]), int(rows[other])


def _minority(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which rows of conflicting texts go when the majority is kept: all but the label most rows have, all in a tie."""
    table = pd.DataFrame({"group": groups, "label": labels})
    sizes = table.groupby(["group", "label"], sort=False).size().rename("size").reset_index()
    most = sizes.groupby("group", sort=False)["size"].transform("max")
    sizes["wins"] = sizes["size"] == most
    winners = sizes.groupby("group", sort=False)["wins"].transform("sum")
    sizes["wins"] &= winners == 1
    keep = table.merge(sizes, on=["group", "label"], how="left", sort=False)["wins"]
    return ~keep.to_numpy(dtype=bool)


def _report_conflicts(
    ledger: Ledger, conflicting: Mask, minority: Mask, texts: int, pair: tuple[int, ...]
) -> None:
    count = int(conflicting.sum())
    wants_majority = ledger.choices.fixes is not None and "keep_majority" in ledger.choices.fixes
    majority = ledger.drop(
        "keep_majority",
        minority,
        title=t("Keep the label that most rows of a text have (none in a tie)"),
        reason=t("the same text has another label in more rows, or in as many"),
        recommended=False,
    )
    drop = ledger.drop(
        "drop_conflicts",
        conflicting if not wants_majority else np.zeros_like(conflicting),
        title=t("Drop all rows of texts that have several labels"),
        reason=t("the same text has different labels in different rows"),
        recommended=True,
    )
    ledger.add(
        Draft(
            code="conflicting_labels",
            severity=Severity.WARNING,
            rows=count,
            message=t(
                "The same text has different labels in {count} (different texts: {texts:,}).",
                count=rows_in_words(count),
                texts=texts,
            ),
            shown=first_rows(conflicting),
            example=pair,
            told=_tell_conflict,
            remedies=(drop, majority),
            counts=(("texts", texts),),
        )
    )


def _tell_conflict(rows: list[tuple[int, str, str]]) -> str:
    (line, text, answer), (other_line, _, other_answer) = rows
    return t(
        "{text} is {answer} on line {line} and {other_answer} on line {other_line}",
        text=quoted(text),
        answer=quoted(answer, 40),
        line=line,
        other_answer=quoted(other_answer, 40),
        other_line=other_line,
    )
