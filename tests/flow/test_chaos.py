"""Faults of every part, mixed, in a fleet under load: nothing is lost, doubled or wrong. Long: `make chaos`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.fleet import SMALL
from tests.chaos.run import Options, run

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

KINDS = (
    "broker_wiped", "broker_reset", "child_killed", "odoo_502", "odoo_reply_lost", "odoo_serialization",
    "amazon_500_after", "amazon_503_html", "amazon_429", "amazon_truncated", "amazon_page_token_expired",
)  # fmt: skip


def test_faults_of_every_part_at_once_lose_double_and_falsify_nothing(tmp_path: Path) -> None:
    options = Options(
        seed=1, orders=60, accounts=2, shipments=6, minutes=0.12, pause=0.3, names=SMALL, kinds=KINDS, longest=1.5,
        poll_seconds=2.0,
    )  # fmt: skip
    result = run(options, tmp_path / "chaos")
    assert result.wrong == []
    assert {strike.kind for strike in result.struck} == {*KINDS}
    assert result.counts["deliveries validated"] == result.counts["packages at Amazon"] == 6
    assert result.counts["sale orders due"] > 25
    assert result.counts["processes of the fleet"] >= len(SMALL)
    assert result.failed == {}
