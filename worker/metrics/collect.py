"""Gathering the metrics when Prometheus asks; nothing in them is of a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import redis
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis.exceptions import RedisError

from domain.reconciled import Found
from state.breaker import Breaker
from worker.facts.broker import last_tick, queue_facts, unacknowledged
from worker.facts.lanes import standings
from worker.metrics.catalogue import BY_NAME, CATALOGUE

if TYPE_CHECKING:
    from tasks.context import Services
    from worker.facts.odoo import Databases

# A value: the metric's name, its labels' values, the number.
Sample = tuple[str, tuple[str, ...], float]

_OPERATIONS = ("searchOrders", "getOrder", "confirmShipment", "createFeed")
_COMPARED = {
    "mended": (Found.MENDED,),
    "missing": (Found.MISSING, Found.STALE, Found.WAITING),
    "differs": (Found.DIFFERS,),
}
_COUNTED = {"tasks": "tasks_total", "seconds": "task_seconds_total", "orders": "orders_total"}


class Collector:
    """A collector of prometheus_client. `broker`: the Redis that carries messages; None if that is RabbitMQ."""

    def __init__(self, there: Services, databases: Databases, state: redis.Redis, broker: redis.Redis | None) -> None:
        self._there = there
        self._databases = databases
        self._state = state
        self._broker = broker

    def collect(self) -> Iterable[Metric]:
        """Return all metrics as they are now."""
        families = {
            metric.name: (CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily)(
                metric.full_name, metric.help, labels=metric.labels
            )
            for metric in CATALOGUE
        }
        for name, labels, value in self.samples():
            families[name].add_metric(labels, value)
        return families.values()

    def samples(self) -> Iterator[Sample]:
        """Yield all values. Redis away: only what Odoo says, and that Redis is away."""
        now = self._there.clock()
        yield from self._of_odoo(now)
        try:
            found = [*self._of_redis(now)]
        except RedisError:
            yield "broker_up", (), 0.0
        else:
            yield "broker_up", (), 1.0
            yield from found

    def _of_odoo(self, now: datetime) -> Iterator[Sample]:
        for key in self._databases.all:
            facts = self._databases.facts(key)
            yield "odoo_up", (key,), float(facts.found is not None)
            yield "odoo_answer_seconds", (key,), facts.seconds
            if facts.found is not None:
                for (account, code, state), number in facts.found.parked.items():
                    yield "parked", (account, code, state), float(number)
                for account, since in facts.found.oldest.items():
                    yield "parked_oldest_seconds", (account,), (now - since).total_seconds()
                for (account, state), number in facts.found.shipments.items():
                    yield "shipments", (account, state), float(number)

    def _of_redis(self, now: datetime) -> Iterator[Sample]:
        there = self._there
        for (kind, *labels), value in there.journal.counts().items():
            if kind in _COUNTED and len(labels) == len(BY_NAME[_COUNTED[kind]].labels):
                yield _COUNTED[kind], tuple(labels), value
        yield from self._of_lanes(now)
        for key in self._databases.all:
            standing = Breaker(self._state, key).standing()
            yield "odoo_left_alone", (key,), float(standing.left_alone)
            yield "odoo_outages_total", (key,), float(standing.outages)
        for account in there.accounts:
            stopped = there.pauses.stopped(account)
            yield "account_paused", (account, "stopped"), float(stopped)
            yield "account_paused", (account, "broken"), float(bool(there.pauses.reason(account)) and not stopped)
            for operation in _OPERATIONS:
                yield "quota_calls_left", (account, operation), float(there.limiter.left(account, operation))
        for operation in _OPERATIONS:
            yield "quota_burst", (operation,), float(there.limiter.burst(operation))
        failed: dict[str, int] = {}
        for failure in there.journal.failures(now):
            failed[failure.task] = failed.get(failure.task, 0) + 1
        for task, number in failed.items():
            yield "failed_tasks", (task,), float(number)
        tick = last_tick(self._state)
        if tick is not None:
            yield "beat_seconds", (), max(0.0, (now - tick).total_seconds())
        yield from self._of_queues(now)
        yield from self._of_comparisons(now)

    def _of_comparisons(self, now: datetime) -> Iterator[Sample]:
        for account in self._there.accounts.values():
            for group in account.groups():
                last = self._there.reconciliations.last(account.key, group)
                if last is not None:
                    yield "reconciled_seconds", (account.key, group), (now - last.ended).total_seconds()
                    for word, found in _COMPARED.items():
                        yield "reconciled_orders", (account.key, group, word), float(last.count(*found))

    def _of_lanes(self, now: datetime) -> Iterator[Sample]:
        cursors: dict[tuple[str, str], datetime] = {}
        for key in self._databases.all:
            found = self._databases.facts(key).found
            cursors.update(found.cursors if found else {})
        for standing in standings(self._there.lanes, self._there.accounts, cursors):
            yield "orders_waiting", (standing.account, standing.group), float(standing.waiting)
            lag = standing.lag(now)
            if lag is not None:
                yield "lag_seconds", (standing.account, standing.group), lag.total_seconds()

    def _of_queues(self, now: datetime) -> Iterator[Sample]:
        if self._broker is None:
            return
        for queue in queue_facts(self._broker):
            yield "queue_messages", (queue.name,), float(queue.messages)
            if queue.oldest is not None or not queue.messages:
                age = (now - queue.oldest).total_seconds() if queue.oldest else 0.0
                yield "queue_oldest_seconds", (queue.name,), max(0.0, age)
        yield "unacknowledged_messages", (), float(unacknowledged(self._broker))
