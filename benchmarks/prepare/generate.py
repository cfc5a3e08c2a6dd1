"""Makes the file that preparing is measured on: prompts and classes, with the faults of real files in known shares."""

import csv
import random
import re
from pathlib import Path
from pydoc_data.topics import topics

DUPLICATES = 0.108
NEWLINES = 0.03
BEYOND_ASCII = 0.03
CONFLICTS = 0.01
EMPTY = 0.005
CLASSES = 20
WORDS_A_ROW = range(30, 61)


def make_file(path: Path, rows: int, *, seed: int = 1) -> None:
    """Write a CSV file of `rows` rows (prompt, completion), about 278 bytes each."""
    rng = random.Random(seed)
    words = re.findall(r"[A-Za-z]+[,.]?", " ".join(topics.values()))
    recent: list[tuple[str, str]] = []
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("prompt", "completion"))
        for number in range(rows):
            row = _row(rng, words, recent)
            if number % 50 == 0:
                recent.append(row)
                del recent[:-20_000]
            writer.writerow(row)


def _row(rng: random.Random, words: list[str], recent: list[tuple[str, str]]) -> tuple[str, str]:
    draw = rng.random()
    if recent and draw < DUPLICATES:
        prompt, completion = rng.choice(recent)
        if draw < DUPLICATES * 0.2:
            prompt = prompt.capitalize().replace(" ", "  ", 1)
        return prompt, completion
    if recent and draw < DUPLICATES + CONFLICTS:
        return rng.choice(recent)[0], f"class {rng.randrange(CLASSES)}"
    if draw > 1 - EMPTY:
        return "  ", f"class {rng.randrange(CLASSES)}"
    picked = rng.choices(words, k=rng.choice(WORDS_A_ROW))
    if rng.random() < NEWLINES:
        picked[len(picked) // 2] += "\n"
    if rng.random() < BEYOND_ASCII:
        picked[len(picked) // 3] += " café, naïve “日本語”"
    return " ".join(picked), f"class {int(rng.random() ** 2 * CLASSES)}"
