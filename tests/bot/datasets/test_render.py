"""The report for a command line: the eight facts in text, the contract of --json, questions about remedies."""

from decimal import Decimal

import orjson

from bot.datasets.render import question_of, remedies_of, report_json, report_text
from bot.domain import Estimate
from tests.bot.datasets.making import finding, plain_rows, prepared

ROWS = [
    *plain_rows(),
    plain_rows()[0],
    ["Same?", "yes"],
    ["same?", "no"],
    ["ann@example.com", "yes"],
    ["", "no"],
]


def test_text_has_the_eight_facts_in_order(tmp_path):
    report = prepared(tmp_path, ROWS)
    estimate = Estimate(
        model="m",
        n_epochs=3,
        tokens=900,
        usd=Decimal("0.0027"),
        minutes=2.0,
        source="a page",
        as_of="2026-11-21",
    )

    lines = report_text(report, [estimate]).splitlines()

    assert [line[0] for line in lines[:8]] == list("12345678")
    assert lines[0] == "1. 45 rows read, 41 kept; classification: text -> 2 labels: ready after 3 fixes"
    assert "to beat: 51.2%" in lines[2]
    assert "Repeated: 1 row (1 byte for byte" in lines[3]
    assert lines[4] == "5. No text is in two parts of the split."
    assert "over the limit of 65,536" in lines[5]
    assert lines[6].startswith("7. Personal data")
    assert lines[8] == "   m: 3 epochs, 900 tokens, $0.00, about 2 min (a page, 2026-11-21)"


def test_text_shows_fixes_as_check_boxes(tmp_path):
    text = report_text(prepared(tmp_path, ROWS))

    assert "[x] drop_duplicates: Drop repeated rows (44 -> 43 rows)" in text
    assert "[ ] keep_majority" in text


def test_a_clean_report_says_so(tmp_path):
    rows = [[f"word{n * 7 % 1009}", label] for n in range(200) for label in ("up", "down")[n % 2 :][:1]]

    assert report_text(prepared(tmp_path, rows)).endswith("Nothing was found that is worth a word.")


def test_unknown_prices_are_no_zero(tmp_path):
    estimate = Estimate(model="m", n_epochs=1, tokens=1, usd=None, minutes=None, source="none", as_of="")

    assert "price unknown" in report_text(prepared(tmp_path, plain_rows()), [estimate])


def test_json_is_the_documented_contract(tmp_path):
    made = orjson.loads(orjson.dumps(report_json(prepared(tmp_path, ROWS))))

    assert {
        "file", "encoding", "delimiter", "quoting", "header", "rows_read", "rows_kept", "columns", "text", "label",
        "task", "labels", "findings", "splits", "tokens", "warnings",
    } <= set(made)  # fmt: skip
    duplicates = next(entry for entry in made["findings"] if entry["code"] == "duplicate_rows")
    assert duplicates["lines"] == [42]
    assert duplicates["remedy"] == {
        "code": "drop_duplicates",
        "title": "Drop repeated rows",
        "recommended": True,
        "applied": True,
        "rows_before": 44,
        "rows_after": 43,
    }
    assert set(made["splits"]["train"]) == {"rows", "tokens", "labels", "path"}


def test_remedies_are_asked_one_by_one(tmp_path):
    report = prepared(tmp_path, ROWS)

    asked = [question_of(found, remedy) for found, remedy in remedies_of(report)]

    assert len(asked) == len({remedy.code for _, remedy in remedies_of(report)})
    conflict = finding(report, "conflicting_labels")
    question = question_of(conflict, conflict.remedies[0])
    assert question.endswith("Drop all rows of texts that have several labels (43 -> 41 rows)?")
    assert "for example “Same?” is “yes” on line 43" in question
