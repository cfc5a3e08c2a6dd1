"""Result files as several servers write them."""

from __future__ import annotations

import base64

import pytest

from bot.errors import InputError
from bot.metrics.result_file import plain_csv, read_result_file

OPENAI = (
    "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n"
    "1,2.5,0.25,,\n2,1.5,0.5,1.75,0.5\n3,0.5,0.75,,\n"
)
LEGACY = (
    "step,elapsed_tokens,elapsed_examples,training_loss,training_sequence_accuracy,training_token_accuracy,"
    "validation_loss,validation_token_accuracy,classification/accuracy,classification/auroc\n"
    "1,257,1,0.11,0.0,0.2,,,,\n2,512,2,0.09,1.0,0.9,0.12,0.8,0.87,0.95\n"
)


@pytest.mark.parametrize("content", [OPENAI.encode(), base64.b64encode(OPENAI.encode())])
def test_openais_file_plain_or_in_base64(content):
    found = read_result_file(content)

    assert (found.train_loss, found.train_accuracy) == (0.5, 0.75)
    assert (found.valid_loss, found.valid_accuracy) == (1.75, 0.5)
    assert (found.steps, found.columns[0]) == (3, "step")


def test_base64_with_line_ends():
    text = base64.encodebytes(OPENAI.encode() * 5)

    assert plain_csv(text).startswith("step,train_loss")


def test_the_old_fine_tunes_names():
    found = read_result_file(LEGACY.encode())

    assert (found.train_loss, found.train_accuracy, found.valid_loss, found.valid_accuracy) == (
        0.09,
        0.9,
        0.12,
        0.8,
    )
    assert found.classification == {"accuracy": 0.87, "auroc": 0.95}


def test_the_figure_over_the_whole_validation_part_counts():
    text = "step,train_loss,valid_loss,full_valid_loss\n1,1,0.4,0.9\n"

    assert read_result_file(text.encode()).valid_loss == 0.9


def test_a_byte_order_mark_windows_lines_and_nan_do_no_harm():
    text = "\ufeffstep,train_loss\r\n1,0.5\r\n2,nan\r\n"

    assert read_result_file(text.encode()).train_loss == 0.5


def test_a_file_without_steps_has_no_figures():
    found = read_result_file(b"step,train_loss\n")

    assert (found.steps, found.train_loss) == (0, None)


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"\xff\xfe\x00", b"aGVsbG8="])
def test_anything_else_is_refused(content):
    with pytest.raises(InputError, match="no CSV with a step column"):
        read_result_file(content)
