"""Every odd order ends in the state its rule says: many of them mixed, on real Odoo, judged from both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.campaign import Campaign, campaigners
from tests.flow.campaign_report import report
from tests.flow.fleet import OdooTarget
from tests.flow.processes import ROOT
from tests.flow.test_fleet import running

pytestmark = pytest.mark.timeout(7200)

_REAL = [pytest.param(name, marks=pytest.mark.odoo) for name in ("real-19", "real-14")]


@pytest.mark.parametrize("odoo_target", _REAL, indirect=True)
def test_every_odd_order_ends_in_the_state_its_rule_says(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    specs = campaigners(request.config.getoption("--orders"))
    with running(tmp_path, odoo_target, specs, monkeypatch, poll_seconds=15) as (fleet, odoo, idle):
        campaign = Campaign(fleet, odoo, idle, monkeypatch)
        campaign.prepare()
        campaign.land()
        early = campaign.disagreements(campaign.demands())
        campaign.work()
        campaign.change()
        demands = campaign.demands()
        wrong = [*early, *campaign.disagreements(demands)]
        quiet = campaign.read_again()
        wrong += campaign.read_old_versions()
        wrong += campaign.disagreements(demands)
        told = report(campaign, demands, wrong, quiet=quiet)
        folder = ROOT / ".campaign"
        folder.mkdir(exist_ok=True)
        (folder / f"report-{odoo.version[0]}.txt").write_text(told, encoding="utf-8")
    assert wrong == []
    assert quiet
    assert len(demands) >= request.config.getoption("--orders") - len(specs)
