"""The tables of cases are held to the code: each row has its rule, source and test, and no odd order is left out."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from simulator.amazon.oddities import ODDITIES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("cases-*.md"))
HEADER = "| Case | Rule | Source | Test |"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_CELL = re.compile(r"(?<!\\)\|")


def rows(page: Path) -> list[list[str]]:
    """The cells of the page's one table, without its head."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = lines.index(HEADER)
    body = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        body.append([cell.strip() for cell in _CELL.split(line)[1:-1]])
    return body


@cache
def named_in(path: str) -> frozenset[str]:
    """Names of the test functions of a file, read without running it; none where there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return frozenset(one.name for one in functions if one.name.startswith("test_"))


def test_there_are_cases() -> None:
    assert "cases-changes.md" in {page.name for page in PAGES}
    told = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"({page.name})" not in told] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_row_has_case_rule_source_and_tests_that_exist(page: Path) -> None:
    wrong = []
    for cells in rows(page):
        if len(cells) != 4 or not all(cells):
            wrong.append(f"not four cells: {cells}")
            continue
        named = _TEST.findall(cells[3])
        if not named:
            wrong.append(f"{cells[0]}: no test in the form `path::name`")
        wrong += [f"{cells[0]}: no test {path}::{name}" for path, name in named if name not in named_in(path)]
    assert wrong == []
    assert len(rows(page)) > 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_case_stands_twice(page: Path) -> None:
    cases = [cells[0] for cells in rows(page)]
    assert sorted({case for case in cases if cases.count(case) > 1}) == []


def test_every_odd_order_of_the_simulator_is_a_case() -> None:
    told = " ".join(" ".join(cells) for page in PAGES for cells in rows(page))
    assert [name for name in ODDITIES if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", told)] == []
