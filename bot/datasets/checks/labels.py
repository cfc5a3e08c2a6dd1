"""The set of labels: spellings, rare and lopsided classes, too few of them or too many, and whether there is enough to learn."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from bot.datasets.ledger import Draft, Ledger, first_example, first_rows, quoted
from bot.datasets.tokens import count_tokens
from bot.domain import Severity, Task
from bot.texts import t

LEAST_EXAMPLES = 10
"""The API refuses fewer (`invalid_n_examples`; OpenAI fine-tuning guide, Nov 2026)."""
ADVISED_PER_CLASS = 100
ADVISED_EXAMPLES = 500
RARE = 3
"""A label needs three rows to be in training, validation and test."""
LOPSIDED = 10
"""Times the largest class may outnumber the smallest without a word."""
MANY_LABELS = 200
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def spelling_key(label: str) -> str:
    """What two spellings of one label have in common: case, spacing, hyphens between words, a full stop at the end.

    >>> spelling_key("Card_Arrival ") == spelling_key("card arrival.")
    True
    >>> spelling_key("C++") == spelling_key("C#")
    False
    """
    folded = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
    joined = re.sub(r"(?<=\w)[\s_\-]+(?=\w)", " ", folded)
    return joined.rstrip(".!;:, ") or folded


def variants_of(labels: Sequence[str], counts: Sequence[int]) -> dict[int, int]:
    """The code of the commonest spelling for every code that is another spelling of it; ties go to the earlier one."""
    spellings: dict[str, list[int]] = defaultdict(list)
    for code, label in enumerate(labels):
        if label and counts[code]:
            spellings[spelling_key(label)].append(code)
    merged = {}
    for codes in spellings.values():
        main = max(codes, key=lambda code: (counts[code], -code))
        merged.update({code: main for code in codes if code != main})
    return merged


def check_label_variants(ledger: Ledger) -> None:
    """label_variants: merged only when somebody asks for it."""
    counts = np.bincount(ledger.label, minlength=len(ledger.labels))
    merged = variants_of(ledger.labels, counts.tolist())
    ledger.same_label = np.arange(len(ledger.labels), dtype=np.int32)
    if not merged:
        return
    ledger.same_label[list(merged)] = list(merged.values())
    rows = np.isin(ledger.label, list(merged))
    remedy = ledger.change(
        "merge_label_variants", title=t("Merge spellings of the same label"), recommended=False
    )
    told = "; ".join(
        f"{quoted(ledger.labels[code], 40)} ({counts[code]:,}) → {quoted(ledger.labels[main], 40)} ({counts[main]:,})"
        for code, main in list(merged.items())[:3]
    )
    ledger.add(
        Draft(
            code="label_variants",
            severity=Severity.WARNING,
            rows=int(rows.sum()),
            message=t("Labels that look like another spelling of one: {told}.", told=told),
            shown=first_rows(rows),
            example=first_rows(rows)[:1],
            told=first_example,
            remedies=(remedy,),
            counts=(("variants", len(merged)),),
        )
    )
    if remedy.applied:
        _merge(ledger)


def _merge(ledger: Ledger) -> None:
    to = ledger.same_label
    hashes = np.zeros(len(ledger.labels), np.uint64)
    hashes[ledger.label] = ledger.answer
    lengths = np.array(count_tokens(ledger.labels), np.int32)
    ledger.tokens = ledger.tokens + lengths[to[ledger.label]] - lengths[ledger.label]
    ledger.label = to[ledger.label]
    ledger.merged_into = to
    ledger.answer = hashes[ledger.label]


def check_label_set(ledger: Ledger) -> None:
    """rare_label, single_label, imbalance, too_many_labels, numeric_labels on the rows that are left."""
    counts = np.bincount(ledger.label[ledger.alive], minlength=len(ledger.labels))
    present = np.flatnonzero(counts)
    if not len(present):
        return
    _rare(ledger, counts)
    if len(present) == 1:
        ledger.add(
            Draft(
                code="single_label",
                severity=Severity.ERROR,
                rows=ledger.kept,
                message=t(
                    "Every row has the label {label}: there is nothing to tell apart.",
                    label=quoted(ledger.labels[int(present[0])], 40),
                ),
            )
        )
        return
    _imbalance(ledger, counts, present)
    _too_many(ledger, counts, present)
    _numeric(ledger, present)


def _rare(ledger: Ledger, counts: np.ndarray) -> None:
    rare = np.flatnonzero((counts > 0) & (counts < RARE))
    if not len(rare):
        return
    rows = np.isin(ledger.label, rare) & ledger.alive
    count = int(rows.sum())
    names = ", ".join(quoted(ledger.labels[int(code)], 40) for code in rare[:3])
    remedy = ledger.drop(
        "drop_rare_labels",
        rows,
        title=t("Drop labels with fewer than {rare} rows", rare=RARE),
        reason=t("the label has fewer than {rare} rows", rare=RARE),
        recommended=False,
    )
    ledger.add(
        Draft(
            code="rare_label",
            severity=Severity.WARNING,
            rows=count,
            message=t(
                "Labels with fewer than {rare} rows, too few to train and test: {number:,} ({names}).",
                rare=RARE,
                number=len(rare),
                names=names,
            ),
            shown=first_rows(rows),
            example=first_rows(rows)[:1],
            told=first_example,
            remedies=(remedy,),
            counts=(("labels", len(rare)),),
        )
    )


def _imbalance(ledger: Ledger, counts: np.ndarray, present: np.ndarray) -> None:
    largest = int(present[np.argmax(counts[present])])
    smallest = int(present[np.argmin(counts[present])])
    if counts[largest] < LOPSIDED * counts[smallest]:
        return
    share = counts[largest] / counts.sum()
    ledger.add(
        Draft(
            code="imbalance",
            severity=Severity.WARNING if share >= 0.8 else Severity.INFO,
            rows=int(counts[largest]),
            message=(
                t(
                    "{common} has {most:,} rows ({share:.0%}), {rare} has {least:,}: always answering "
                    "the commonest label is right {share:.0%} of the time.",
                    common=quoted(ledger.labels[largest], 40),
                    most=counts[largest],
                    share=share,
                    rare=quoted(ledger.labels[smallest], 40),
                    least=counts[smallest],
                )
            ),
        )
    )


def _too_many(ledger: Ledger, counts: np.ndarray, present: np.ndarray) -> None:
    per_label = counts.sum() / len(present)
    if len(present) <= MANY_LABELS and per_label >= 4:
        return
    remedy = ledger.change("number_labels", title=t("Teach a number for each label"), recommended=False)
    ledger.add(
        Draft(
            code="too_many_labels",
            severity=Severity.WARNING,
            rows=ledger.kept,
            message=t(
                "There are {number:,} labels, {per_label:.1f} rows each: is this the label column?",
                number=len(present),
                per_label=per_label,
            ),
            remedies=(remedy,),
            counts=(("labels", len(present)),),
        )
    )


def number_labels(ledger: Ledger) -> None:
    """Teach numbers in place of labels when that is chosen: 0, 1, 2, ... in the labels' own order."""
    if ledger.choices.fixes is None or "number_labels" not in ledger.choices.fixes:
        return
    counts = np.bincount(ledger.label[ledger.alive], minlength=len(ledger.labels))
    present = sorted((ledger.labels[int(code)], int(code)) for code in np.flatnonzero(counts))
    ledger.taught = list(ledger.labels)
    for number, (_, code) in enumerate(present):
        ledger.taught[code] = str(number)
    change = np.array(count_tokens(ledger.taught), np.int32) - np.array(count_tokens(ledger.labels), np.int32)
    ledger.tokens = ledger.tokens + change[ledger.label]


