"""Measure the trainer on real datasets, beside scikit-learn's TF-IDF and logistic regression in the same run.

python -m benchmarks.train --data FOLDER --out results.json             the table, three seeds
python -m benchmarks.train --data FOLDER --out r.json --growth          1k, 10k, 100k examples
python -m benchmarks.train --data FOLDER --out r.json --outsiders       texts of labels never trained on
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.train.jobs import Trained, train
from benchmarks.train.scores import Score, answer_speed, outsider_auroc, score_model
from benchmarks.train.sets import LabelledSet, available, banking77, grown

PEER = "TF-IDF + LR"
QUICK_BASES = ("ngram-hash-1", "minilm-l6-blend-1")
GROWTH = (1_000, 10_000, 100_000)
HELD_OUT_LABELS = 17
ROW = "{:<24} {:<20} {:>8} {:>8} {:>7} {:>8} {:>8} {:>8}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One trained model on one set; times in seconds, memory in megabytes; None where the peer has no such figure."""

    set_name: str
    base: str
    seed: int
    accuracy: float
    macro_f1: float
    ece: float
    cpu_s: float
    wall_s: float | None = None
    peak_mb: float | None = None
    epochs: int | None = None
    tuned_with: str | None = None


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if options.growth:
            results: Any = _growth(options, work)
        elif options.outsiders:
            results = _outsiders(options, work)
        else:
            results = _table(options, work)
    options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with banking77, sms_spam, rt_polarity, or NAME/train.csv and test.csv",
    )
    parser.add_argument("--out", type=Path, required=True, help="JSON file for every figure")
    parser.add_argument(
        "--bases", nargs="*", default=list(QUICK_BASES), help="minilm-l6-full-1 takes minutes a run"
    )
    parser.add_argument(
        "--sets",
        nargs="*",
        help="banking77 banking77-few sms rt, or NAME of a folder; all that are there without it",
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--memory-mb", type=int, default=2_000)
    parser.add_argument(
        "--tuner", choices=("auto", "numpy"), default="auto", help="auto is torch where it is installed"
    )
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--outsiders", action="store_true")
    return parser.parse_args()


def _table(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    found, speeds = [], {}
    print(ROW.format("set", "model", "acc", "macroF1", "ECE", "CPU s", "wall s", "peak MB"))
    for name, made in available(options.data).items():
        if options.sets and name not in options.sets:
            continue
        rows: dict[str, list[Row]] = {}
        for seed in range(1, options.seeds + 1):
            labelled = made(seed)
            rows.setdefault(PEER, []).append(_peer_row(labelled, seed))
            for base in options.bases:
                job = work / f"{name}-{base}-{seed}"
                trained = _train(options, labelled, base, seed, job)
                result = score_model(trained.model, labelled.test, threads=options.threads)
                rows.setdefault(base, []).append(_our_row(labelled, base, seed, trained, result))
                speeds[base] = asdict(_speed(options, trained, labelled))
        for several in rows.values():
            _print_median(several)
            found += [asdict(row) for row in several]
    print(json.dumps(speeds, indent=1))
    return {"rows": found, "answers": speeds}


def _train(options: argparse.Namespace, labelled: LabelledSet, base: str, seed: int, job: Path) -> Trained:
    """Train with a cache of its own, so that every figure has the embedding in it."""
    return train(
        job,
        labelled.train,
        base=base,
        seed=seed,
        cache=job.with_suffix(".cache"),
        threads=options.threads,
        memory_mb=options.memory_mb,
        tuner=options.tuner,
    )


def _speed(options: argparse.Namespace, trained: Trained, labelled: LabelledSet) -> Any:
    return answer_speed(trained.model, [text for text, _ in labelled.test][:1_000], threads=options.threads)


def _peer_row(labelled: LabelledSet, seed: int) -> Row:
    # Here, so that --help and --growth work without scikit-learn.
    from benchmarks.train.peer import train_and_score

    result, cpu_s = train_and_score(labelled.train, labelled.test, seed=seed)
    return Row(set_name=labelled.name, base=PEER, seed=seed, cpu_s=cpu_s, **asdict(result))


def _our_row(labelled: LabelledSet, base: str, seed: int, trained: Trained, result: Score) -> Row:
    return Row(
        set_name=labelled.name,
        base=base,
        seed=seed,
        cpu_s=trained.cpu_s,
        wall_s=trained.wall_s,
        peak_mb=trained.peak_mb,
        epochs=trained.epochs,
        tuned_with=next((note for note in trained.notes if "tuned with" in note), None),
        **asdict(result),
    )


def _print_median(rows: Sequence[Row]) -> None:
    def middle(name: str, form: str) -> str:
        values = [getattr(row, name) for row in rows]
        return "-" if None in values else format(statistics.median(values), form)

    print(
        ROW.format(
            rows[0].set_name,
            rows[0].base,
            middle("accuracy", ".4f"),
            middle("macro_f1", ".4f"),
            middle("ece", ".4f"),
            middle("cpu_s", ".1f"),
            middle("wall_s", ".1f"),
            middle("peak_mb", ".0f"),
        ),
        flush=True,
    )


def _growth(options: argparse.Namespace, work: Path) -> list[dict[str, Any]]:
    found = []
    whole = banking77(options.data)
    for size in GROWTH:
        for base in options.bases:
            labelled = LabelledSet(name=f"{size:,} examples", train=grown(whole.train, size), test=whole.test)
            trained = _train(options, labelled, base, 1, work / f"grown-{base}-{size}")
            result = score_model(trained.model, labelled.test, threads=options.threads)
            row = _our_row(labelled, base, 1, trained, result)
            _print_median([row])
            found.append(asdict(row))
    return found


def _outsiders(options: argparse.Namespace, work: Path) -> list[dict[str, Any]]:
    whole = banking77(options.data)
    unknown = set(sorted({label for _, label in whole.train})[::-1][:HELD_OUT_LABELS])
    known = [pair for pair in whole.train if pair[1] not in unknown]
    inside = [pair for pair in whole.test if pair[1] not in unknown]
    outside = [pair for pair in whole.test if pair[1] in unknown]
    labelled = LabelledSet(name="60 of 77 labels", train=tuple(known), test=tuple(inside))
    found = []
    for base in options.bases:
        trained = _train(options, labelled, base, 1, work / f"outsiders-{base}")
        area, kept, turned_away = outsider_auroc(trained.model, inside, outside)
        print(
            f"{base}: AUROC {area:.3f}; at the offered threshold {kept:.1%} kept, {turned_away:.1%} turned away"
        )
        found.append({"base": base, "auroc": area, "kept": kept, "turned_away": turned_away})
    return found


if __name__ == "__main__":
    main()
