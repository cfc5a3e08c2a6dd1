"""Measures preparing on a generated file: ours beside prepare_data of openai 2.34.0, duckdb and polars.

python -m benchmarks.prepare --rows 1000000            ours and the peers
python -m benchmarks.prepare --rows 4000000 --no-peers  ours, larger
python -m benchmarks.prepare --growth                   the costlier passes at 10k, 100k, 1M rows
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.prepare.generate import make_file
from benchmarks.prepare.measure import Measured, measure

OUT = Path(__file__).parents[1] / "out" / "prepare"
PEERS = OUT / "peers"
PEER_PACKAGES = ("openai==2.34.0", "pandas", "duckdb", "polars")
GROWTH = (10_000, 100_000, 1_000_000)
ROW = "{:<28} {:>8} {:>8} {:>9}   {}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--growth", action="store_true")
    chosen = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    if chosen.growth:
        for rows in GROWTH:
            closer_passes(rows)
        return
    results = compare(chosen.rows, peers=not chosen.no_peers)
    (OUT / f"results-{chosen.rows}.json").write_text(
        json.dumps({k: vars(v) for k, v in results.items()}, indent=2)
    )


def compare(rows: int, *, peers: bool) -> dict[str, Measured]:
    """Measure every contender on the file of so many rows, print a table and the ratios to ours."""
    source = file_of(rows)
    print(f"{rows:,} rows, {source.stat().st_size / 1e6:.1f} MB")
    print(ROW.format("", "CPU s", "wall s", "peak MB", ""))
    warm(source)
    work = OUT / "ours"
    results = {"ours, cheap checks": ours(source, work, "cheap")}
    results["ours, a what-if"] = ours(source, work, "what-if")
    results["ours, all checks"] = ours(source, OUT / "deep", "deep")
    if peers:
        results |= run_peers(source)
    print()
    base = results["ours, cheap checks"]
    for name, result in results.items():
        if not name.startswith("ours"):
            print(
                f"{name}: {result.cpu_s / base.cpu_s:.1f} x the CPU, {result.peak_mb / base.peak_mb:.1f} x the memory"
            )
    for folder in (work, OUT / "deep"):
        shutil.rmtree(folder, ignore_errors=True)
    return results


def ours(source: Path, folder: Path, kind: str) -> Measured:
    return shown(
        f"ours, {kind}",
        measure([sys.executable, "-m", "benchmarks.prepare.ours", str(source), str(folder), kind]),
    )


def warm(source: Path) -> None:
    """Read the file once, so that whoever comes first does not pay for the disk."""
    with source.open("rb") as stream:
        while stream.read(1 << 24):
            pass


def run_peers(source: Path) -> dict[str, Measured]:
    """Measure the peers in their own virtual environment, made on demand."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER_PACKAGES], check=True)
    scripts = Path(__file__).parent / "peers"
    folder = OUT / "theirs"
    folder.mkdir(exist_ok=True)
    made = {}
    for name in ("duckdb", "polars"):
        made[name] = shown(
            name, measure([str(python), str(scripts / f"with_{name}.py"), str(source), str(folder)])
        )
    copy = folder / "source.csv"
    shutil.copy(source, copy)
    command = [str(PEERS / "bin" / "openai"), "tools", "fine_tunes.prepare_data", "-f", str(copy), "-q"]
    made["prepare_data"] = shown("openai 2.34.0 prepare_data", measure(command))
    shutil.rmtree(folder)
    return made


def shown(name: str, result: Measured) -> Measured:
    last = result.output.splitlines()[-1][:60] if result.output else ""
    state = last if result.code == 0 else f"failed ({result.code}): {last}"
    print(
        ROW.format(name, f"{result.cpu_s:.1f}", f"{result.wall_s:.1f}", f"{result.peak_mb:,.0f}", state),
        flush=True,
    )
    return result


def closer_passes(rows: int) -> None:
    folder = OUT / "growth"
    ours(file_of(rows), folder, "cheap")
    print(measure([sys.executable, "-m", "benchmarks.prepare.closer", str(folder)]).output, flush=True)
    shutil.rmtree(folder)


def file_of(rows: int) -> Path:
    path = OUT / f"rows-{rows}.csv"
    if not path.exists():
        make_file(path, rows)
    return path


if __name__ == "__main__":
    main()
