"""The audit of the dependencies: what it finds, and that it never takes silence for an answer."""

from __future__ import annotations

import json
import sys
import tomllib
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HASH = f"--hash=sha256:{'a' * 64}"


@pytest.fixture(scope="module")
def audit() -> Iterator[Any]:
    loader = SourceFileLoader("audit_script", str(ROOT / "scripts" / "audit"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    yield module
    del sys.modules[loader.name]


def folder(tmp_path: Path, **locks: str) -> Path:
    """A checkout with these locks, named by what they are."""
    for name in ("requirements", "requirements-dev", "requirements-audit"):
        (tmp_path / f"{name}.txt").write_text(locks.get(name.rpartition("-")[2], f"some==1.0 \\\n    {HASH}\n"))
    listed = 'reviewed = 2026-11-01\n[[known]]\npackage = "some"\nid = "CVE-1"\nmended = "1.0"\nabout = "x"\n'
    (tmp_path / "advisories.toml").write_text(locks.get("advisories", listed))
    return tmp_path


# ------------------------------------------------------------ this checkout
def test_the_locks_of_this_checkout_are_whole(audit: Any) -> None:
    part = audit.locks(ROOT)
    assert part.findings == []
    assert len(audit.pins(ROOT / "requirements-dev.txt")) > len(audit.pins(ROOT / "requirements.txt")) > 40


def test_no_known_advisory_concerns_this_checkout_and_each_concerns_something_in_it(audit: Any) -> None:
    listed = tomllib.loads((ROOT / "advisories.toml").read_text())
    assert audit.known(ROOT, listed["reviewed"]).findings == []
    assert {one["package"] for one in listed["known"]} <= set(audit.pins(ROOT / "requirements-dev.txt"))
    assert all(len(one["reason"].split()) > 3 for one in listed.get("accepted", []))


# ------------------------------------------------------------ locks and the list
@pytest.mark.parametrize(
    ("dev", "finding"),
    [
        (
            f"some==1.0 {HASH}\nloose>=2 {HASH}\n",
            "requirements-dev.txt: loose>=2 is not pinned to a version of the index",
        ),
        (f"some==1.0 {HASH}\nbare==2.0\n", "requirements-dev.txt: bare has no sha256 hash"),
        (f"some==1.0 {HASH}\nbare==2.0 --hash=md5:{'a' * 32}\n", "requirements-dev.txt: bare has no sha256 hash"),
        (
            f"some==1.0 {HASH}\nelse @ https://x.test/e.whl {HASH}\n",
            "requirements-dev.txt: else is not pinned to a version of the index",
        ),
        (f"some==1.1 {HASH}\n", "some is 1.0 in requirements.txt and 1.1 in requirements-dev.txt"),
        (f"other==1.0 {HASH}\n", "some is 1.0 in requirements.txt and missing in requirements-dev.txt"),
    ],
)
def test_a_lock_that_is_not_whole(audit: Any, tmp_path: Path, dev: str, finding: str) -> None:
    part = audit.locks(folder(tmp_path, dev=dev))
    assert part.findings == [finding]
    assert part.told().startswith("locks       BAD ")


@pytest.mark.parametrize(("version", "bad"), [("0.9", True), ("0.10", True), ("1.0", False), ("1.0.1", False)])
def test_a_version_below_the_mended_one_is_found(audit: Any, tmp_path: Path, version: str, bad: bool) -> None:
    part = audit.known(
        folder(tmp_path, dev=f"some=={version} {HASH}\n", audit=f"pip==26.0 {HASH}\n"), date(2026, 11, 1)
    )
    assert part.findings == ([f"some {version}: CVE-1, mended in 1.0: x"] if bad else [])


def test_a_list_that_nobody_has_reviewed_says_so(audit: Any, tmp_path: Path) -> None:
    reviewed = date(2026, 11, 1)
    there = folder(tmp_path)
    assert "last reviewed 90 days ago" in audit.known(there, reviewed + timedelta(days=90)).said
    assert "OVERDUE" not in audit.known(there, reviewed + timedelta(days=90)).said
    assert "91 days ago: OVERDUE" in audit.known(there, reviewed + timedelta(days=91)).said


# ------------------------------------------------------------ the index, with the real pip
def wheel(index: Path, name: str, licence: str, *, yanked: bool = False) -> str:
    """Put a package of one version into an index in a folder; return its locked requirement."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nLicense: {licence}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        at: urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode() for at, text in files.items()
    }
    files[f"{info}/RECORD"] = (
        "".join(f"{at},sha256={digest},\n" for at, digest in digests.items()) + f"{info}/RECORD,,\n"
    )
    page = index / name
    page.mkdir(parents=True)
    path = page / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for at, text in files.items():
            archive.writestr(at, text)
    digest = sha256(path.read_bytes()).hexdigest()
    mark = ' data-yanked="broken"' if yanked else ""
    (page / "index.html").write_text(f'<a href="{path.name}#sha256={digest}"{mark}>{path.name}</a>')
    return f"{name}==1.0 --hash=sha256:{digest}\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty index, the only one that pip knows."""
    path = tmp_path / "index"
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", path.as_uri())
    return path


def test_yanked_releases_and_licences_are_found(audit: Any, tmp_path: Path, index: Path) -> None:
    locked = wheel(index, "good", "MIT") + wheel(index, "gone", "BSD-3-Clause", yanked=True)
    locked += wheel(index, "copyleft", "AGPL-3.0") + wheel(index, "unlicensed", "")
    part = audit.index(folder(tmp_path, dev=locked), sys.executable)
    assert part.findings == [
        "gone was yanked from the index",
        "copyleft: licence AGPL-3.0",
        "unlicensed: licence unknown",
    ]


def test_another_file_than_was_locked_is_found(audit: Any, tmp_path: Path, index: Path) -> None:
    wheel(index, "good", "MIT")
    part = audit.index(folder(tmp_path, dev=f"good==1.0 {HASH}\n"), sys.executable)
    assert (part.asked, part.findings) == (True, ["another file than was locked: good==1.0"])


def test_an_index_that_cannot_be_reached_is_not_well(
    audit: Any, tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")  # nobody listens there
    part = audit.index(folder(tmp_path), sys.executable)
    assert (part.asked, part.findings) == (False, [])
    assert part.told().startswith("index       NOT ASKED the package index cannot be reached from this machine")


# ------------------------------------------------------------ the advisory service
def asked(audit: Any, tmp_path: Path, answer: str, *, status: int = 0) -> Any:
    """The result when pip-audit prints `answer`."""
    tool = tmp_path / "pip-audit"
    tool.write_text(f"#!/bin/sh\ncat <<'X'\n{answer}\nX\necho 'ERROR: the service is away' >&2\nexit {status}\n")
    tool.chmod(0o755)
    return audit.advisories(folder(tmp_path), str(tool))


SKIPPED = {"name": "some", "skip_reason": "Dependency not found and could not be audited: some (1.0)"}
WELL = {"name": "good", "version": "1.0", "vulns": []}
VULN = {"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": "x"}
BAD = {"name": "bad", "version": "1.0", "vulns": [VULN, VULN | {"id": "PYSEC-2", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("told", "findings"),
    [
        ([WELL], []),
        ([WELL, SKIPPED], ["some: the advisory service does not know it"]),
        ([WELL, BAD], ["bad 1.0: PYSEC-1, mended in 1.1", "bad 1.0: PYSEC-2, mended in no version yet"]),
    ],
)
def test_what_the_service_says_is_told(audit: Any, tmp_path: Path, told: list[Any], findings: list[str]) -> None:
    part = asked(audit, tmp_path, json.dumps({"dependencies": told, "fixes": []}), status=1 if BAD in told else 0)
    assert (part.asked, part.findings) == (True, findings)


def test_a_service_that_knows_nothing_was_not_asked(audit: Any, tmp_path: Path) -> None:
    part = asked(audit, tmp_path, json.dumps({"dependencies": [SKIPPED, SKIPPED], "fixes": []}))
    assert (part.asked, part.findings) == (False, [])
    assert "has nothing on any of 2 packages" in part.said


def test_a_service_that_is_away_was_not_asked(audit: Any, tmp_path: Path) -> None:
    part = asked(audit, tmp_path, "", status=1)
    assert part.told() == ("advisories  NOT ASKED the advisory service does not answer (ERROR: the service is away)")
    assert audit.advisories(tmp_path, str(tmp_path / "nothing")).asked is False


def test_an_accepted_advisory_is_left_out_by_name(audit: Any, tmp_path: Path) -> None:
    accepted = 'reviewed = 2026-11-01\nknown = []\n[[accepted]]\nid = "PYSEC-9"\nreason = "not used by us"\n'
    tool = tmp_path / "echo"
    tool.write_text('#!/bin/sh\necho "$@" >&2\nexit 1\n')
    tool.chmod(0o755)
    assert "--ignore-vuln PYSEC-9" in audit.advisories(folder(tmp_path, advisories=accepted), str(tool)).said


@pytest.mark.parametrize(
    ("states", "allow", "status"),
    [
        ("ok ok", False, 0),
        ("ok unasked", False, 3),
        ("ok unasked", True, 0),
        ("bad unasked", True, 1),
        ("bad", False, 1),
    ],
)
def test_the_status_tells_a_finding_from_silence(audit: Any, states: str, allow: bool, status: int) -> None:
    made = {
        "ok": audit.Part("x", "y"),
        "unasked": audit.Part("x", "y", asked=False),
        "bad": audit.Part("x", "y", ["z"]),
    }
    assert audit.status([made[one] for one in states.split()], allow_unasked=allow) == status
