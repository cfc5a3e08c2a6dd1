"""What each of the costlier passes takes on the rows of a prepared folder: `WORK_DIR`."""

import sys
import time
from pathlib import Path

import numpy as np

from bot.datasets import insight
from bot.datasets.checks import privacy
from bot.datasets.kernels import TextBytes
from bot.datasets.near import near_duplicates
from bot.datasets.rows import row_texts
from bot.datasets.suspicion import suspicious_labels
from bot.datasets.words import words_of
from bot.datasets.workspace import open_workspace
from bot.domain import Choices


def main() -> None:
    space = open_workspace(Path(sys.argv[1]), Choices(), deep=False)
    spent = {"pii and secrets": 0.0}
    for part in row_texts(space.spool, space.frame.mapping):
        begun = time.process_time()
        privacy.pii_rows(part.text, TextBytes(part.text))
        privacy.secret_rows(part.text)
        spent["pii and secrets"] += time.process_time() - begun
    rows = insight.rows_to_look_at(space.spool, space.frame)
    texts = insight.texts_of_rows(space.spool, space.frame, rows)
    words = words_of(texts)
    begun = time.process_time()
    near_duplicates(words)
    spent["near duplicates"] = time.process_time() - begun
    begun = time.process_time()
    suspicious_labels(words, space.frame.label[rows].astype(np.int32))
    spent["suspicious labels"] = time.process_time() - begun
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in spent.items())
    print(f"{space.frame.rows:,} rows: {told} CPU s (the last two on {len(rows):,} texts)")


if __name__ == "__main__":
    main()
