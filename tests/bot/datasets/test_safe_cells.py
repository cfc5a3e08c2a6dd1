"""What a spreadsheet would compute is text in our files."""

import pytest

from bot.datasets.safe_cells import safe_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "--5"]
)
def test_a_formula_becomes_text(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "hello", "-1", "+3.5", "-12%", "1,000", "a=b", "e-mail"])
def test_the_rest_stays(text):
    assert safe_cell(text) == text
