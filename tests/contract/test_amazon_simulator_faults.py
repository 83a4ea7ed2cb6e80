"""Faults on demand: what a client sees of each, and the registry's own rules."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulator.amazon import World
from simulator.faults import LIMIT, BadFault, Fault, FaultRegistry, read_fault
from tests.contract.amazon_simulator import FAST, Caller, calling, seller


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling(World((seller(orders=60), seller("EU2", orders=2)), seed=9, speed=FAST)) as caller:
        assert caller.search().status_code == 200
        yield caller


@pytest.mark.parametrize(
    ("kind", "status", "kind_of_body"),
    [
        ("status_500", 500, "json"),
        ("status_503_html", 503, "html"),
        ("status_429", 429, "json"),
        ("empty_429", 429, "empty"),
        ("empty_503", 503, "empty"),
        ("forbidden", 403, "json"),
        ("expired_token", 403, "json"),
        ("html_200", 200, "html"),
        ("truncated_json", 200, "broken"),
    ],
)
def test_a_fault_hits_one_call(caller: Caller, kind: str, status: int, kind_of_body: str) -> None:
    caller.fault(kind, "searchOrders")
    answer = caller.search()
    assert (answer.status_code, body_of(answer)) == (status, kind_of_body)
    caller.token = ""
    assert caller.search().status_code == 200
    stats = caller.sim("GET", "stats").json()
    assert stats["faults"] == {"waiting": 0, "taken": {kind: 1}}
    assert stats["calls"]["EU1"]["searchOrders"] == {"calls": 3, "throttled": int(status == 429)}


def body_of(answer: httpx.Response) -> str:
    if not answer.content:
        return "empty"
    if answer.headers["content-type"].startswith("text/html"):
        return "html"
    try:
        answer.json()
    except json.JSONDecodeError:
        return "broken"
    return "json"


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_reset_is_a_broken_connection(caller: Caller, kind: str) -> None:
    caller.fault(kind, "searchOrders")
    with pytest.raises(httpx.ReadError):
        caller.search()
    assert caller.search().status_code == 200


def test_slow_takes_its_time_and_then_answers(caller: Caller) -> None:
    caller.fault("slow", "getOrder", seconds=0.4)
    started = time.monotonic()
    assert caller.order("111-1111111-1111111").status_code == 404
    assert time.monotonic() - started >= 0.4


def test_slow_after_has_done_it_before_it_takes_its_time(caller: Caller) -> None:
    order_id = caller.sim("GET", "orders").json()["EU1"][0]["orderId"]
    caller.fault("slow_after", "getOrder", seconds=60)
    caller.http.timeout = httpx.Timeout(10, read=0.3)
    with pytest.raises(httpx.ReadTimeout):
        caller.order(order_id)
    caller.http.timeout = httpx.Timeout(10)
    assert caller.order(order_id).status_code == 200
    assert caller.sim("GET", "stats").json()["calls"]["EU1"]["getOrder"] == {"calls": 2, "throttled": 0}


def test_a_client_that_hangs_up_on_slow_does_not_hold_up_the_end() -> None:
    with calling(World((seller(orders=1),), seed=9)) as caller:
        caller.fault("slow", "searchOrders", seconds=60)
        caller.http.timeout = httpx.Timeout(10, read=0.3)
        with pytest.raises(httpx.ReadTimeout):
            caller.search()
        ended = time.monotonic()
    assert time.monotonic() - ended < 1.5


def test_an_expired_token_stays_expired(caller: Caller) -> None:
    caller.fault("expired_token", "searchOrders")
    assert [caller.search().status_code for _ in range(3)] == [403] * 3
    caller.token = ""
    assert caller.search().status_code == 200


def test_an_old_version_is_the_one_before_the_last_change(caller: Caller) -> None:
    order_id = caller.sim("POST", "advance").json()["changed"][0]
    new = caller.order(order_id).json()["order"]
    caller.fault("old_version", "getOrder")
    old = caller.order(order_id).json()["order"]
    assert old["lastUpdatedTime"] < new["lastUpdatedTime"]
    assert caller.order(order_id).json()["order"] == new


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("lwa_500", 500, "server_error"), ("invalid_grant", 400, "invalid_grant")]
)
def test_faults_of_the_token_endpoint(caller: Caller, kind: str, status: int, code: str) -> None:
    caller.fault(kind)
    assert caller.search().status_code == 200
    answer = caller.ask_token()
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert caller.ask_token().status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [("status_503_html", 503, "html"), ("html_200", 200, "html"), ("truncated_json", 200, "broken")],
)
def test_faults_of_the_connection_hit_the_token_endpoint_by_name(
    caller: Caller, kind: str, status: int, body: str
) -> None:
    caller.fault(kind, "token")
    assert caller.search().status_code == 200
    answer = caller.ask_token()
    assert (answer.status_code, body_of(answer)) == (status, body)


def test_resets_hit_the_token_endpoint_by_name(caller: Caller) -> None:
    issued = caller.sim("GET", "stats").json()["tokens_issued"]
    for kind, more in (("reset_before", 0), ("reset_after", 1)):
        caller.fault(kind, "token")
        with pytest.raises(httpx.ReadError):
            caller.ask_token()
        issued += more
        assert caller.sim("GET", "stats").json()["tokens_issued"] == issued


def test_a_fault_for_one_seller_spares_the_others(caller: Caller) -> None:
    caller.fault("status_500", seller="EU2", times=5)
    other = Caller(caller.base, caller.http, "EU2")
    assert [caller.search().status_code, other.search().status_code] == [200, 500]
    assert caller.sim("DELETE", "faults").json() == {"cleared": 1}
    assert other.search().status_code == 200


KINDS = ("a", "b")


def test_faults_are_taken_in_order_and_used_up() -> None:
    registry = FaultRegistry(KINDS)
    registry.add(Fault(operation="x", kind="a", times=2))
    registry.add(Fault(operation="*", kind="b", times=None))
    taken = [registry.take(operation) for operation in ("x", "y", "x", "x")]
    assert [fault.kind for fault in taken if fault] == ["a", "b", "a", "b"]
    assert registry.taken() == {"a": 2, "b": 2}
    assert [fault["kind"] for fault in registry.waiting()] == ["b"]
    assert registry.take("x", kinds={"a"}) is None
    assert registry.clear() == 1
    assert registry.take("x") is None


def test_chance_follows_the_seed() -> None:
    def draw(seed: int) -> list[bool]:
        registry = FaultRegistry(KINDS, seed=seed)
        registry.add(Fault(operation="*", kind="a", times=None, probability=0.3))
        return [registry.take("x") is not None for _ in range(200)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert 35 < sum(draw(1)) < 85


@pytest.mark.parametrize(
    "fault",
    [
        Fault(operation="*", kind="c"),
        Fault(operation="*", kind="a", times=0),
        Fault(operation="*", kind="a", probability=0),
        Fault(operation="*", kind="a", probability=1.5),
        Fault(operation="*", kind="a", seconds=-1),
        Fault(operation="*", kind="a", seconds=601),
    ],
)
def test_impossible_faults_are_refused(fault: Fault) -> None:
    registry = FaultRegistry(KINDS)
    with pytest.raises(BadFault):
        registry.add(fault)
    assert registry.waiting() == []


def test_the_registry_is_bounded() -> None:
    registry = FaultRegistry(KINDS)
    for _ in range(LIMIT):
        registry.add(Fault(operation="*", kind="a"))
    with pytest.raises(BadFault):
        registry.add(Fault(operation="*", kind="a"))
    assert len(registry.waiting()) == LIMIT


def test_a_fault_is_read_from_json() -> None:
    assert read_fault({"kind": "a"}) == Fault(operation="*", kind="a", times=1)
    assert read_fault({"kind": "a", "probability": 0.5}) == Fault(operation="*", kind="a", times=None, probability=0.5)
    assert read_fault({"kind": "a", "times": "3", "seller": None}) == Fault(operation="*", kind="a", times=3)
    unreadable: tuple[Any, ...] = ({}, [], {"kind": "a", "times": "x"}, {"kind": "a", "when": "now"})
    for broken in unreadable:
        with pytest.raises(BadFault):
            read_fault(broken)
