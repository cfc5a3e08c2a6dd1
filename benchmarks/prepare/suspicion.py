"""How many of the labels that we call suspicious are wrong: 5% of real labels are changed at random, then looked for.

python -m benchmarks.prepare.suspicion --data ../shared/data

The folder holds banking77, sms_spam and rt_polarity. Labels that are wrong in the data sets themselves count as false alarms.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from bot.datasets.kernels import trimmed
from bot.datasets.reading import read_tables
from bot.datasets.spool import open_spool
from bot.datasets.suspicion import suspicious_labels
from bot.datasets.words import words_of

SETS = {
    "banking77": (("train.csv",), "text", "category"),
    "sms_spam": (("sms.tsv",), "column_2", "column_1"),
    "rt_polarity": (("rt-polarity.pos", "rt-polarity.neg"), "column_1", "__file__"),
}
FLIPPED = 0.05
SEEDS = range(3)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    for name, (files, text, label) in SETS.items():
        texts, labels = _table([_find(data / name, file) for file in files], text, label)
        runs = [_found(texts, labels, seed) for seed in SEEDS]
        called, right, wrong, cpu_s = np.mean(runs, axis=0)
        print(
            f"{name}: {len(labels):,} rows, {wrong:.0f} labels changed; {called:.0f} called suspicious, precision "
            f"{right / max(1, called):.0%}, recall {right / wrong:.0%}; {cpu_s:.2f} CPU s (mean of {len(SEEDS)} seeds)"
        )


def _find(folder: Path, name: str) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.name == name)


def _table(paths: list[Path], text: str, label: str) -> tuple[pa.Array, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        spool_path = Path(folder, "spool")
        read_tables([(path, path.name) for path in paths], spool_path)
        batches = list(open_spool(spool_path).batches())
    table = pa.Table.from_batches(batches).combine_chunks()
    labels = table.column(label).to_pylist()
    return trimmed(table.column(text).chunk(0)), np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _found(texts: pa.Array, labels: np.ndarray, seed: int) -> tuple[int, int, int, float]:
    """Rows called suspicious, those of them that were changed, all that were changed, CPU seconds."""
    random = np.random.default_rng(seed)
    changed = random.choice(len(labels), round(len(labels) * FLIPPED), replace=False)
    classes = int(labels.max()) + 1
    noisy = labels.copy()
    noisy[changed] = (noisy[changed] + random.integers(1, classes, len(changed))) % classes
    begun = time.process_time()
    found = suspicious_labels(words_of(texts), noisy).rows
    return len(found), int(np.isin(found, changed).sum()), len(changed), time.process_time() - begun


if __name__ == "__main__":
    main()
