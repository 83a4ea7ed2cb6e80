"""The Odoo databases: version, rights, setup, keys, clock, what is parked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.overview import key_life
from clients.odoo.setup.check import check_setup
from domain.errors import DatabaseBroken, NeedsHuman, SyncError
from settings import Settings
from worker.bootstrap import setup_plan, utc_now
from worker.doctor.finding import Finding, duration
from worker.doctor.machine import clock
from worker.facts.odoo import Databases

_SLOW: Final = 2.0
_KEY_ENDS: Final = timedelta(days=14)
_PARKED: Final = timedelta(days=1)


def odoo(given: Settings, databases: Databases) -> Iterator[Finding]:
    """Look at every database of the settings."""
    for key in given.odoo:
        area = f"odoo {key}"
        try:
            connected = databases.all[key].odoo
        except SyncError as error:
            yield _away(area, error)
            continue
        url = given.odoo[key].url
        version = ".".join(map(str, connected.version))
        yield Finding(area=area, what="server", found=f"Odoo {version} by {connected.protocol} at {url}")
        yield clock(f"clock against Odoo {key}", f"{url}/web/login")
        try:
            yield _latency(area, connected)
            yield _setup(area, connected, given, key)
            yield _keys(area, connected)
        except SyncError as error:
            yield _away(area, error)
            continue
        yield from _parked(area, databases, key)


def _away(area: str, error: SyncError) -> Finding:
    if isinstance(error, DatabaseBroken | NeedsHuman):
        return Finding(area=area, what="server", found=error.reason, ok=False, remedy=error.remedy)
    remedy = "Is the server up, and is its url right? The fleet goes on by itself when it is back."
    return Finding(area=area, what="server", found=str(error), ok=False, remedy=remedy)


def _latency(area: str, connected: Odoo) -> Finding:
    began = monotonic()
    connected.search_read("res.users", [("id", "=", connected.uid)], ["login"])
    seconds = monotonic() - began
    good = seconds <= _SLOW
    remedy = "" if good else "The server is busy or far away: give Odoo more workers, or run this nearer to it."
    return Finding(area=area, what="answer", found=f"{seconds * 1000:.0f} ms", ok=good, remedy=remedy)


def _setup(area: str, connected: Odoo, given: Settings, key: str) -> Finding:
    findings = check_setup(connected, setup_plan(given, key))
    bad = [finding for finding in findings if not finding.ok]
    if not bad:
        return Finding(area=area, what="setup and rights", found=f"all {len(findings)} things are there")
    found = f"{len(bad)} of {len(findings)} missing: {bad[0].what}" + (", ..." if len(bad) > 1 else "")
    remedy = f"{bad[0].remedy} All of them: python -m worker odoo check"
    return Finding(area=area, what="setup and rights", found=found, ok=False, remedy=remedy)


def _keys(area: str, connected: Odoo) -> Finding:
    life = key_life(connected)
    if life is None or not life.number:
        why = "this version's keys do not end" if life is None else "the user has none: it works with its password"
        return Finding(area=area, what="API key", found=why)
    if life.last is None:
        found = "never ends" if life.first is None else f"one never ends, another ends {life.first:%Y-%m-%d}"
        return Finding(area=area, what="API key", found=found)
    left = life.last - utc_now()
    good = left > _KEY_ENDS
    remedy = "Make a new key as the connector's user (Preferences > Security), put it where `key` points, restart."
    found = f"ends {life.last:%Y-%m-%d} ({duration(left.total_seconds())})"
    return Finding(area=area, what="API key", found=found, ok=good, remedy="" if good else remedy)


def _parked(area: str, databases: Databases, key: str) -> Iterator[Finding]:
    facts = databases.facts(key)
    if facts.found is None:
        return
    now = utc_now()
    open_ones = sum(n for (_, _, state), n in facts.found.parked.items() if state == "open")
    oldest = min(facts.found.oldest.values(), default=now)
    good = now - oldest <= _PARKED
    found = f"{open_ones} open, the oldest for {duration((now - oldest).total_seconds())}" if open_ones else "none open"
    remedy = "" if good else "See 'parked list', and the runbook's page of each code."
    yield Finding(area=area, what="parked items", found=found, ok=good, remedy=remedy)
    errors = sum(n for (_, state), n in facts.found.shipments.items() if state == "error")
    found = f"{errors} could not be told to Amazon" if errors else "none is held up"
    remedy = "See 'shipments list --state error'." if errors else ""
    yield Finding(area=area, what="deliveries", found=found, ok=not errors, remedy=remedy)
