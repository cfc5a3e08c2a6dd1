"""Values that tests start from; change what matters with dataclasses.replace."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain import (
    Actor,
    Choices,
    Dataset,
    DatasetReport,
    DatasetStatus,
    ExampleFormat,
    FineTunedModel,
    FineTuningJob,
    JobPlan,
    Lengths,
    Reading,
    SplitPart,
    Task,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ACTOR = Actor(team="T1", user="U1", channel="C1")

READING = Reading(
    file="tickets.csv",
    format="csv",
    encoding="utf-8",
    delimiter=",",
    quoting=True,
    header=True,
    columns=("id", "text", "queue"),
    rows_read=120,
)
REPORT = DatasetReport(
    reading=READING,
    rows_kept=100,
    text="{text}",
    label="queue",
    ignored_columns=("id",),
    task=Task.CLASSIFICATION,
    format=ExampleFormat.CHAT,
    system="",
    stop="",
    separator="",
    labels={"delivery": 60, "billing": 40},
    findings=(),
    splits=(
        SplitPart(
            name="train", rows=80, tokens=400, labels={"delivery": 48, "billing": 32}, path="train.jsonl"
        ),
        SplitPart(
            name="validation",
            rows=10,
            tokens=50,
            labels={"delivery": 6, "billing": 4},
            path="validation.jsonl",
        ),
        SplitPart(name="test", rows=10, tokens=50, labels={"delivery": 6, "billing": 4}, path="test.jsonl"),
    ),
    tokens=400,
    lengths=Lengths(median=12, p99=40, longest=55, longest_line=17),
    majority_share=0.6,
    choices=Choices(),
)
DATASET = Dataset(
    id="ds-1",
    team="T1",
    channel="C1",
    user="U1",
    file_id="F1",
    name="tickets.csv",
    thread_ts="100.000100",
    report_ts="101.000100",
    status=DatasetStatus.READY,
    created_at=NOW,
    report=REPORT,
)
PLAN = JobPlan(dataset_id="ds-1", model="ngram-hash-1")
JOB = FineTuningJob(
    op_id="op-1",
    team="T1",
    channel="C1",
    user="U1",
    thread_ts="100.000100",
    card_ts="",
    dataset_id="ds-1",
    dataset_name="tickets.csv",
    base_model="ngram-hash-1",
    plan=PLAN,
    train_tokens=400,
    created_at=NOW,
)
MODEL = FineTunedModel(
    name="ft:ngram-hash-1:tunesmith::abc",
    team="T1",
    channel="C1",
    user="U1",
    op_id="op-1",
    dataset_id="ds-1",
    base_model="ngram-hash-1",
    task=Task.CLASSIFICATION,
    format=ExampleFormat.CHAT,
    system="",
    separator="",
    stop="",
    labels=("delivery", "billing"),
    created_at=NOW,
)
