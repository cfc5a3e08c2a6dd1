"""A made-up set of support tickets, so that the benchmarks run where no dataset lies; the same seed, the same rows."""

from __future__ import annotations

import csv
import itertools
import random
from pathlib import Path

QUESTION = "my parcel still has not arrived"
QUESTION_LABEL = "delivery"

_OPENINGS = ("", "Hello, ", "Hi there, ", "Please help: ", "Second mail about this: ", "Quick question, ")
_ENDINGS = ("", " Thanks.", " Order {number}.", " Can you check?", " I ordered on {day}.", " Ref {number}.")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TICKETS: dict[str, tuple[str, ...]] = {
    "delivery": (
        "my parcel still has not arrived",
        "the tracking has not moved since {day}",
        "the courier left the box with a neighbour I don't know",
        "when will my order reach me?",
    ),
    "billing": (
        "I was charged twice for one order",
        "the invoice for {day} shows the wrong amount",
        "please send the receipt with our VAT number",
        "why is there a fee of {number} on my card?",
    ),
    "returns": (
        "I want to send the shoes back",
        "how do I print the return label?",
        "the jacket is too small, can I exchange it?",
        "I returned it on {day} and hear nothing of the refund",
    ),
    "account": (
        "I can't log in since {day}",
        "the reset mail never comes",
        "please change the mail address of my account",
        "delete my account and all my data",
    ),
    "broken": (
        "the screen came with a crack",
        "the kettle stopped working after two days",
        "one of the four legs is missing from the box",
        "it makes a loud noise when I switch it on",
    ),
    "stock": (
        "when is the blue one in stock again?",
        "is size {number} coming back?",
        "the shop says sold out, is it gone for good?",
        "can you tell me when the lamp is available?",
    ),
}


def write_tickets(path: Path, *, rows: int, seed: int) -> Path:
    """Write a CSV (text, queue) of that many rows, no two alike in text; every label is about as frequent."""
    draw = random.Random(seed)
    texts: dict[str, str] = {}
    for label in itertools.cycle(_TICKETS):
        if len(texts) >= rows:
            break
        texts.setdefault(_text(draw, label), label)
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(("text", "queue"))
        writer.writerows(texts.items())
    return path


def _text(draw: random.Random, label: str) -> str:
    ticket = draw.choice(_OPENINGS) + draw.choice(_TICKETS[label]) + "." + draw.choice(_ENDINGS)
    return ticket.format(number=draw.randrange(10, 100_000), day=draw.choice(_DAYS))
