"""scripts/mutants reads what mutmut leaves behind, and its verdict can fail."""

from __future__ import annotations

import json
import runpy
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE, FUNCTION = "mappers/offers.py", "sole_product"
NAME = "mappers.offers.x_sole_product__mutmut_12"
DIFF = f"""# {NAME}: survived
--- {FILE}
+++ {FILE}
@@ -8,4 +8,4 @@
     shared = set()
-    best = own or shared
+    best = own and shared
     return None
"""


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """What the script defines."""
    return runpy.run_path(str(ROOT / "scripts" / "mutants"), run_name="mutants")


def test_a_mutant_is_its_new_lines(script: dict[str, Any]) -> None:
    found = script["mutant"](FILE, NAME, DIFF)
    assert (found.file, found.function, found.change) == (FILE, FUNCTION, "best = own and shared")


def test_a_mutant_without_new_lines_is_what_is_gone(script: dict[str, Any]) -> None:
    diff = "".join(line for line in DIFF.splitlines(keepends=True) if not line.startswith("+    "))
    assert script["mutant"](FILE, NAME, diff).change == "gone: best = own or shared"


def test_a_method_is_known_by_its_name(script: dict[str, Any]) -> None:
    name = "domain.errors.x\u01c1RetryLater\u01c1__init____mutmut_3"
    assert script["mutant"]("domain/errors.py", name, DIFF).function == "__init__"


@pytest.mark.parametrize(("name", "diff"), [("mappers.offers.sole_product", DIFF), (NAME, "")])
def test_what_is_not_understood_is_no_mutant(script: dict[str, Any], name: str, diff: str) -> None:
    with pytest.raises(ValueError, match="is not understood"):
        script["mutant"](FILE, name, diff)


@pytest.mark.parametrize(
    ("statuses", "explained", "limit", "end", "said"),
    [
        ([1, 1, 1, 0], True, 25, 0, "1 of 4 survived: 25.0 %, limit 25 %"),
        ([1, 1, 1, 0], True, 24, 1, "1 of 4 survived: 25.0 %, limit 24 %"),
        ([1, 1, 1, 33], False, 100, 1, "Survived, and is not explained: mappers/offers.py, sole_product"),
        ([1, 1, 1, 36], False, 0, 0, "0 of 4 survived: 0.0 %, limit 0 %"),
        ([1, 1, 1, 1], True, 100, 1, "but no survivor: sole_product: best = own and shared"),
        ([1, 1, 1, None], True, 100, 1, "mappers.offers.x_sole_product__mutmut_3 was not tried"),
    ],
)
def test_the_verdict(
    statuses: list[int | None], explained: bool, limit: float, end: int, said: str,
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def run(command: list[Any], **_: Any) -> Any:
        if command[1] == "run":
            names = {NAME.replace("12", str(number)): status for number, status in enumerate(statuses)}
            meta = tmp_path / "mutants" / f"{FILE}.meta"
            meta.parent.mkdir(parents=True)
            meta.write_text(json.dumps({"exit_code_by_key": names}))
        return type("Done", (), {"stdout": DIFF})

    entry = (
        f'[[equivalent]]\nfile = "{FILE}"\nfunction = "{FUNCTION}"\nwhy = "W"\nchanges = ["best = own and shared"]\n'
    )
    (tmp_path / "explained.toml").write_text(entry if explained else "equivalent = []\n")
    (tmp_path / "mutants" / "of_the_last_run").mkdir(parents=True)
    (tmp_path / "mutants" / "old.py.meta").write_text('{"exit_code_by_key": {"old": 0}}')
    main = script["main"]
    monkeypatch.setitem(main.__globals__, "MUTANTS", tmp_path / "mutants")
    monkeypatch.setitem(main.__globals__, "EXPLAINED", tmp_path / "explained.toml")
    monkeypatch.setattr(script["subprocess"], "run", run)
    monkeypatch.setattr(sys, "argv", ["mutants", "--limit", str(limit)])
    assert main() == end
    assert said in capsys.readouterr().out


def test_every_explanation_is_about_a_function_that_is_there_and_has_a_reason() -> None:
    entries = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))["equivalent"]
    assert entries
    for entry in entries:
        assert f"def {entry['function']}(" in (ROOT / entry["file"]).read_text(encoding="utf-8")
        assert len(entry["why"].split()) > 4
        assert entry["changes"]