def _numeric(ledger: Ledger, present: np.ndarray) -> None:
    names = [ledger.labels[int(code)] for code in present]
    if not all(_NUMBER.fullmatch(name) for name in names):
        return
    ledger.add(
        Draft(
            code="numeric_labels",
            severity=Severity.INFO,
            rows=ledger.kept,
            message=t(
                "The labels are numbers ({names}): names say more, to people and to a model.",
                names=", ".join(sorted(names)[:5]),
            ),
        )
    )


def check_size(ledger: Ledger) -> None:
    """too_few_examples: an error under what the API takes, advice under what teaches well."""
    kept = ledger.kept
    if kept < LEAST_EXAMPLES:
        message = t(
            "{kept} examples are left; training needs {least_examples} at least.",
            kept=kept,
            least_examples=LEAST_EXAMPLES,
        )
        ledger.add(Draft(code="too_few_examples", severity=Severity.ERROR, rows=kept, message=message))
        return
    if ledger.frame.mapping.task is Task.CLASSIFICATION:
        classes = len(np.unique(ledger.label[ledger.alive]))
        if kept >= ADVISED_PER_CLASS * classes:
            return
        advice = t(
            "about {advised_per_class} a label are advised, here they are {kept:.0f}",
            advised_per_class=ADVISED_PER_CLASS,
            kept=kept / classes,
        )
    else:
        if kept >= ADVISED_EXAMPLES:
            return
        advice = t("about {advised_examples} are advised", advised_examples=ADVISED_EXAMPLES)
    message = t("{kept:,} examples are not many: {advice}.", kept=kept, advice=advice)
    ledger.add(Draft(code="too_few_examples", severity=Severity.INFO, rows=kept, message=message))
