"""No personal data and no secret in messages, results, logs, Redis or Flower: a full run is searched for all of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from kombu import Connection

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


# All keys at one moment: read one by one, a key expires after it was named, and a message moves past the reader.
_EVERYTHING = """
local readers = {
    string = {"GET"}, hash = {"HGETALL"}, list = {"LRANGE", 0, -1}, set = {"SMEMBERS"},
    zset = {"ZRANGE", 0, -1, "WITHSCORES"}, stream = {"XRANGE", "-", "+"},
}
local found = {}
for _, key in ipairs(redis.call("KEYS", "*")) do
    local reader = readers[redis.call("TYPE", key).ok]
    found[#found + 1] = {key, redis.call(reader[1], key, unpack(reader, 2))}
end
return found
"""


def redis_contents(store: redis.Redis) -> str:
    """Everything in Redis as text: keys, strings, hashes, lists, sets, streams, and what waiting messages say."""
    parts = []
    for key, value in store.eval(_EVERYTHING, 0):
        parts.append(f"{key!r} {value!r}")
        if isinstance(value, list):
            parts += [_message_body(entry) for entry in value]
    return "\n".join(parts)


def _message_body(entry: Any) -> str:
    """The body, which kombu writes in base64, of a queued message or of one that a worker has in hand."""
    try:
        told = json.loads(entry)
        message = told[0] if isinstance(told, list) else told
        return base64.b64decode(message["body"]).decode()
    except (ValueError, TypeError, LookupError):
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
            "Redis": redis_contents(fleet.store),
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


def test_the_search_reads_every_kind_of_key_and_every_message(valkey: redis.Redis, redis_url: str) -> None:
    valkey.set("text", "Jane One")
    valkey.hset("hash", "field", "Jane Two")
    valkey.rpush("list", "Jane Three")
    valkey.sadd("set", "Jane Four")
    valkey.zadd("zset", {"Jane Five": 1})
    valkey.xadd("stream", {"field": "Jane Six"})
    with Connection(redis_url) as broker:
        queue = broker.SimpleQueue("people")
        queue.put({"name": "Jane Seven"})
        queue.put({"name": "Jane Eight"})
        queue.get(timeout=5)  # in hand, not acknowledged
        assert valkey.hlen("unacked") == 1
        assert valkey.llen("people") == 1

        contents = redis_contents(valkey)

    numbers = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
    assert [number for number in numbers if f"Jane {number}" not in contents] == []
