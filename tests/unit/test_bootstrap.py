"""What the composition root makes of several accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fakeredis
import pytest

from settings import load
from tests.unit.settings.given import RIGHT, changed, set_secrets, write
from worker import bootstrap

EU = RIGHT["accounts"]["acme-eu"]


def test_accounts_of_one_seller_and_region_share_amazons_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_secrets(monkeypatch)
    store = fakeredis.FakeRedis()
    monkeypatch.setattr(bootstrap, "connect_redis", lambda _settings: store)
    accounts: dict[str, Any] = {
        "accounts/acme-eu": EU | {"marketplaces": ["DE"]},
        "accounts/acme-fr": EU | {"marketplaces": ["FR"], "warehouse": "WH2"},
        "accounts/acme-us": EU | {"region": "na", "marketplaces": ["US"]},
        "accounts/other-eu": EU | {"seller_id": "A2", "marketplaces": ["DE"]},
    }
    services = bootstrap.build_services(load(write(tmp_path, changed(accounts))))
    limiter = services.fetch.limiter
    store.set("amz:limit:born", "1")
    calls = [limiter.reserve(account, "searchOrders").granted for account in ["acme-eu", "acme-fr"] * 11]
    assert calls == [True] * 19 + [False] * 3  # the last token waits for the first call to have arrived
    assert [limiter.left(account, "searchOrders") for account in services.accounts] == [0, 0, 20, 20]
    services.close()
