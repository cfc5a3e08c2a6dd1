"""The house stays liveable: sizes, one place for the environment, words that mean something."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("bot", "handlers", "storage", "local")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
HANDLERS = sorted((ROOT / "handlers").glob("*.py"))
READS_ENVIRONMENT = {"bot/cli/run.py", "bot/cli/check.py", "bot/processes.py", "bot/sandbox.py"}
"""The command line hands it to bot/settings.py; the other two pass a child process what it may see."""


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.name)
def test_a_handler_is_a_few_lines(path: Path):
    long = [
        f"{node.name}: {size}"
        for node in functions(path)
        if node.name.startswith("on_") and (size := node.end_lineno - node.lineno + 1) > 25
    ]

    assert long == []


def test_no_module_is_longer_than_a_person_can_hold():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in MODULES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }

    assert long == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in MODULES
        for node in functions(path)
        if node.end_lineno - node.lineno + 1 > 60
        and "migrations" not in path.parts  # tables, like routes and prices
    ]

    assert long == []


def test_every_module_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


def test_only_settings_read_the_environment_of_the_bot():
    readers = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.is_relative_to(ROOT / "bot") and "os.environ" in path.read_text(encoding="utf-8")
    }

    assert readers <= READS_ENVIRONMENT


def test_no_module_is_called_by_an_empty_word():
    empty = {"utils", "helpers", "common", "misc", "manager", "tools", "base"}

    assert [path.name for path in MODULES if path.stem in empty] == []
