"""This machine: Python, libraries, and the clock against Amazon's."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from clients.clock import ahead
from domain.errors import Unavailable
from settings import Settings
from worker.bootstrap import utc_now
from worker.doctor.finding import Finding

# What decides how the fleet behaves; all others come with them.
_LIBRARIES: Final = ("celery", "kombu", "redis", "celery-redbeat", "flower", "python-amazon-sp-api", "odoorpc", "httpx")
_LOCK: Final = Path(__file__).resolve().parents[2] / "requirements.txt"
_INSTALL: Final = "Install what is locked: pip install --require-hashes -r requirements.txt"
# Amazon signs nothing with the time, but search windows end two minutes before it.
_SKEW: Final = 30.0
# The header tells whole seconds, and the answer took its time.
_EXACT: Final = 2.0
_OLDEST: Final = (3, 11)


def machine(given: Settings) -> Iterator[Finding]:
    """Look at this machine."""
    running = platform.python_version_tuple()
    good = (int(running[0]), int(running[1])) >= _OLDEST
    yield Finding(
        area="machine",
        what="Python",
        found=platform.python_version(),
        ok=good,
        remedy="" if good else "Install Python 3.11 or newer and make the venv anew.",
    )
    yield _libraries(_locked(_LOCK.read_text(encoding="utf-8")) if _LOCK.exists() else {})
    for region in sorted({account.region for account in given.accounts.values()}):
        endpoint = str(getattr(given.amazon.endpoints, region))
        yield clock(f"clock against Amazon {region}", endpoint)


def clock(what: str, url: str) -> Finding:
    """Compare our clock with the server's at `url`."""
    try:
        skew = ahead(url, utc_now)
    except Unavailable as away:
        return Finding(area="machine", what=what, found=str(away), ok=False, remedy=f"Is {url} reachable from here?")
    if skew is None:
        return Finding(area="machine", what=what, found="the server tells no time")
    good = abs(skew) <= _SKEW
    found = "agrees" if abs(skew) <= _EXACT else f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}"
    remedy = "" if good else "Set the clock: switch on time synchronisation (chrony, systemd-timesyncd)."
    return Finding(area="machine", what=what, found=found, ok=good, remedy=remedy)


def _libraries(locked: Mapping[str, str]) -> Finding:
    there = {name: _version(name) for name in _LIBRARIES}
    wrong = [
        f"{name} {there[name]} (locked: {locked[name]})"
        for name in there
        if locked.get(name, there[name]) != there[name]
    ]
    told = ", ".join(wrong) or ", ".join(f"{name} {found}" for name, found in there.items())
    return Finding(area="machine", what="libraries", found=told, ok=not wrong, remedy=_INSTALL if wrong else "")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _locked(requirements: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^\s\\;]+)", requirements, re.MULTILINE))
