"""`doctor`: one page about everything the fleet needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from worker.cli.output import json_option, settings, show, working

if TYPE_CHECKING:
    from settings import Settings
    from worker.doctor.finding import Finding


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look at Redis, workers, beat, clocks, versions, every Odoo database and every account. Status 1 if one is bad.

    Nothing is changed: it asks Amazon for a token per account, and reads in Odoo.
    """
    given = settings()
    findings = list(_findings(given))
    rows = [{**asdict(one), "ok": "ok" if one.ok else "BAD"} if not as_json else asdict(one) for one in findings]
    show(rows, ("ok", "area", "what", "found", "remedy"), as_json=as_json, empty="")
    bad = sum(not one.ok for one in findings)
    if not as_json:
        click.echo(f"\n{len(findings)} things looked at, {bad or 'none'} of them bad")
    if bad:
        sys.exit(1)


def _findings(given: Settings) -> Iterator[Finding]:
    from worker.bootstrap import build_services
    from worker.doctor.accounts import accounts
    from worker.doctor.finding import Finding
    from worker.doctor.fleet import fleet
    from worker.doctor.machine import machine
    from worker.doctor.odoo import odoo
    from worker.facts.odoo import Databases

    there, databases = build_services(given), Databases(given)
    told = f"{len(given.accounts)} accounts, {len(given.odoo)} Odoo databases"
    yield Finding(area="settings", what="configuration", found=told)
    try:
        for what, look in (
            ("this machine", machine(given)),
            ("the fleet", fleet(given, there)),
            ("Odoo", odoo(given, databases)),
            ("Amazon", accounts(there, databases)),
        ):
            with working(f"looking at {what}"):
                found = list(look)
            yield from found
    finally:
        databases.close()
        there.close()
