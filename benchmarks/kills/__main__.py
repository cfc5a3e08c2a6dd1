"""`python -m benchmarks.kills`: does the promise hold when the bot is killed twenty times?"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.kills.drive import PatientPerson, Run, drive
from benchmarks.kills.killer import Kill, Killer
from benchmarks.kills.phases import Phase
from benchmarks.kills.verdict import REPEATS_ALLOWED, Verdict, judge
from benchmarks.stack import BOT, Stack, running
from benchmarks.tickets import QUESTION, write_tickets
from bot.errors import ServiceError

NAIVE_SLOW_S = 0.25
REDELIVERY_S = [0.5, 2.0, 5.0, 10.0, 20.0, 40.0]
"""When an event that nobody acked comes again. Slack tries three times in six minutes; this run is shorter and the
bot dead more often than any supervisor would let it be, so the same patience is spread over more tries."""


def main() -> int:
    """Run it; 0 when the promise held (with --naive: when it broke, as it must)."""
    options = _options()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory() as folder, running(options.home) as stack:
        dataset = options.dataset or write_tickets(Path(folder) / "tickets.csv", rows=options.rows, seed=seed)
        stack.set_up(redeliver_after_s=REDELIVERY_S)
        run, killer = _kill_through(stack, dataset, options, random.Random(seed))
        person = PatientPerson(stack.control, _ignore)
        messages = person.get(f"messages?channel={person.channel}")["messages"]
        verdict = judge(messages, run.thread, stack.jobs(), run.asked)
        if killer.deaths:
            verdict.broken.append(f"The bot ended by itself {len(killer.deaths)} times.")
        tracebacks = _tracebacks(stack.home / "logs" / "bot.log")
    summary = _summary(options, seed, run, killer, verdict, tracebacks)
    if not options.json:
        _print_table(killer.kills, verdict, killer.deaths)
    print(json.dumps(summary, ensure_ascii=False))
    return 0 if bool(verdict.broken) == options.naive else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--dataset", type=Path, help="the file to drop; without it, made-up tickets")
    parser.add_argument("--ask", default=QUESTION, help="the text to classify")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, help="of the made-up tickets and the moments; any without it")
    parser.add_argument(
        "--aimed", type=float, default=0.2, help="share of kills that come just as Slack takes a post"
    )
    parser.add_argument("--model", default="minilm-l6-blend-1", help="the base model")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rows", type=int, default=3000, help="how many tickets to make up")
    parser.add_argument(
        "--slow-answers",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="let Slack's and the server's answers come late, so that aimed kills fall before them",
    )
    parser.add_argument(
        "--naive", action="store_true", help="a bot without look-ups: exit code 0 when it fails"
    )
    parser.add_argument("--home", type=Path, help="keep everything here, logs included")
    parser.add_argument("--json", action="store_true", help="the summary alone, one line")
    return parser.parse_args()


def _kill_through(
    stack: Stack, dataset: Path, options: argparse.Namespace, draw: random.Random
) -> tuple[Run, Killer]:
    command = _bot(options)
    watcher = PatientPerson(stack.control, _ignore)
    killer = Killer(
        lambda: stack.start(command),
        lambda phase, seconds: _see(stack, watcher, phase, seconds),
        total=options.kills,
        aimed=options.aimed,
        draw=draw,
    )
    killer.start()
    try:
        run = drive(
            PatientPerson(stack.control, _ignore),
            dataset,
            enter=killer.enter,
            is_killing=lambda: not killer.is_done,
            question=options.ask,
            model=options.model,
            epochs=options.epochs,
        )
    except ServiceError as error:
        sys.exit(f"The run stuck after {len(killer.kills)} kills: {error}\n{killer.bot.last_words()}")
    finally:
        killer.stop()
    return run, killer


def _bot(options: argparse.Namespace) -> tuple[str, ...]:
    slow_s = options.slow_answers or (NAIVE_SLOW_S if options.naive else 0)
    if not slow_s:
        return BOT
    return ("benchmarks.kills.slow_bot", "--slow-s", str(slow_s), *(["--naive"] if options.naive else []))


def _see(stack: Stack, watcher: PatientPerson, phase: Phase, seconds: float) -> None:
    """Wait until Slack takes something of the bot's, from now on; while submitting, until the server has the job."""
    watcher.skip()
    if phase is Phase.SUBMITTING:
        deadline, before = time.monotonic() + seconds, len(stack.jobs())
        while len(stack.jobs()) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        return
    try:
        watcher.wait_for(
            lambda message: message["change"] == "message" and bool(message["bot_id"]), "", seconds
        )
    except ServiceError:
        return  # nothing was posted: the kill comes all the same


def _ignore(row: dict[str, Any]) -> None:
    return


def _tracebacks(log: Path) -> int:
    return log.read_text(encoding="utf-8", errors="replace").count("Traceback (most recent call last)")


def _summary(
    options: argparse.Namespace, seed: int, run: Run, killer: Killer, verdict: Verdict, tracebacks: int
) -> dict[str, Any]:
    return {
        "event": "summary",
        "benchmark": "kills",
        "held": not verdict.broken,
        "naive": options.naive,
        "aimed": options.aimed,
        "slow_answers_s": options.slow_answers,
        "seed": seed,
        "kills": len(killer.kills),
        "kills_by_phase": _counted(str(kill.phase) for kill in killer.kills),
        "seconds": run.seconds,
        **asdict(verdict),
        "repeated": verdict.repeated,
        "tracebacks_in_log": tracebacks,
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }


def _counted(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def _print_table(kills: Sequence[Kill], verdict: Verdict, deaths: Sequence[str]) -> None:
    print(f"{'kill':>4}  {'phase':<11} {'chosen':<24} {'at s':>7} {'lived s':>8}")
    for kill in kills:
        print(f"{kill.number:>4}  {kill.phase:<11} {kill.moment:<24} {kill.at_s:>7.2f} {kill.lived_s:>8.2f}")
    print(f"\njobs on the server: {verdict.jobs} ({verdict.job_status})")
    print(f"epochs told: {verdict.epochs_told}")
    print(f"posts repeated: {verdict.repeated} (at most {REPEATS_ALLOWED}) {verdict.repeats or ''}")
    print(f"questions answered: {verdict.questions_answered} of {verdict.questions_taken} taken")
    for words in deaths:
        print(f"the bot ended by itself:\n{words}")
    print("The promise held.\n" if not verdict.broken else "\n".join(["BROKEN:", *verdict.broken, ""]))


if __name__ == "__main__":
    sys.exit(main())
