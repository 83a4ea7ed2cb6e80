"""No personal data and no secret in messages, results, logs, Redis or Flower: a full run is searched for all of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flow.fleet import CLIENT, Fleet, OdooTarget
from tests.flow.processes import Process, celery, eventually, free_port
from tests.flow.test_fleet import running, sellers

pytestmark = pytest.mark.timeout(600)

_ADDRESS = ("name", "companyName", "addressLine1", "addressLine2", "addressLine3", "phone")
# Shorter texts (a floor, an initial) stand in any log by chance.
_SHORTEST = 6


def personal(truth: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Every buyer's name, e-mail address, street, phone and gift message of the data."""
    for raw in (raw for raws in truth.values() for raw in raws):
        buyer = raw.get("buyer", {})
        address = raw.get("recipient", {}).get("deliveryAddress", {})
        yield from (buyer.get(key, "") for key in ("buyerName", "buyerEmail", "buyerCompanyName"))
        yield from (address.get(key, "") for key in _ADDRESS)
        for item in raw["orderItems"]:
            gift = item.get("fulfillment", {}).get("packing", {}).get("giftOption", {})
            yield gift.get("giftMessage", "")


def redis_contents(fleet: Fleet) -> str:
    """Everything in Redis as text: keys, strings, hashes, lists, sets, streams."""
    store = fleet.store
    readers: dict[Any, Callable[[Any], Any]] = {
        b"string": store.get,
        b"hash": store.hgetall,
        b"list": lambda key: store.lrange(key, 0, -1),
        b"set": store.smembers,
        b"zset": lambda key: store.zrange(key, 0, -1, withscores=True),
        b"stream": store.xrange,
    }
    parts = []
    for key in store.scan_iter(count=1000):
        value = readers[store.type(key)](key)
        parts.append(f"{key!r} {value!r}")
        if isinstance(value, list):
            parts += [_message_body(entry) for entry in value]
    return "\n".join(parts)


def _message_body(entry: Any) -> str:
    """A queued message's body, which kombu writes in base64."""
    try:
        return base64.b64decode(json.loads(entry)["body"]).decode()
    except (ValueError, TypeError, KeyError):
        return ""


@pytest.fixture
def flower(tmp_path: Path) -> Iterator[Any]:
    """Starts Flower for a fleet; returns its base URL."""
    started: list[Process] = []

    def start(fleet: Fleet) -> str:
        port = free_port()
        arguments = ("flower", "--address=127.0.0.1", f"--port={port}", "--basic-auth=admin:look", "--max-tasks=5000")
        started.append(celery(tmp_path, "flower", fleet.env, *arguments).start())
        url = f"http://127.0.0.1:{port}"
        eventually("Flower answers", lambda: _status(f"{url}/api/workers") in (200, 401), timeout=60)
        return url

    yield start
    for process in started:
        process.kill()


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return 0


@pytest.mark.parametrize("odoo_target", ["simulated-19"], indirect=True)
def test_a_full_run_leaves_no_personal_data_and_no_secret_anywhere(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch, flower: Any
) -> None:
    specs = sellers(40)
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, _odoo, idle):
        url = flower(fleet)
        fleet.amazon("POST", "/faults", {"operation": "getOrder", "kind": "status_503_html", "times": 1})
        fleet.start_fleet()
        eventually("all orders have landed", idle, timeout=240)
        truth = fleet.truth()

        assert _status(f"{url}/api/tasks") == 401
        told: list[str] = []

        def upserts_of() -> list[dict[str, Any]]:
            answer = httpx.get(f"{url}/api/tasks", params={"limit": 5000}, auth=("admin", "look"), timeout=30)
            told[:] = [answer.text]
            return [task for task in answer.json().values() if task["name"] == "odoo.upsert_order"]

        # A task's last event comes a moment after its work is done.
        eventually("Flower knows how each ended", lambda: all(one["state"] == "SUCCESS" for one in upserts_of()))
        upserts = upserts_of()
        order_ids = {raw["orderId"] for raws in truth.values() for raw in raws}
        shown = {order_id for order_id in order_ids if any(order_id in str(task["kwargs"]) for task in upserts)}
        assert shown == order_ids
        assert all(any(spec.key in str(task["kwargs"]) for spec in specs) for task in upserts)
        assert {str(task["result"]).strip("'").split(":")[0] for task in upserts} == {"imported", "skipped"}

        places = {
            "Flower": told[0],
            "the logs": fleet.logs() + (tmp_path / "flower.log").read_text(errors="replace"),
            "Redis": redis_contents(fleet),
        }
        needles = {text for text in personal(truth) if len(text) >= _SHORTEST}
        secrets = {*CLIENT.values(), *(spec.refresh_token for spec in specs), "Atza|"}
        assert len(needles) > 200
        found = {
            (place, needle)
            for place, text in places.items()
            for needle in needles | (secrets - {CLIENT["FLEET_CLIENT_ID"]})
            if needle in text or json.dumps(needle)[1:-1] in text
        }
        assert found == set()


def test_the_search_would_find_a_name() -> None:
    truth = {"a": [{"buyer": {"buyerName": "Jane Example"}, "orderItems": []}]}
    assert "Jane Example" in set(personal(truth))
