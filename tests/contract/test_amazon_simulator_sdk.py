"""A second opinion: Amazon's own SDK reads every page and order of the simulated Amazon.

It runs in a process of its own, because importing it reconfigures logging.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from simulator.amazon import CLIENT_ID, CLIENT_SECRET, World, serve
from simulator.amazon.view import WORDS, project
from tests.contract.amazon_simulator import FAST, LONG_AGO, seller

READER = """
import json, sys
from types import SimpleNamespace
from spapi import Configuration
Configuration.set_default(Configuration())  # one configuration, else every model object adds log handlers
from spapi import SPAPIClient
from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi

given = json.load(sys.stdin)
config = SimpleNamespace(client_id=given["client_id"], client_secret=given["client_secret"], grant_type=None,
                         refresh_token=given["refresh_token"], scope=None, region="EU")
client = SPAPIClient(config, oauth_endpoint=given["base"] + "/auth/o2/token", endpoint=given["base"])
search, get = SearchOrdersApi(client.api_client), GetOrderApi(client.api_client)
params = {"last_updated_after": given["after"], "included_data": given["words"], "max_results_per_page": 40,
          "marketplace_ids": given["places"]}
pages = [search.search_orders(**params)]
while pages[-1].pagination:
    pages.append(search.search_orders(**params, pagination_token=pages[-1].pagination.next_token))
orders = [order for page in pages for order in page.orders]
single = get.get_order(orders[0].order_id, included_data=given["words"]).order
def plain(model):
    return json.loads(json.dumps(client.api_client.sanitize_for_serialization(model)))
print(json.dumps({"sizes": [len(page.orders) for page in pages], "orders": [plain(order) for order in orders],
                  "single": plain(single)}))
"""


def test_amazons_sdk_reads_all_orders_as_they_are() -> None:
    one = seller("EU1", places="DE FR GB IT", orders=130)
    world = World((one,), seed=4, speed=FAST)
    with serve(world) as base:
        given = {
            "base": base, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": one.refresh_token,
            "after": LONG_AGO, "words": sorted(WORDS), "places": [place.id for place in one.marketplaces],
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", READER],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    read: dict[str, Any] = json.loads(done.stdout)
    assert read["sizes"] == [40, 40, 40, 10]
    stored = sorted(world.orders("EU1"), key=lambda stored: (stored.updated, stored.raw["orderId"]))
    assert [order["orderId"] for order in read["orders"]] == [order.raw["orderId"] for order in stored]
    expected = [project(order.raw, included=WORDS, roles=one.roles, now=world.start) for order in stored]
    assert [without_times(order) for order in read["orders"]] == [without_times(order) for order in expected]
    assert read["single"] == read["orders"][0]


def without_times(value: Any) -> Any:
    """The SDK writes times its own way, and leaves out nothing else."""
    if isinstance(value, dict):
        return {key: without_times(part) for key, part in value.items() if "Time" not in key}
    return [without_times(part) for part in value] if isinstance(value, list) else value
