"""Clean tables of the kinds that people publish, made from a seed: the truth that pollutions are measured against."""

from __future__ import annotations

import random
from dataclasses import dataclass

Row = list[str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A header and its records, all text."""

    name: str
    header: Row
    rows: list[Row]


_TEXT = (
    "Manchester council housing benefit payment river quality station annual report north south green school meals "
    "transport repair lamp bicycle garden service public library window coffee filter copper cable standard deluxe "
    "édition résumé naïve Zürich São façade premium small large blue winter autumn data survey sample mean rate"
)
_WORDS = _TEXT.split()
_TYPES = ["Toy", "Book", "Food", "Tool", "Garden", "Office"]


def _phrase(rng: random.Random, low: int, high: int) -> str:
    return " ".join(rng.choices(_WORDS, k=rng.randint(low, high)))


def _sales(rng: random.Random, rows: int) -> Table:
    def row(number: int) -> Row:
        description = _phrase(rng, 2, 6)
        if rng.random() < 0.4:
            description += f", {rng.choice(['red', 'for 2 persons', '24 x 30'])}"
        if rng.random() < 0.15:
            description = f'{rng.randint(3, 30)}" {description}'
        comment = "" if rng.random() < 0.5 else _phrase(rng, 3, 12)
        if comment and rng.random() < 0.15:
            comment += "\n" + _phrase(rng, 2, 5)
        return [
            f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2014",
            f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00",
            str(rng.randint(1, 40)),
            f"{rng.choice(_TYPES)[:3].upper()}-{rng.randint(1, 9999):04}",
            f"{rng.uniform(1, 900):.2f}",
            rng.choice(_TYPES),
            description,
            f"http://www.example.com/p?id={number}&x={rng.randint(1, 9)}",
            comment,
        ]

    header = [
        "DATE",
        "TIME",
        "Qty",
        "PRODUCTID",
        "Price",
        "ProductType",
        "ProductDescription",
        "URL",
        "Comments",
    ]
    return Table(name="sales", header=header, rows=[row(number) for number in range(rows)])


def _spending(rng: random.Random, rows: int) -> Table:
    def row(_: int) -> Row:
        amount = f"{rng.randint(1, 90)},{rng.randint(0, 999):03}.{rng.randint(0, 99):02}"
        return [
            "Department for Transport", _phrase(rng, 1, 3), f"2013-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            _phrase(rng, 2, 5).title() + rng.choice(["", " Ltd", ", The", " & Co"]), str(rng.randint(100000, 999999)),
            amount, rng.choice(["", "VAT", "SW1A 1AA", "M1 2AB"]),
        ]  # fmt: skip

    header = ["Department Family", "Entity", "Date", "Supplier", "Transaction Number", "Amount", "Postcode"]
    return Table(name="spending", header=header, rows=[row(number) for number in range(rows)])


def _numbers(rng: random.Random, rows: int) -> Table:
    body = [
        [str(number), *(f"{rng.gauss(0, 10):.4f}" for _ in range(5)), rng.choice(["", "NA", "1e-3"])]
        for number in range(rows)
    ]
    return Table(name="numbers", header=["t", "x1", "x2", "x3", "x4", "x5", "note"], rows=body)


def _texts(rng: random.Random, rows: int) -> Table:
    def row(_: int) -> Row:
        text = _phrase(rng, 5, 25).capitalize() + rng.choice([".", "!", "?", ", or not?"])
        return [text.replace(" data", ', "data",'), rng.choice(["positive", "negative", "neutral"])]

    return Table(name="texts", header=["text", "label"], rows=[row(number) for number in range(rows)])


def _survey(rng: random.Random, rows: int) -> Table:
    header = [
        "Respondent",
        "Age group",
        "Region",
        "Q1. How often?",
        "Q2. Why (please, explain)?",
        "Score (0-10)",
    ]
    body = [
        [
            f"R{number:03}", rng.choice(["18-24", "25-34", "35+"]), rng.choice(["North", "South", "N/A", "None"]),
            rng.choice(["Often", "Never", "Sometimes"]), "" if rng.random() < 0.3 else _phrase(rng, 2, 15), str(rng.randint(0, 10)),
        ]
        for number in range(rows)
    ]  # fmt: skip
    return Table(name="survey", header=header, rows=body)


def _names(rng: random.Random, rows: int) -> Table:
    body = [[_phrase(rng, 1, 2).title(), rng.choice(_WORDS), rng.choice(_TYPES)] for _ in range(rows)]
    return Table(name="names", header=["Name", "Family", "Kind"], rows=body)


def clean_tables(seed: int, *, rows: int = 84) -> list[Table]:
    """One table of each kind with about as many records as the public benchmark's source file has."""
    makers = (_sales, _spending, _numbers, _texts, _survey, _names)
    return [make(random.Random(f"{seed}-{make.__name__}"), rows) for make in makers]
