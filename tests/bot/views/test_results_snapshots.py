"""What people read about results, comparisons and learning curves, held word for word.

`UPDATE_SNAPSHOTS=1` writes them anew; read a changed snapshot as you would read code.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain import (
    BreakEven,
    CallTokens,
    ComparedModel,
    Comparison,
    ComparisonOutcome,
    CurvePoint,
    CurveRequest,
    JobProgress,
    JobResults,
    JobStatus,
    LearningCurve,
    Metrics,
    Mistake,
    PairTest,
    Prediction,
    ResultFile,
)
from bot.errors import NotAllowedError
from bot.metrics.scores import scores_of
from bot.metrics.significance import wilson_interval
from bot.views import compare, compare_forms, curve, results
from tests.values import DATASET, JOB, MODEL, NOW

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
NASTY = "<!channel> *bold* `code` <http://x|y> & \u202eevil"

DONE = replace(
    JOB,
    remote_id="ftjob-1",
    progress=JobProgress(
        status=JobStatus.SUCCEEDED,
        fine_tuned_model=MODEL.name,
        epoch_metrics=(Metrics(step=30, train_loss=0.25, valid_loss=0.5, valid_accuracy=0.75),),
    ),
)


def answered(label: str, predicted: str, p: float, line: int) -> Prediction:
    other = "billing" if predicted == "delivery" else "delivery"
    return Prediction(
        line=line, label=label, predicted=predicted, probabilities=((predicted, p), (other, round(1 - p, 6)))
    )


TWO = [
    *(answered("delivery", "delivery", 0.9, line) for line in range(1, 31)),
    *(answered("billing", "billing", 0.8, line) for line in range(31, 46)),
    *(answered("billing", "delivery", 0.9, line) for line in range(46, 51)),
]
STARS = [
    Prediction(line=line, label=str(1 + line % 5), predicted=str(1 + (line + line % 7 // 5) % 5))
    for line in range(1, 71)
]
MISTAKES = (
    Mistake(line=46, text="the invoice never came", label="billing", predicted="delivery", confidence=0.9),
    Mistake(line=47, text=NASTY, label=NASTY, predicted=NASTY, confidence=0.75),
)


def full() -> JobResults:
    return JobResults(
        job=DONE,
        classifies=True,
        file=ResultFile(
            columns=("step",),
            steps=30,
            train_loss=0.125,
            train_accuracy=1.0,
            valid_loss=0.25,
            valid_accuracy=0.9,
        ),
        tested=50,
        right=45,
        scores=scores_of(TWO, labels=("delivery", "billing"), betas=(1.0, 2.0)),
        mistakes=MISTAKES,
        has_probabilities=True,
    )


def scale() -> JobResults:
    return JobResults(
        job=DONE,
        classifies=True,
        file_problem="The server keeps no result file of this job.",
        tested=70,
        right=50,
        scores=scores_of(STARS, labels=("1", "2", "3", "4", "5")),
    )


def many() -> JobResults:
    rows = [
        Prediction(
            line=line, label=f"intent {line % 77:02}", predicted=f"intent {(line + line % 11 // 10) % 77:02}"
        )
        for line in range(1, 400)
    ]
    return JobResults(job=DONE, classifies=True, tested=399, right=360, scores=scores_of(rows))


def writing() -> JobResults:
    return JobResults(job=DONE, classifies=False, tested=20, right=3, has_probabilities=False)


COMPARISON = Comparison(
    id="cmp-1",
    team="T1",
    channel="C1",
    user="U1",
    thread_ts="100.000100",
    dataset_id="ds-1",
    dataset_name="tickets.csv",
    models=(MODEL.name, "gpt-6-luna"),
    created_at=NOW,
)


def compared(name: str, correct: int, **extra) -> ComparedModel:
    return ComparedModel(
        name=name, rows=200, correct=correct, interval=wilson_interval(correct, 200), **extra
    )


BREAK_EVEN = BreakEven(
    model="ft:gpt-4.1-mini-2025-04-14:team::x",
    hosted="gpt-6-sol",
    calls_a_day=1000,
    examples=20,
    prompt_tokens=880,
    training_usd=Decimal("12.5"),
    own_usd_per_1000=Decimal("0.12"),
    hosted_usd_per_1000=Decimal("1.85"),
    calls=7226,
    prices="a price table, 2026-11-21",
)
OUTCOME = ComparisonOutcome(
    rows=200,
    left_out=12,
    models=(
        compared(
            MODEL.name,
            186,
            prompted=False,
            p50_ms=6.25,
            p95_ms=14.0,
            usd_per_1000_calls=Decimal(0),
            training_usd=Decimal(0),
            leaked=12,
        ),
        compared(
            "gpt-6-luna",
            170,
            prompted=True,
            p50_ms=410.0,
            p95_ms=980.0,
            usd_per_1000_calls=Decimal("0.0881"),
        ),
        ComparedModel(
            name="gpt-5.5", prompted=True, problem="The model `gpt-5.5` does not exist <http://x|y>"
        ),
    ),
    pairs=(PairTest(one=MODEL.name, other="gpt-6-luna", only_one=20, only_other=4, p=0.0015),),
    tokens=CallTokens(instructions=60, example=40, text=20, answer=2),
    break_even=BREAK_EVEN,
    prices="a price table, 2026-11-21",
)

REQUEST = CurveRequest(
    id="curve-1",
    team="T1",
    channel="C1",
    user="U1",
    thread_ts="100.000100",
    dataset_id="ds-1",
    dataset_name="tickets.csv",
    model="ngram-hash-1",
    shares=(0.25, 0.5, 1.0),
    rows=(100, 200, 400),
    created_at=NOW,
)


def point(share: float, rows: int, correct: int) -> CurvePoint:
    return CurvePoint(
        share=share,
        rows=rows,
        op_id="op",
        tested=100,
        correct=correct,
        interval=wilson_interval(correct, 100),
    )


def curve_of(gain: tuple[float, float] | None) -> LearningCurve:
    return LearningCurve(
        points=(
            CurvePoint(share=0.25, rows=100, problem="failed: the data is bad"),
            point(0.5, 200, 81),
            point(1.0, 400, 88),
        ),
        majority_share=0.4,
        gain=gain,
    )


CASES = {
    "results_two_classes": lambda: results.results(full()),
    "results_scale": lambda: results.results(scale()),
    "results_many_classes": lambda: results.results(many()),
    "results_writing": lambda: results.results(writing()),
    "results_untested": lambda: results.results(JobResults(job=DONE, classifies=True, file_problem="down")),
    "results_coming": lambda: results.coming(DONE),
    "compare_accepted": lambda: compare.accepted(COMPARISON),
    "compare_progress": lambda: compare.progress(COMPARISON, place=1, done=50, rows=200),
    "compare_outcome": lambda: compare.outcome(COMPARISON, OUTCOME),
    "compare_leaked": lambda: compare.outcome(COMPARISON, replace(OUTCOME, left_out=0, break_even=None)),
    "compare_failed": lambda: compare.failed(COMPARISON, NotAllowedError(NASTY, next_step="Ask.")),
    "compare_never_pays": lambda: compare.break_even_message(COMPARISON, replace(BREAK_EVEN, calls=None)),
    "curve_offer": lambda: curve.offer(
        DATASET, "ngram-hash-1", (0.25, 0.5, 1.0), (100, 200, 400), usd_in_all=Decimal("3.2"), minutes=4.0
    ),
    "curve_progress": lambda: curve.progress(
        REQUEST,
        [replace(JOB, progress=JobProgress(status=JobStatus.RUNNING, step=5, total_steps=10))],
        [point(0.25, 100, 70), CurvePoint(share=0.5, rows=200), CurvePoint(share=1.0, rows=400)],
    ),
    "curve_helps": lambda: curve.outcome(REQUEST, curve_of((0.07, 0.04))),
    "curve_hardly": lambda: curve.outcome(REQUEST, curve_of((0.0, 0.005))),
    "curve_unclear": lambda: curve.outcome(REQUEST, curve_of((0.02, 0.05))),
    "curve_unknown": lambda: curve.outcome(REQUEST, curve_of(None)),
    "curve_failed": lambda: curve.failed(REQUEST, NotAllowedError("Only the leads may.", next_step="Ask.")),
}
FORMS = {
    "compare_form": lambda: compare_forms.compare_form(
        [DATASET],
        [MODEL],
        ["ngram-hash-1", "gpt-6-sol"],
        ["gpt-6-sol", "gpt-6-luna"],
        chosen_dataset=DATASET,
        chosen_model=MODEL.name,
        default_hosted="gpt-6-sol",
        channel="C1",
    ),
    "compare_assume_form": lambda: compare_forms.assume_form(
        COMPARISON.assumptions, ["gpt-6-sol"], comparison_id="cmp-1"
    ),
}


def check(name: str, said: object) -> None:
    path = SNAPSHOTS / f"{name}.json"
    text = json.dumps(said, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), "no snapshot yet: UPDATE_SNAPSHOTS=1 writes it"
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_a_message_reads_as_it_did(name):
    said = CASES[name]()

    check(name, {"text": said.text, "blocks": list(said.blocks)})


@pytest.mark.parametrize("name", FORMS)
def test_a_form_reads_as_it_did(name):
    check(name, FORMS[name]())


@pytest.mark.parametrize("name", CASES)
def test_strangers_words_are_never_markup(name):
    said = CASES[name]()
    markdown = [said.text] + [
        block["text"]["text"] for block in said.blocks if block.get("text", {}).get("type") == "mrkdwn"
    ]

    assert not any(sign in text for text in markdown for sign in ("<!channel>", "<http"))


@pytest.mark.parametrize("name", CASES)
def test_a_message_fits_into_slack(name):
    said = CASES[name]()

    assert len(said.blocks) <= 50
    assert len(said.text) <= 4000
    assert len(json.dumps(said.blocks, ensure_ascii=False)) < 13_200
