"""Messages of somebody who is none of us: no queue is blocked, and no worker dies twice of the same one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery

from tasks.queues import ROUTES, UPSERT
from tests.flow.conftest import once
from tests.flow.fleet import Fleet, OdooTarget
from tests.flow.processes import eventually
from tests.flow.test_fleet import landed, running, sellers
from tests.flow.test_trouble import due

pytestmark = pytest.mark.timeout(600)

HUGE = 20_000_000


def envelope(task: str, kwargs: Any, queue: str, **changes: Any) -> str:
    """A message as kombu puts it into Redis; `changes` of its body, properties and headers."""
    number = uuid4().hex
    args: Any = changes.pop("args", [])
    raw = changes.pop("body", json.dumps([args, kwargs, {"callbacks": None, "errbacks": None, "chain": None}]).encode())
    message = {
        "body": base64.b64encode(raw).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": task, "id": number, "root_id": number, "retries": 0, "argsrepr": "[]"},
        "properties": {
            "correlation_id": number, "delivery_mode": 2, "delivery_tag": number, "body_encoding": "base64",
            "delivery_info": {"exchange": queue, "routing_key": queue}, "priority": 0,
        },
    }  # fmt: skip
    return json.dumps({**message, **changes})


def poison(queue: str, account: str) -> dict[str, str | bytes]:
    """What a foreign producer may put into `queue`, by what is wrong about it."""
    task = "odoo.upsert_order" if queue == UPSERT else "control.advance_cursor"
    good = {"account": account, "order_id": "304-1234567-1234567", "group": "all"}
    return {
        "unknown task": envelope("somebody.elses_task", {"a": 1}, queue),
        "no JSON in the body": envelope(task, {}, queue, body=b"\x80\x04 nothing to read {"),
        "pickled": envelope(task, {}, queue, **{"content-type": "application/x-python-serialize"}),
        "unknown content type": envelope(task, {}, queue, **{"content-type": "text/very-plain"}),
        "unknown encoding": envelope(task, {}, queue, **{"content-encoding": "rot13"}),
        "body of another shape": envelope(task, {}, queue, body=b'"a text"'),
        "body is null": envelope(task, {}, queue, body=b"null"),
        "no arguments": envelope(task, {}, queue),
        "unknown arguments": envelope(task, {"colour": "red"}, queue),
        "arguments by position": envelope(task, {}, queue, args=[1, 2, 3]),
        "arguments of wrong kinds": envelope(task, {"account": {"a": [1]}, "order_id": None, "group": 7}, queue),
        "kwargs are a list": envelope(task, [1, 2], queue),
        "no account of ours": envelope(task, {**good, "account": "nobody"}, queue),
        "a version that is no time": envelope(task, {**good, "updated": "yesterday"}, queue),
        "an order id of another world": envelope(task, {**good, "order_id": "'; DROP TABLE orders; --"}, queue),
        "huge": envelope(task, {**good, "colour": "x" * HUGE}, queue),
        "no headers": envelope(task, {}, queue, headers={}),
        "headers are no object": envelope(task, {}, queue, headers=[]),
        "headers are a text": envelope(task, good, queue, headers="a text"),
        "no place to go back to": envelope(
            task, {}, queue, body=b"[]", properties={"delivery_tag": "1", "delivery_info": "x"}
        ),
        "a tag that is no text": envelope(task, good, queue, properties={"delivery_tag": ["1"], "delivery_info": {}}),
        "an ETA that is no time": envelope(
            task, good, queue, headers={"task": task, "id": uuid4().hex, "eta": "soon", "expires": "later"}
        ),
        "no properties": envelope(task, {}, queue, properties={}),
        "no message at all": b"\x00\xff garbage",
        "another JSON": json.dumps([1, 2, 3]),
    }


def held(fleet: Fleet) -> list[str]:
    """What workers have in hand, but for what lawfully comes again: an account that others may know."""
    messages = [json.loads(stored)[0] for stored in fleet.store.hgetall("unacked").values()]
    bodies = [base64.b64decode(message["body"]).decode(errors="replace") for message in messages]
    return [body[:200] for body in bodies if '"account": "nobody"' not in body]


def revived(fleet: Fleet, name: str, deaths: list[str]) -> None:
    """What a supervisor does: start a worker again that has ended."""
    if not fleet.processes[name].alive:
        deaths.append(name)
        fleet.kill(name)
        fleet.start(name)


@once
def test_foreign_messages_block_no_queue_and_kill_no_worker_twice(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(8)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        workers = {"control": "fetch", UPSERT: "upsert"}
        for name in workers.values():
            fleet.start(name)
        deaths: list[str] = []
        sent = 0
        for queue in workers:
            for message in poison(queue, spec.key).values():
                fleet.store.lpush(queue, message)
                sent += 1

        def empty() -> bool:
            for name in workers.values():
                revived(fleet, name, deaths)
            return not any(fleet.store.llen(queue) for queue in workers) and not held(fleet)

        eventually("all of them are taken", empty, timeout=60)
        assert sent == 50
        assert deaths == []
        with Celery("test", broker=f"redis://127.0.0.1:{fleet.port}/0", set_as_current=False) as sender:
            sender.conf.update(task_routes=ROUTES, broker_transport_options={"priority_steps": [0]})
            for _ in range(3):
                sender.send_task("control.fan_out")
        eventually("orders come in as ever", lambda: empty() and landed(odoo, (spec,)) == len(due(fleet, spec)), 120)
        assert idle()
        assert deaths == []
