"""Functions that the sandbox tests run in a child process."""

import os
import sys
from pathlib import Path

from bot.domain import Choices
from bot.errors import DatasetError


def add(left: int, right: int) -> int:
    return left + right


def describe(path: Path, choices: Choices) -> dict[str, str]:
    print("noise on stdout is not the answer")
    return {"path": type(path).__name__ + str(path.name), "seed": str(choices.seed)}


def refuse() -> None:
    raise DatasetError("the file is empty", next_step="Fill it.", where="line 1")


def crash() -> None:
    raise RuntimeError("secret detail")


def eat_memory() -> int:
    return len(bytearray(4_000_000_000))


def spin() -> None:
    while True:
        pass


def die() -> None:
    os.kill(os.getpid(), 9)


def environment() -> list[str]:
    return sorted(os.environ)


def deep() -> None:
    sys.setrecursionlimit(1_000_000)
    deep()
