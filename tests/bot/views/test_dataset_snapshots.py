"""The dataset report, its fixes, its forms and the label cards, held word for word; see test_snapshots.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import (
    Choices,
    DatasetStatus,
    Finding,
    LabelCard,
    LabelQueue,
    LabelVerdict,
    Lengths,
    Remedy,
    Severity,
    Suspect,
    Task,
)
from bot.views import columns, datasets, labels
from bot.views.fixes import numbered
from tests.bot.views.test_snapshots import ESTIMATES, FINDINGS, NASTY, TROUBLED
from tests.snapshots_kept import (
    assert_as_kept,
    assert_no_markup,
    assert_within_limits,
)
from tests.values import DATASET, REPORT


def finding(
    code: str, severity: Severity, message: str, rows: int = 3, *remedies: Remedy, example: str = ""
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        rows=rows,
        message=message,
        lines=(4, 9, 11),
        examples=(example,) if example else (),
        remedies=remedies,
    )


def remedy(code: str, title: str, *, recommended: bool, applied: bool, after: int) -> Remedy:
    return Remedy(
        code=code, title=title, recommended=recommended, applied=applied, rows_before=120, rows_after=after
    )


BROKEN = replace(
    DATASET,
    report=replace(
        REPORT,
        findings=(finding("too_few_examples", Severity.ERROR, "4 examples; 10 are needed.", 4),),
    ),
)
EVERYTHING = (
    *FINDINGS,
    finding(
        "conflicting_labels",
        Severity.WARNING,
        "The same text with different labels: 3 rows.",
        3,
        remedy("drop_conflicts", "Drop all of them", recommended=True, applied=False, after=117),
        remedy("keep_majority", "Keep the commonest label", recommended=False, applied=True, after=118),
        example=f"line 4: {NASTY}",
    ),
    finding(
        "leakage",
        Severity.WARNING,
        "Held out, but training has the same text: 7 rows (2 exactly).",
        7,
        remedy("drop_leaks", "Drop them from the held-out file", recommended=True, applied=True, after=113),
    ),
    finding(
        "pii",
        Severity.WARNING,
        "Personal data: 2 e-mail addresses.",
        2,
        remedy("mask_pii", "Mask them", recommended=False, applied=False, after=120),
        example="line 9: [e-mail]",
    ),
    finding("suspicious_labels", Severity.INFO, "Labels that look wrong: 3 rows."),
)
FULL = replace(
    DATASET,
    history=(Choices(),),
    report=replace(
        REPORT,
        findings=EVERYTHING,
        lengths=Lengths(median=12, p99=40, longest=55, longest_line=17, limit=50, over_limit=1),
    ),
)
SECOND = replace(
    DATASET,
    id="ds-2",
    version=2,
    parent="ds-1",
    root="ds-1",
    made_by="U2",
    change="3 labels changed, 1 row dropped",
)
WRITING = replace(DATASET, report=replace(REPORT, task=Task.GENERATION, labels={}, label="answer"))
SUSPECTS = tuple(
    Suspect(
        row=place,
        line=place + 2,
        file="tickets.csv",
        text=NASTY,
        label="billing",
        suggestion="delivery",
        probability=0.974,
    )
    for place in range(3)
)
QUEUE = LabelQueue(
    dataset_id="ds-1",
    cards=tuple(LabelCard(place=place, suspect=row) for place, row in enumerate(SUSPECTS, 1)),
)
DECIDED = replace(
    QUEUE,
    cards=(
        replace(QUEUE.cards[0], verdict=LabelVerdict.CHANGE, label="delivery", decided_by="U1"),
        replace(QUEUE.cards[1], verdict=LabelVerdict.KEEP, label="billing", decided_by="U1"),
        replace(QUEUE.cards[2], verdict=LabelVerdict.DROP, decided_by="U2"),
    ),
)
HALF = replace(QUEUE, cards=(*DECIDED.cards[:2], QUEUE.cards[2]))
UNCHANGED = replace(QUEUE, cards=(DECIDED.cards[1],))
MANY = replace(
    DATASET, report=replace(REPORT, labels={f"intent {number} {NASTY}": 1 for number in range(150)})
)

CASES = {
    "report": lambda: datasets.report(DATASET, ESTIMATES),
    "report_full": lambda: datasets.report(FULL, ESTIMATES, note=datasets.fix_set("U1", NASTY, applied=True)),
    "report_not_ready": lambda: datasets.report(BROKEN, ()),
    "report_of_answers": lambda: datasets.report(WRITING, ESTIMATES),
    "report_second_version": lambda: datasets.report(SECOND, ()),
    "report_with_findings": lambda: datasets.report(TROUBLED, ESTIMATES),
    "unusable": lambda: datasets.unusable(
        replace(DATASET, status=DatasetStatus.UNUSABLE, report=None, name=NASTY, problem="it is a picture.")
    ),
    "columns_changed": lambda: datasets.changed(TROUBLED, "U1"),
    "columns_form": lambda: columns.columns_form(DATASET),
    "datasets_list": lambda: datasets.listing([SECOND, DATASET, TROUBLED, WRITING]),
    "datasets_none": lambda: datasets.listing([]),
    "labels_card": lambda: labels.card(DATASET, QUEUE, None),
    "labels_card_half": lambda: labels.card(DATASET, HALF, None),
    "labels_card_many": lambda: labels.card(MANY, QUEUE, None),
    "labels_end": lambda: labels.card(DATASET, DECIDED, None),
    "labels_form": lambda: labels.form(labels.card(DATASET, HALF, None)),
    "labels_saved": lambda: labels.card(DATASET, DECIDED, SECOND),
    "labels_unchanged": lambda: labels.card(DATASET, UNCHANGED, None),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_people_read(name: str):
    assert_as_kept(name, CASES[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_a_stranger_wrote_becomes_markup(name: str):
    assert_no_markup(CASES[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_slacks_limits_are_kept(name: str):
    assert_within_limits(CASES[name]())


def test_the_eight_facts_come_in_order():
    blocks = datasets.report(FULL, ESTIMATES).blocks
    texts = [block["text"]["text"] for block in blocks if block["type"] in ("header", "section")]

    starts = (
        "tickets.csv: ",
        "*Read*",
        "*2 labels*",
        "*Repeats",
        "*Leakage*",
        "*Length*",
        "*Personal",
        "*Training part*",
    )
    places = [next(i for i, text in enumerate(texts) if text.startswith(start)) for start in starts]
    assert places == sorted(places)


def test_a_remedy_of_two_findings_has_one_number():
    both = replace(REPORT, findings=(EVERYTHING[0], replace(EVERYTHING[0], code="normalised_duplicates")))

    assert [(number, fix.code) for number, fix in numbered(both)] == [(1, "drop_duplicates")]


def test_what_is_always_done_is_no_fix_to_take_back():
    always = remedy(
        "shuffle", "Write the examples in random order", recommended=True, applied=True, after=120
    )
    sorted_file = replace(REPORT, findings=(finding("order_bias", Severity.INFO, "Sorted.", 3, always),))

    said = datasets.report(replace(DATASET, report=sorted_file), ())

    assert "ready to train (100 rows" in said.text
    assert "✅ Write the examples in random order" in said.text
    assert numbered(sorted_file) == []


def test_an_option_of_the_menu_is_found_again_by_its_key():
    names = labels.label_names(MANY)

    assert len({labels.label_key(name) for name in names}) == 150
    assert all(len(entry["value"]) <= 150 for entry in labels.options("ds-123456789012", 100, names))
