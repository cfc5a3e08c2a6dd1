"""The picture of a training: a PNG of our size for whatever a server told, and words that say the same."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from bot.charts.training import draw, training_alt_text, training_picture
from bot.domain import Checkpoint, JobProgress, JobStatus, Metrics
from tests.values import JOB

EPOCHS = (
    Metrics(step=10, train_loss=1.0, train_accuracy=0.8, valid_loss=0.9, valid_accuracy=0.75),
    Metrics(step=20, train_loss=0.4, train_accuracy=0.9, valid_loss=0.5, valid_accuracy=0.85),
    Metrics(step=30, train_loss=0.2, train_accuracy=1.0, valid_loss=0.6, valid_accuracy=0.85),
)
WHOLE = JobProgress(
    status=JobStatus.SUCCEEDED,
    losses=tuple((step, 2 / step) for step in range(1, 31)),
    epoch_metrics=EPOCHS,
    checkpoints=(
        Checkpoint(id="c1", step=20, model="ft:x:ckpt-step-20", metrics=EPOCHS[1]),
        Checkpoint(id="c2", step=30, model="ft:x:ckpt-step-30", metrics=EPOCHS[2]),
    ),
)


def job(**changes):
    return replace(JOB, progress=replace(WHOLE, **changes))


def size(picture: bytes) -> tuple[int, ...]:
    """Width and height out of a PNG's header."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", picture[16:24])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"epoch_metrics": ()},
        {"checkpoints": ()},
        {"losses": ((1, 1.0), (2, 1.0))},
        {"losses": (), "epoch_metrics": EPOCHS[:1]},
        {"losses": (), "epoch_metrics": (), "checkpoints": ()},
    ],
)
def test_whatever_a_server_told_makes_a_picture(changes):
    assert size(training_picture(job(**changes))) == (1080, 504)


def test_names_of_strangers_are_text():
    named = replace(job(), dataset_name="$\\frac{1}{0}$ \n\x00 " + "很长" * 40)

    assert size(training_picture(named)) == (1080, 504)


def test_the_words_say_what_the_picture_shows():
    assert training_alt_text(job()) == (
        "Training loss went from 2.000 at step 1 to 0.067 at step 30."
        " Validation loss was lowest at step 20: 0.500."
        " Validation accuracy was highest at step 20: 85.0%."
        " Checkpoints were kept at steps 20, 30."
    )


def test_a_server_that_told_nothing_is_said_to_have():
    nothing = job(losses=(), epoch_metrics=(), checkpoints=())

    assert training_alt_text(nothing) == "The server told no losses."


def test_the_worker_writes_the_file_and_gives_back_the_words(tmp_path: Path):
    words = draw(job(), tmp_path / "training.png", "en")

    assert words == training_alt_text(job())
    assert size((tmp_path / "training.png").read_bytes()) == (1080, 504)
