"""Processes that tests/bot/test_lifeline.py kills. `holder LOCK`: holds a lock for long. `starter LOCK`: starts one."""

import asyncio
import fcntl
import json
import sys
import time
from pathlib import Path

from bot.processes import Children
from bot.sandbox import ProcessSandbox


def hold(lock: str) -> None:
    """Hold the lock and say so, then work on until the end of the test run."""
    with Path(lock).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        Path(lock + ".held").touch()
        time.sleep(300)


def main() -> None:
    role, lock = sys.argv[1:3]
    if role == "holder":
        print(json.dumps({"event": "ready"}), flush=True)
        hold(lock)
    elif role == "starter":
        with Children(Path(lock).parent / "logs") as children:
            children.start("holder", ["tests.bot.lifeline_victims", "holder", lock]).read_ready()
            time.sleep(300)
    else:
        arguments: dict[str, object] = {"lock": lock}
        asyncio.run(ProcessSandbox().run("tests.bot.lifeline_victims:hold", arguments, str))


if __name__ == "__main__":
    main()
