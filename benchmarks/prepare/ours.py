"""One run of our own preparation, for the benchmark: `FILE WORK_DIR cheap|deep`, or `- WORK_DIR what-if`."""

import sys
import time
from pathlib import Path

from bot.datasets.prepare import ingest, rework
from bot.domain import Choices


def main() -> None:
    source, folder, kind = sys.argv[1:4]
    work_dir = Path(folder)
    if kind == "what-if":
        begun = time.process_time()
        report = rework(
            work_dir,
            choices=Choices(fixes=("drop_empty_text", "drop_duplicates"), seed=7),
            write=False,
            deep=False,
        )
        print(f"what if: {time.process_time() - begun:.2f} CPU s, {report.rows_kept:,} rows kept")
        return
    work_dir.mkdir(parents=True, exist_ok=True)
    report = ingest(Path(source), work_dir, name=Path(source).name, choices=Choices(), deep=kind == "deep")
    print(f"{report.rows_kept:,} rows kept, {len(report.findings)} findings, {report.tokens:,} tokens")


if __name__ == "__main__":
    main()
