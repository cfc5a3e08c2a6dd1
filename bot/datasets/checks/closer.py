"""Findings of the closer look: near duplicates, labels that look wrong, several languages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.datasets.insight import Insight
from bot.datasets.ledger import FEW, Draft, Ledger, first_example, first_rows, quoted, rows_in_words
from bot.domain import Severity
from bot.texts import t

LEAST_OF_A_LANGUAGE = 3
LANGUAGE_SHARE = 0.01


def check_near_duplicates(ledger: Ledger, insight: Insight) -> None:
    """near_duplicates: told, dropped on demand."""
    pairs = insight.near[ledger.alive[insight.near].all(axis=1)] if len(insight.near) else insight.near
    if not len(pairs):
        return
    rows = np.zeros(ledger.frame.rows, np.bool_)
    rows[pairs[:, 0]] = True
    remedy = ledger.drop(
        "drop_near_duplicates",
        rows,
        title=t("Drop rows that nearly repeat an earlier one"),
        reason=t("nearly the same text as an earlier row"),
        recommended=False,
    )
    ledger.add(
        Draft(
            code="near_duplicates",
            severity=Severity.INFO,
            rows=len(pairs),
            message=t(
                "Nearly the same words as an earlier row: {rows}{among}.",
                rows=rows_in_words(len(pairs)),
                among=_among(insight),
            ),
            shown=first_rows(rows),
            example=(int(pairs[0, 1]), int(pairs[0, 0])),
            told=_tell_pair,
            remedies=(remedy,),
        )
    )


def _among(insight: Insight) -> str:
    if insight.looked_at == insight.rows:
        return ""
    return t(
        " among {looked_at:,} rows looked at, of {rows:,}", looked_at=insight.looked_at, rows=insight.rows
    )


def _tell_pair(rows: list[tuple[int, str, str]]) -> str:
    (line, text, _), (other_line, other_text, _) = rows
    return t(
        "line {line}: {text}; line {other_line}: {other_text}",
        line=line,
        text=quoted(text),
        other_line=other_line,
        other_text=quoted(other_text),
    )


def doubtful(ledger: Ledger, insight: Insight) -> npt.NDArray[np.int64]:
    """The places of the suspicions that still stand: the row is in, and neither a merge nor a person settled it."""
    said = ledger.merged_into[insight.odd_classes]
    settled = np.isin(insight.odd_rows, [row for row, _ in ledger.choices.relabels])
    return np.flatnonzero(
        ledger.alive[insight.odd_rows] & (said != ledger.label[insight.odd_rows]) & ~settled
    )


def check_suspicious_labels(ledger: Ledger, insight: Insight) -> None:
    """suspicious_labels: the likeliest mistakes first, for people to look at; dropped on demand."""
    places = doubtful(ledger, insight)
    odd, chances = insight.odd_rows[places], insight.odd_chances[places]
    said = ledger.merged_into[insight.odd_classes[places]]
    if not len(odd):
        return
    rows = np.zeros(ledger.frame.rows, np.bool_)
    rows[odd] = True
    remedy = ledger.drop(
        "drop_suspicious",
        rows,
        title=t("Drop rows whose label looks wrong"),
        reason=t("a model that was trained on the other rows is sure of another label"),
        recommended=False,
    )
    suggestion = t(
        "a model trained on the other rows says {label} ({chance:.0%})",
        label=quoted(ledger.labels[int(said[0])], 40),
        chance=chances[0],
    )
    ledger.add(
        Draft(
            code="suspicious_labels",
            severity=Severity.INFO,
            rows=len(odd),
            message=t(
                "Labels that look wrong: {rows}{among}. Please look at them.",
                rows=rows_in_words(len(odd)),
                among=_among(insight),
            ),
            shown=tuple(int(row) for row in odd[:FEW]),
            example=(int(odd[0]),),
            told=lambda shown: f"{first_example(shown)}; {suggestion}",
            remedies=(remedy,),
        )
    )


def check_languages(ledger: Ledger, insight: Insight) -> None:
    """language_mix: told with the shares."""
    total = sum(insight.languages.values())
    several = {
        name: count
        for name, count in insight.languages.items()
        if count >= LEAST_OF_A_LANGUAGE and count >= LANGUAGE_SHARE * total
    }
    if len(several) < 2:
        return
    told = ", ".join(f"{name} {count / total:.0%}" for name, count in several.items())
    others = list(several)[1:]
    sampled = (
        t(" (of {rows:,} rows looked at)", rows=insight.languages_of)
        if insight.languages_of < insight.rows
        else ""
    )
    rows = insight.language_rows[others[0]]
    ledger.add(
        Draft(
            code="language_mix",
            severity=Severity.INFO,
            rows=sum(several[name] for name in others),
            message=t("Several languages: {told}{sampled}.", told=told, sampled=sampled),
            shown=tuple(rows),
            example=tuple(rows[:1]),
            told=first_example,
        )
    )
