"""The dataset's picture: drawn for good, odd and empty datasets, and said in words."""

import io
from dataclasses import replace

import pytest
from matplotlib.image import imread

from bot.charts import report_alt_text, report_picture
from bot.charts.figure import HEIGHT_PX, WIDTH_PX
from bot.charts.report import draw
from bot.domain import Lengths
from tests.values import REPORT

LENGTHS = Lengths(
    median=42,
    p99=110,
    longest=512,
    longest_line=9,
    histogram=((0, 50, 80), (50, 100, 15), (100, 513, 5)),
    limit=200,
    over_limit=2,
)
REPORTED = replace(REPORT, lengths=LENGTHS)
MANY = replace(REPORTED, labels={f"class {number}": 200 - number for number in range(77)})
ODD = replace(
    REPORTED,
    reading=replace(REPORT.reading, file="工" * 300),
    labels={"$a_{b$ <b>\n": 3, "": 2, "配送\u202e延迟": 1, "x" * 500: 1},
)
FEW = replace(
    REPORTED, lengths=Lengths(median=5, p99=5, longest=5, longest_line=1, histogram=((5, 6, 3),), limit=0)
)
WITHOUT_LABELS = replace(REPORTED, labels={})
EMPTY = replace(REPORTED, rows_kept=0, labels={}, lengths=Lengths(median=0, p99=0, longest=0, longest_line=0))


@pytest.mark.parametrize("report", [REPORTED, MANY, ODD, FEW, WITHOUT_LABELS, EMPTY])
def test_every_dataset_has_a_picture_of_the_same_size(report):
    pixels = imread(io.BytesIO(report_picture(report)))

    assert pixels.shape[:2] == (HEIGHT_PX, WIDTH_PX)
    assert pixels[..., :3].min() < 0.2


def test_the_ground_is_opaque_so_that_it_reads_in_dark_mode():
    pixels = imread(io.BytesIO(report_picture(REPORTED)))

    assert pixels[0, 0].tolist() == [1, 1, 1, 1]


def test_labels_change_the_picture():
    assert report_picture(REPORTED) != report_picture(
        replace(REPORTED, labels={"delivery": 60, "billing": 41})
    )


def test_the_words_say_what_the_picture_shows():
    assert report_alt_text(REPORTED) == (
        "Bar chart of rows per label (2 labels): delivery 60, billing 40. Histogram of lengths: median 42 tokens,"
        " 99% of the rows have at most 110, the longest 512. 2 rows are longer than the limit of 200 tokens."
    )


def test_the_words_name_the_twelve_largest_labels_and_the_smallest():
    words = report_alt_text(MANY)

    assert "class 11 189; 64 labels between are not drawn; the smallest is class 76 with 124." in words
    assert "class 12 " not in words


def test_thirteen_labels_are_all_drawn():
    words = report_alt_text(replace(REPORTED, labels={f"c{number}": 20 - number for number in range(13)}))

    assert "c12 8. " in words
    assert "not drawn" not in words


def test_nothing_kept_is_said_in_words():
    assert report_alt_text(EMPTY) == "tickets.csv: no row is kept, so there is nothing to draw."


def test_the_worker_writes_the_file_and_answers_with_the_words(tmp_path):
    words = draw(REPORTED, tmp_path / "report.png", "en")

    assert words == report_alt_text(REPORTED)
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
