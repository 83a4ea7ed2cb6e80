"""Usage plans as Amazon publishes them: token buckets per seller and operation."""

from __future__ import annotations

import time

from simulator.amazon import World
from simulator.amazon.quotas import Plan, Quotas
from tests.contract.amazon_simulator import Caller, calling, seller


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    clock = Clock()
    quotas, plan = Quotas(clock=clock), Plan(0.5, 3)
    assert [quotas.take("S", "o", plan) for _ in range(5)] == [True, True, True, False, False]
    clock.now += 1.9
    assert not quotas.take("S", "o", plan)
    clock.now += 0.1
    assert [quotas.take("S", "o", plan) for _ in range(2)] == [True, False]
    clock.now += 3600
    assert [quotas.take("S", "o", plan) for _ in range(4)] == [True, True, True, False]
    assert quotas.counted() == {"S": {"o": {"calls": 12, "throttled": 5}}}


def test_speed_multiplies_the_rate_not_the_burst() -> None:
    clock = Clock()
    quotas, plan = Quotas(speed=100, clock=clock), Plan(0.01, 2)
    assert [quotas.take("S", "o", plan) for _ in range(3)] == [True, True, False]
    clock.now += 1
    assert [quotas.take("S", "o", plan) for _ in range(2)] == [True, False]


def test_search_has_a_burst_of_20_and_get_of_30_per_seller() -> None:
    sellers = (seller("EU1", orders=1), seller("EU2", orders=1))
    with calling(World(sellers, seed=1)) as one:
        two = Caller(one.base, one.http, "EU2")
        statuses = [one.search().status_code for _ in range(22)]
        assert statuses == [200] * 20 + [429] * 2
        assert two.search().status_code == 200
        order_id = one.sim("GET", "orders?seller=EU1").json()["EU1"][0]["orderId"]
        assert [one.order(order_id).status_code for _ in range(30)] == [200] * 30
        assert one.sim("GET", "stats").json()["calls"] == {
            "EU1": {"getOrder": {"calls": 30, "throttled": 0}, "searchOrders": {"calls": 22, "throttled": 2}},
            "EU2": {"searchOrders": {"calls": 1, "throttled": 0}},
        }
        one.sim("POST", "quotas/refill")
        assert one.search().status_code == 200


def test_the_refusal_and_the_rate_header_are_amazons() -> None:
    with calling(World((seller(orders=1),), seed=1)) as caller:
        answers = [caller.search() for _ in range(21)]
        assert {answer.headers["x-amzn-RateLimit-Limit"] for answer in answers[:20]} == {"0.0056"}
        assert answers[20].json() == {
            "errors": [
                {
                    "code": "QuotaExceeded",
                    "message": "You exceeded your quota for the requested resource.",
                    "details": "",
                }
            ]
        }
        assert "x-amzn-RateLimit-Limit" not in answers[20].headers
        assert len({answer.headers["x-amzn-RequestId"] for answer in answers}) == 21
        assert caller.order("111-1111111-1111111").headers["x-amzn-RateLimit-Limit"] == "0.5"


def test_a_refused_token_costs_no_quota() -> None:
    with calling(World((seller(orders=1),), seed=1)) as caller:
        assert caller.search().status_code == 200
        caller.sim("POST", "tokens/expire")
        assert [caller.search().status_code for _ in range(25)] == [403] * 25
        assert caller.sim("GET", "stats").json()["calls"] == {"EU1": {"searchOrders": {"calls": 1, "throttled": 0}}}


def test_when_calls_were_made_is_told() -> None:
    quotas, plan = Quotas(), Plan(0.01, 1)
    before = time.time()
    for _ in range(2):
        quotas.take("S", "o", plan)
    quotas.take("T", "o", plan)
    found = quotas.times("o")
    assert {seller: len(times) for seller, times in found.items()} == {"S": 2, "T": 1}
    assert before <= found["S"][0] <= found["S"][1] <= found["T"][0] <= time.time()
    assert quotas.times("p") == {}
