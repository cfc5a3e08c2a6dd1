import random

import pytest

from bot.datasets.freetext import FreeText, find_free_text


def lines(share: float, *, label_first: bool = False, header: bool = True, seed: int = 3) -> list[str]:
    """Texts of which that share holds commas of its own, unquoted, beside one of three labels."""
    chance = random.Random(seed)
    rows = ["label,text" if label_first else "text,label"] if header else []
    for number in range(60):
        text = f"parcel {number} is late"
        if chance.random() < share:
            text += ", please help" + (", today" if chance.random() < 0.3 else "")
        label = chance.choice(["delivery", "refund", "other"])
        rows.append(f"{label},{text}" if label_first else f"{text},{label}")
    return [f"{row}\n" for row in rows]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("label_first", [False, True])
def test_the_column_of_texts_is_found_by_the_labels_beside_it(share, label_first):
    found = find_free_text(lines(share, label_first=label_first))

    assert found == FreeText(delimiter=",", width=2, column=1 if label_first else 0, header=True)


def test_a_file_without_header_shows_it_by_its_few_labels():
    found = find_free_text(lines(0.5, label_first=True, header=False))

    assert found == FreeText(delimiter=",", width=2, column=1, header=False)


def test_a_wide_record_gets_its_text_joined_again():
    free = FreeText(delimiter=",", width=3, column=1, header=True)

    assert free.fitted(["7", "well", " that", " is it", "praise"]) == ["7", "well, that, is it", "praise"]


@pytest.mark.parametrize(
    "text",
    [
        "text,label\na,x\nb,y\nc,x\nd,y\n",
        "id,price,name\n1,2.50,desk\n2,3.50,lamp\n3,,1.50,desk\n4,2.00,desk\n5,1.00,lamp\n",
        "text,label\na,x\nb,y\nc,x\nd, and,so, on,unknown\n",
    ],
    ids=["even", "a delimiter too many", "a label never seen"],
)
def test_other_ragged_rows_are_left_to_other_repairs(text):
    assert find_free_text(text.splitlines(keepends=True)) is None


def test_sentences_are_no_table():
    rows = [f"Once, long ago, number {n} came by, saw, and left.\n" for n in range(40)]

    assert find_free_text(rows) is None
