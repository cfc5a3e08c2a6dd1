"""`python -m benchmarks.load`: 200 people type /classify at once, and the model takes 0.8 seconds."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.kills.drive import PatientPerson, drive
from benchmarks.load.crowd import crowd
from benchmarks.load.figures import Figures, burst_figures, cpu_seconds, steady_figures
from benchmarks.stack import Stack, running
from benchmarks.tickets import QUESTION, write_tickets
from bot.processes import Child

BAR_ACK_MS = 1000.0
BAR_ANSWERS_PER_S = 150.0
ACK_ONLY = "only acks"


def main() -> int:
    """Measure; 0 when the bars hold for our bot."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder, running(options.home) as stack:
        stack.set_up(rate_limits=False)
        _give_the_channel_a_model(stack, Path(folder))
        upstream = stack.children.start(
            "upstream", ["benchmarks.load.upstream", "--delay-s", str(options.upstream_s)]
        ).read_ready()["base_url"]
        found = _measured(stack, "tunesmith", stack.start(OPENAI_BASE_URL=upstream), options)
        for workers in options.peers:
            peer = stack.start(("benchmarks.load.peers", "--workers", str(workers)), OPENAI_BASE_URL=upstream)
            found += _measured(stack, f"{workers} threads" if workers else ACK_ONLY, peer, options)
    broken = _broken([row for row in found if row.name.startswith("tunesmith")])
    if not options.json:
        _print_table(found)
        print("The bars hold.\n" if not broken else "\n".join(["BELOW THE BAR:", *broken, ""]))
    print(json.dumps(_summary(found, broken, options), ensure_ascii=False))
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--commands", type=int, default=200, help="how many people ask at once")
    parser.add_argument("--upstream-s", type=float, default=0.8, help="how long the model takes")
    parser.add_argument("--rounds", type=int, default=3, help="bursts; the first one finds everything cold")
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="after them, everybody asks again once answered, so long"
    )
    parser.add_argument(
        "--peers",
        type=lambda text: [int(word) for word in text.split(",") if word],
        default=[0, 50],
        help="comma list: 0 only acks, N a threaded app with N workers",
    )
    parser.add_argument("--home", type=Path, help="keep everything here, logs included")
    parser.add_argument("--json", action="store_true", help="the summary alone, one line")
    return parser.parse_args()


def _give_the_channel_a_model(stack: Stack, folder: Path) -> None:
    """Train a small one, as a person would; the stand-in then answers in its name."""
    bot = stack.start()
    bot.read_ready()
    drive(
        PatientPerson(stack.control, lambda row: None),
        write_tickets(folder / "tickets.csv", rows=240, seed=1),
        enter=lambda phase: None,
        is_killing=lambda: False,
        question=QUESTION,
        model="ngram-hash-1",
        epochs=2,
    )
    bot.stop()


def _measured(stack: Stack, name: str, bot: Child, options: argparse.Namespace) -> list[Figures]:
    bot.read_ready()
    rows = asyncio.run(_rows(stack, name, bot, options))
    bot.stop()
    return rows


async def _rows(stack: Stack, name: str, bot: Child, options: argparse.Namespace) -> list[Figures]:
    wants_answers = name != ACK_ONLY
    rows = []
    async with crowd(stack.control) as people:
        for number in range(1, options.rounds + 1):
            load = await people.burst(options.commands, wants_answers=wants_answers)
            rows.append(burst_figures(f"{name}, burst {number}", load))
        if options.seconds:
            used, workspace_used = cpu_seconds(bot.process.pid), cpu_seconds(stack.workspace_pid)
            load = await people.keep_asking(options.commands, options.seconds, wants_answers=wants_answers)
            rows.append(
                steady_figures(
                    f"{name}, steady",
                    load,
                    options.seconds,
                    cpu_s=cpu_seconds(bot.process.pid) - used,
                    workspace_cpu_s=cpu_seconds(stack.workspace_pid) - workspace_used,
                )
            )
    return rows


def _broken(rows: Sequence[Figures]) -> list[str]:
    """The bars: no ack later than a second, none lost, 150 answers a second once warm."""
    broken = [
        f"{row.name}: an ack took {row.ack_max_ms:.0f} ms." for row in rows if row.ack_max_ms > BAR_ACK_MS
    ]
    broken += [f"{row.name}: {row.lost} of {row.asked} commands got no answer." for row in rows if row.lost]
    if rows[-1].answers_per_s < BAR_ANSWERS_PER_S:
        broken.append(f"{rows[-1].name}: {rows[-1].answers_per_s:.0f} answers a second.")
    return broken


def _summary(found: Sequence[Figures], broken: list[str], options: argparse.Namespace) -> dict[str, Any]:
    ours = next(row for row in reversed(found) if row.name.startswith("tunesmith"))
    peers = {row.name.partition(",")[0]: row for row in found if not row.name.startswith("tunesmith")}
    return {
        "event": "summary",
        "benchmark": "load",
        "held": not broken,
        "broken": broken,
        "commands": options.commands,
        "upstream_s": options.upstream_s,
        "rows": [asdict(row) for row in found],
        "ratios": {
            f"answers, ours to {name}": round(ours.answers_per_s / row.answers_per_s, 2)
            for name, row in peers.items()
            if row.answers_per_s
        },
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }


def _print_table(rows: Sequence[Figures]) -> None:
    head = (
        "",
        "asked",
        "lost",
        "ack p50",
        "p99",
        "max ms",
        "answers/s",
        "wait p50",
        "max ms",
        "CPU %",
        "ms each",
    )
    print(("{:<22}" + "{:>9}" * 10).format(*head))
    for row in rows:
        cells: list[Any] = [row.asked, row.lost, row.ack_p50_ms, row.ack_p99_ms, row.ack_max_ms]
        cells += [row.answers_per_s, row.wait_p50_ms, row.wait_max_ms]
        cells += [cell if cell is not None else "" for cell in (row.cpu_percent, row.cpu_ms_per_answer)]
        print(("{:<22}" + "{:>9}" * 10).format(row.name, *cells))
    print()


if __name__ == "__main__":
    sys.exit(main())
