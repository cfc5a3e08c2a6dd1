"""The papers name files, functions and pages that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
NAMED = re.compile(r"`((?:bot|handlers|storage|local|tests|benchmarks|docs)/[\w./-]*)(?::([\w.]+))?`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
ids = [str(page.relative_to(ROOT)) for page in PAGES]


def has_name(path: Path, dotted: str) -> bool:
    scope: list[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body
    for part in dotted.split("."):
        node = next((node for node in scope if getattr(node, "name", None) == part), None)
        if node is None:
            return False
        scope = getattr(node, "body", [])
    return True


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_files_and_functions_named_in_a_page_exist(page: Path):
    missing = [
        f"{path}:{name}" if name else path
        for path, name in NAMED.findall(page.read_text(encoding="utf-8"))
        if not path.startswith("benchmarks/out")
        and (
            not (ROOT / path).exists() or (name and path.endswith(".py") and not has_name(ROOT / path, name))
        )
    ]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page: Path):
    links = LINK.findall(page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert broken == []


@pytest.mark.parametrize("folder", ["bot", "handlers", "storage"])
def test_the_architecture_page_names_every_room(folder: str):
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = [path.name for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"]

    assert [name for name in modules if f"`{folder}/{name}" not in text] == []
