"""What the composition root makes of several accounts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fakeredis
import pytest
import redis

from domain.order import OrderRef
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


def test_a_batch_that_redis_failed_comes_again_whole_and_not_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secrets(monkeypatch)
    monkeypatch.setattr(bootstrap, "connect_redis", lambda _settings: fakeredis.FakeRedis())
    monkeypatch.setattr(bootstrap, "LINGER_SECONDS", 0.5)
    seen: list[int] = []

    def away(refs: Sequence[OrderRef]) -> list[Any]:
        seen.append(len(refs))
        raise redis.TimeoutError("Timeout reading from socket")

    monkeypatch.setattr(bootstrap, "OrderImport", lambda *_: away)
    services = bootstrap.build_services(load(write(tmp_path, RIGHT)))
    (importer,) = services.importers.values()
    with ThreadPoolExecutor(3) as pool:
        tries = [pool.submit(importer, OrderRef(account="acme-eu", order_id=f"302-{number}")) for number in range(3)]
    assert [type(one.exception()) for one in tries] == [redis.TimeoutError] * 3
    assert seen == [3]
    services.close()
