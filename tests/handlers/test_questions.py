"""What /classify makes of what was typed."""

import pytest

from bot.errors import InputError
from handlers.questions import Typed, question


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my parcel is late", Typed(text="my parcel is late")),
        ("my  parcel\nis late", Typed(text="my  parcel\nis late")),
        ("model=ft:a where is it", Typed(text="where is it", model="ft:a")),
        ("where is it model=ft:a", Typed(text="where is it", model="ft:a")),
        ("set model=x in the file", Typed(text="set model=x in the file")),
        ("where is it --private", Typed(text="where is it", private=True)),
        ("where is it —private", Typed(text="where is it", private=True)),
        ("where is it --top 7", Typed(text="where is it", top=7)),
        ("--top=7 --private where is it", Typed(text="where is it", top=7, private=True)),
        ("--private where is it --top 3 model=m", Typed(text="where is it", model="m", private=True, top=3)),
        ("the --top 3 reasons are bad", Typed(text="the --top 3 reasons are bad")),
        ("model=m", Typed(text="", model="m")),
        ("", Typed(text="")),
    ],
)
def test_options_stand_at_the_ends(text: str, expected: Typed):
    assert question(text) == expected


@pytest.mark.parametrize("text", ["where is it --top", "--top many where is it", "where is it --top 3x"])
def test_top_needs_a_number(text: str):
    with pytest.raises(InputError, match="--top takes a number"):
        question(text)
