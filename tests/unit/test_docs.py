"""The documentation is held to the code: every page, link, command, key and test it names must exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from domain.parked import CODES
from settings.model import Account, Amazon, Broker, Endpoints, Log, Odoo, Policies
from tasks.queues import ALL, ROUTES
from worker.cli import main

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
RUNBOOK = sorted(page for page in (DOCS / "runbook").glob("*.md") if page.name != "README.md")
ADRS = sorted((DOCS / "adr").glob("[0-9]*.md"))
OF_TROUBLE = {
    "account-paused", "odoo-refuses-us", "amazon-throttles", "broker-down", "worker-killed", "redis-lost",
}  # fmt: skip
RUNBOOK_HEADINGS = ["Symptom", "Cause", "Mend", "Try again", "How to know it worked"]
ADR_HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```", re.DOTALL)
_SHORT = re.compile(r"`((?:accounts|odoo|orders|parked) [a-z]+)[^`\n]*`")
_MAKE = re.compile(r"\bmake ([a-z][a-z-]*)(?=[ `\n]|$)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_FILE = re.compile(
    r"`((?:worker|tasks|sync|clients|state|mappers|domain|settings|simulator|scripts|docs)/[\w/]*(?:\.\w+)?)`"
)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def headings(text: str, level: str = "## ") -> list[str]:
    plain = _CODE.sub("", text)
    return [line.removeprefix(level) for line in plain.splitlines() if line.startswith(level)]


def anchors(page: Path) -> set[str]:
    titles = [line.lstrip("#").strip() for line in _CODE.sub("", page.read_text()).splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(text: str) -> Iterator[str]:
    """Arguments of each `python -m worker` in a page; continued lines count as one."""
    for found in re.finditer(r"python -m worker([^`\n#|…]*)", text.replace("\\\n", " ")):
        yield found[1].strip()


def resolve(arguments: str) -> str:
    """Walk the command tree as click would; returns what is wrong with `arguments`, or ''."""
    words = shlex.split(arguments.rstrip(".,;:)"))
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        word = words.pop(0)
        below = command.commands.get(word)
        if below is None:
            return f"no command {word!r}"
        command = below
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    return f"no option {unknown}" if unknown else ""


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_parked_code_has_a_page(code: str) -> None:
    page = DOCS / "runbook" / f"{code}.md"
    assert page.is_file()
    assert page.read_text().splitlines()[0] == f"# {code}"


def test_the_runbook_has_these_pages_and_lists_them_all() -> None:
    assert {page.stem for page in RUNBOOK} == set(CODES) | OF_TROUBLE
    listed = (DOCS / "runbook" / "README.md").read_text()
    assert [page.name for page in RUNBOOK if f"({page.name})" not in listed] == []


@pytest.mark.parametrize("page", RUNBOOK, ids=name)
def test_a_page_of_the_runbook_has_five_parts_with_words(page: Path) -> None:
    text = page.read_text()
    assert headings(text) == RUNBOOK_HEADINGS
    assert [len(part.split()) > 4 for part in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]] == [True] * 5


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_parked_code_is_tried_again_by_a_command(code: str) -> None:
    again = (DOCS / "runbook" / f"{code}.md").read_text().partition("## Try again\n")[2].partition("\n## ")[0]
    tried = [arguments for arguments in commands(again) if arguments.startswith(("parked retry", "shipments retry"))]
    # What was asked of Amazon for a sale order stands with it, and is asked again from there.
    assert tried or "Empty *Amazon Cancellation* on the sale order" in again
    codes = [words[words.index("--code") + 1] for line in tried if "--code" in (words := shlex.split(line))]
    assert set(codes) <= {code}


@pytest.mark.parametrize("page", ADRS, ids=name)
def test_a_decision_has_four_parts_and_a_sentence_to_quote(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.name[:4]}: ")
    assert headings(text) == ADR_HEADINGS
    assert re.search(r"^## Decision\n\n\*\*[A-Z]", text, re.MULTILINE)


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))
    assert len(ADRS) >= 11
    listed = (DOCS / "adr" / "README.md").read_text()
    assert [page.name for page in ADRS if f"({page.name})" not in listed] == []


@pytest.mark.parametrize(
    ("script", "page"), [("document_settings", "configuration.md"), ("document_commands", "commands.md")]
)
def test_a_page_made_by_a_script_is_what_the_script_prints(script: str, page: str) -> None:
    printed = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / script)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert printed.stderr == ""
    assert (DOCS / page).read_text() == printed.stdout


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("[broker]", Broker),
        ("[log]", Log),
        ("[amazon]", Amazon),
        ("[amazon.endpoints]", Endpoints),
        ("[odoo.NAME]", Odoo),
        ("[accounts.ACCOUNT]", Account),
        ("[accounts.ACCOUNT.policies]", Policies),
    ],
)
def test_every_key_of_a_section_is_documented(heading: str, model: type[BaseModel]) -> None:
    section = (DOCS / "configuration.md").read_text().partition(f"## `{heading}`\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    sections = {key for key, field in model.model_fields.items() if is_section(field.annotation)}
    assert documented == [key for key in model.model_fields if key not in sections]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.count("|") != 6 or row.endswith("| |")] == []


def is_section(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def test_only_secrets_are_marked_as_secrets() -> None:
    marked = re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\| yes \|", (DOCS / "configuration.md").read_text(), re.MULTILINE)
    assert marked == ["document_key", "client_id", "client_secret", "key", "refresh_token"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = []
    for found in _LINK.finditer(_CODE.sub("", page.read_text())):
        target = found[1] or found[2]
        if re.match(r"[a-z]+://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page: Path) -> None:
    text = page.read_text()
    given = [*commands(text), *(found[1] for found in _SHORT.finditer(text))]
    wrong = [f"{arguments}: {problem}" for arguments in given if (problem := resolve(arguments))]
    assert wrong == []


def test_commands_are_really_found_and_judged() -> None:
    text = "`python -m worker parked list --all` and\n  python -m worker odoo setup \\\n      --bot X # why\n"
    assert list(commands(text)) == ["parked list --all", "odoo setup        --bot X"]
    assert resolve("parked list --all") == ""
    assert resolve("parked forget ACCOUNT") == "no command 'forget'"
    assert resolve("parked list --everything") == "no option ['--everything']"


def test_every_command_is_told_in_the_documentation() -> None:
    everything = "\n".join(page.read_text() for page in PAGES if page.name != "commands.md")
    leaves = [
        f"{group} {leaf}" if isinstance(command, click.Group) else group
        for group, command in main.commands.items()
        for leaf in (command.commands if isinstance(command, click.Group) else [group])
    ]
    assert [leaf for leaf in leaves if f"python -m worker {leaf}" not in everything] == ["run"]
    assert "`make run`" in everything


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", page.read_text(), re.DOTALL))
    assert sorted(set(_MAKE.findall(code)) - targets) == []


def test_the_readme_names_every_make_target() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "run" in targets
    assert [t for t in targets if t != "help" and f"`make {t}`" not in (ROOT / "README.md").read_text()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_named_tests_and_files_exist(page: Path) -> None:
    text = page.read_text()
    absent = []
    for file, test in _TEST.findall(text):
        there = ROOT / file
        if not there.is_file() or (test and f"def {test}(" not in there.read_text()):
            absent.append(f"{file}::{test}")
    absent += [file for file in _FILE.findall(text) if not (ROOT / file).exists()]
    assert absent == []


def test_each_promise_names_a_test() -> None:
    section = (ROOT / "README.md").read_text().partition("## What is promised\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| **")]
    assert len(rows) == 9
    assert [row for row in rows if not _TEST.search(row)] == []


def test_the_readme_tells_every_queue_and_task() -> None:
    text = (ROOT / "README.md").read_text()
    assert [word for word in (*ALL, *ROUTES) if f"`{word}`" not in text] == []


def test_the_diagram_of_the_readme_is_small() -> None:
    diagram = (ROOT / "README.md").read_text().partition("```mermaid\n")[2].partition("```")[0]
    boxes = set(re.findall(r"\b([a-z]+)(?=\(|\[)", diagram))
    assert 5 < len(boxes) <= 12
