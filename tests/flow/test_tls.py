"""Redis behind TLS: the whole fleet works through it, and who shows another certificate is not spoken to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.conftest import once
from tests.flow.fleet import OdooTarget
from tests.flow.processes import eventually
from tests.flow.referee import judge
from tests.flow.test_fleet import marketplaces, running, sellers
from tests.flow.test_trouble import command
from tests.flow.tls import door

pytestmark = pytest.mark.timeout(600)


@once
def test_the_fleet_works_through_rediss_alone(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(10)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle), door(tmp_path, fleet.port) as tls:
        plain = f"redis://127.0.0.1:{fleet.port}/0"
        secure = f"rediss://127.0.0.1:{tls.port}/0?ssl_ca_certs={tls.authority}"
        fleet.write_settings(**{plain: secure})
        assert plain not in (tmp_path / "accounts.toml").read_text()
        fleet.start_fleet()
        eventually("all orders have landed", idle, timeout=180)
        assert judge(odoo, fleet.truth(), marketplaces((spec,))) == []
        assert "active" in command(fleet, "accounts", "list")


@once
def test_a_server_that_is_not_the_one_named_is_not_spoken_to(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(1)[0]
    with (
        running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, _odoo, _idle),
        door(tmp_path, fleet.port, name="192.0.2.1") as other,
    ):
        plain = f"redis://127.0.0.1:{fleet.port}/0"
        for query in (f"ssl_cert_reqs=required&ssl_ca_certs={other.authority}", "ssl_cert_reqs=required", ""):
            fleet.write_settings(**{plain: f"rediss://127.0.0.1:{other.port}/0?{query}"})
            told = command(fleet, "accounts", "list", status=1)
            assert told.startswith("error: the broker cannot be reached (ConnectionError)")
