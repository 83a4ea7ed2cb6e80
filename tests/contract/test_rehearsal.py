"""The rehearsal of docs/getting-started.md: its files are what the product and the simulated Amazon take."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from settings import load
from simulator.amazon import World, read_sellers, serve

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "docs" / "rehearsal"
PAGE = (ROOT / "docs" / "getting-started.md").read_text()


def test_the_page_exports_what_the_files_want(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict(re.findall(r"\b([A-Z_]+)=([\w-]+|…)", PAGE))
    for name in re.findall(r'env = "(\w+)"', (FILES / "accounts.toml").read_text()):
        monkeypatch.setenv(name, given[name])
    settings = load(FILES / "accounts.toml")
    told = re.findall(r"--client-id (\S+) --client-secret (\S+)", PAGE)
    secret = settings.amazon.client_secret.get_secret_value()
    assert [(settings.amazon.client_id.get_secret_value(), secret)] == told
    assert set(re.findall(r"--port (\d+)", PAGE)) == {"9200", "6390"}
    assert settings.broker.url == "redis://127.0.0.1:6390/0"
    assert {settings.amazon.endpoints.eu, settings.amazon.endpoints.na} == {"http://127.0.0.1:9200"}
    sellers = {one.seller_id: one for one in read_sellers(FILES / "sellers.json")}
    for name in settings.accounts:
        account = settings.account(name)
        seller = sellers.pop(account.seller_id)
        assert seller.refresh_token == settings.accounts[name].refresh_token.get_secret_value()
        assert (seller.region, seller.marketplaces) == (account.region, account.marketplaces)
    assert sellers == {}


def test_an_order_goes_wrong_and_is_mended() -> None:
    namespace: dict[str, Any] = {"__name__": "rehearse"}
    exec(compile((ROOT / "scripts" / "rehearse").read_text(), "rehearse", "exec"), namespace)
    world = World(read_sellers(FILES / "sellers.json"))
    with serve(world) as url:
        kept = []
        for wrong in (True, False):
            assert namespace["put"](url, "304-0000001-0000001", wrong=wrong) == "304-0000001-0000001"
            orders = httpx.get(f"{url}/_sim/orders", params={"seller": "A1REHEARSALEU"}).json()["A1REHEARSALEU"]
            (order,) = [one for one in orders if one["orderId"] == "304-0000001-0000001"]
            fulfillment = order["fulfillment"]  # an FBA order would wait for Amazon
            assert (fulfillment["fulfillmentStatus"], fulfillment["fulfilledBy"]) == ("UNSHIPPED", "MERCHANT")
            proceeds = [item["proceeds"] for item in order["orderItems"]]
            kept.append(sum(off(one) for one in proceeds))
        assert len(orders) == 61
    assert kept == [Decimal(1), Decimal(0)]


def off(proceeds: dict[str, Any]) -> Decimal:
    """How far the total is from its parts."""
    parts = sum(Decimal(part["subtotal"]["amount"]) for part in proceeds["breakdowns"])
    return Decimal(proceeds["proceedsTotal"]["amount"]) - parts


@pytest.mark.parametrize("arguments", [[], ["both"]])
def test_the_script_says_how_it_is_used(arguments: list[str]) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "rehearse"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "scripts/rehearse wrong|right" in done.stderr
