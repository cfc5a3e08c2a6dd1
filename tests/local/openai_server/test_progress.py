"""From progress lines to rows: each once, however often and however cut they are read."""

import json

import pytest

from local.openai_server.progress import Recorder, estimated_finish, parse_lines, step_text
from local.openai_server.store import events, jobs, models
from local.openai_server.store.database import Database
from local.openai_server.store.jobs import Job, JobSpec, JobStatus
from local.openai_server.store.pages import PageRequest

SPEC = JobSpec(
    model="ngram-hash-1", base_model="ngram-hash-1", output_model="ft:m", training_file="file-1", seed=1
)
JOB = Job(id="ftjob-1", owner="me", status=JobStatus.RUNNING, created_at=0, spec=SPEC)
STARTED = {
    "type": "started", "hyperparameters": {"n_epochs": 2, "batch_size": 8, "learning_rate_multiplier": 1.0},
    "total_steps": 4, "n_epochs": 2, "labels": 3, "notes": ["batch_size auto: 8"],
}  # fmt: skip


def step(number: int, at: float = 0) -> dict:
    return {"type": "step", "step": number, "total_steps": 4, "epoch": 1, "train_loss": 1 / number, "at": at}


def checkpoint(number: int) -> dict:
    return {
        "type": "checkpoint",
        "step": number,
        "dir": f"checkpoints/step-{number}",
        "metrics": {"full_valid_loss": 0.5},
    }


def stream(*lines: dict) -> bytes:
    numbered = ({"seq": seq, "at": 0, **line} for seq, line in enumerate(lines, start=1))
    return b"".join(json.dumps(line).encode() + b"\n" for line in numbered)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "s.sqlite3")
    with database.transaction() as tx:
        jobs.insert(tx, JOB)
    yield database
    database.close()


def record(database: Database, recorder: Recorder, content: bytes) -> Job:
    with database.transaction() as tx:
        job = recorder.record(tx, jobs.get(tx, JOB.id), parse_lines(content))
        jobs.save(tx, job)
    return job


def told(database: Database) -> list[str]:
    with database.reading() as connection:
        page = events.page(connection, JOB.id, PageRequest(after=None, limit=100, newest_first=False))
    return [row["message"] for row in page.rows]


def test_lines_become_events_once_however_often_they_are_read(database) -> None:
    content = stream(STARTED, step(1), step(2), checkpoint(2), step(3))
    recorder = Recorder()
    for end in (10, 100, 300, len(content), len(content)):
        record(database, recorder, content[:end])
    job = record(database, Recorder(), content)

    assert told(database) == [
        "batch_size auto: 8",
        "Step 1/4: training loss=1.00",
        "Step 2/4: training loss=0.50, full validation loss=0.50",
        "Checkpoint created at step 2",
        "Step 3/4: training loss=0.33",
    ]
    assert (job.state.total_steps, job.state.hyperparameters.n_epochs) == (4, 2)


def test_the_last_step_of_an_epoch_waits_for_its_checkpoint(database) -> None:
    recorder = Recorder()
    record(database, recorder, stream(STARTED, step(1), step(2)))
    before = told(database)
    record(database, recorder, stream(STARTED, step(1), step(2), checkpoint(2)))

    assert before[-1] == "Step 1/4: training loss=1.00"
    assert told(database)[-2:] == [
        "Step 2/4: training loss=0.50, full validation loss=0.50",
        "Checkpoint created at step 2",
    ]


def test_steps_that_are_made_again_after_a_kill_are_told_once(database) -> None:
    recorder = Recorder()
    record(database, recorder, stream(STARTED, step(1), step(2), checkpoint(2), step(3)))

    record(
        database,
        recorder,
        stream(STARTED, step(1), step(2), checkpoint(2), {"type": "message", "message": "on"}, step(3)),
    )

    assert [text for text in told(database) if text.startswith("Step 3")] == ["Step 3/4: training loss=0.33"]
    assert told(database)[-1] == "on"


def test_only_the_last_three_checkpoints_stay_callable(database) -> None:
    record(database, Recorder(), stream(STARTED, *(checkpoint(number) for number in (1, 2, 3, 4))))

    with database.reading() as connection:
        owned = [model.id for model in models.owned(connection, "me")]
    assert owned == ["ft:m:ckpt-step-2", "ft:m:ckpt-step-3", "ft:m:ckpt-step-4"]


def test_what_is_no_line_is_skipped() -> None:
    assert (
        parse_lines(
            b'garbage\n{"seq": 1}\n{"type": "alien", "seq": 1, "at": 0}\n' + stream(step(1)) + b'{"seq'
        )
        != []
    )
    assert len(parse_lines(b"\xff\n" + stream(step(1)))) == 1


def test_the_end_is_estimated_from_the_rate_since_the_start() -> None:
    lines = parse_lines(stream(step(1, at=100), step(2, at=200), step(3, at=210)))

    assert estimated_finish(lines, since=150) == 221
    assert estimated_finish(lines, since=205) is None


def test_a_step_is_worded_as_openai_words_it() -> None:
    assert step_text({"step": 3, "total_steps": 9, "train_loss": 0.125, "valid_loss": 0.5}) == (
        "Step 3/9: training loss=0.12, validation loss=0.50"
    )
