"""One order's whole path, from Amazon to what Amazon was told; ids, states and times only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import redis

from clients.odoo.issues import parked_domain, read_issues
from clients.odoo.order_trace import TracedOrder, trace_order
from domain.errors import AccountBroken, DatabaseBroken, NeedsHuman, SyncError, Throttled
from domain.marketplace import MARKETPLACES
from state.trace import failed_attempts, trace
from worker.facts.broker import messages_about

if TYPE_CHECKING:
    from tasks.context import Services

# A line of the trace: where, what was found there, and when that was.
Step = dict[str, str]

_CODES = {marketplace.id: marketplace.code for marketplace in MARKETPLACES}


def accounts_of(there: Services, store: redis.Redis, order_id: str) -> list[str]:
    """Return the accounts that have heard of an order: in Redis, else in Odoo. Raises what Odoo's client does."""
    known = [
        key
        for key, account in there.accounts.items()
        if (found := trace(store, key, list(account.groups()), order_id)).landed or found.awaited or found.document
    ]
    if known:
        return known
    for key, database in there.databases.items():
        ours = [account.key for account in there.accounts.values() if account.database == key]
        domain = [("x_amazon_account", "in", ours), ("client_order_ref", "=", order_id)]
        rows = database.odoo.search_read("sale.order", domain, ["x_amazon_account"])
        known += [row["x_amazon_account"] for row in rows]
        items = read_issues(database.odoo, parked_domain(ours, [order_id], closed=True))
        known += [item.account for item in items]
    return sorted(set(known))


def steps(
    there: Services, state: redis.Redis, broker: redis.Redis | None, account: str, order_id: str, *, ask_amazon: bool
) -> Iterator[Step]:
    """Yield the order's path, from Amazon to Odoo and back."""
    if ask_amazon:
        yield _at_amazon(there, account, order_id)
    yield from _in_redis(there, state, account, order_id)
    if broker is not None:
        for message in messages_about(broker, order_id):
            due = f", due {message.due}" if message.due else ""
            yield _step(message.place, f"{message.task} {message.task_id[:8]}, attempt {message.attempt}{due}")
    for attempt in failed_attempts(state, order_id):
        found = f"{attempt.task} {attempt.task_id[:8]} failed at attempt {attempt.attempt}: {attempt.error}"
        yield _step("failed task", found, attempt.ended)
    yield from _in_odoo(there, account, order_id)


def _step(where: str, found: str, when: Any = "") -> Step:
    return {"where": where, "found": found, "when": when if isinstance(when, str) else f"{when:%Y-%m-%d %H:%M:%S}"}


def _trouble(where: str, error: SyncError) -> Step:
    remedy = f" {error.remedy}" if isinstance(error, NeedsHuman | AccountBroken | DatabaseBroken) else ""
    return _step(where, f"{error}.{remedy}")


def _at_amazon(there: Services, account: str, order_id: str) -> Step:
    where = "Amazon"
    reservation = there.limiter.reserve(account, "getOrder")
    if not reservation.granted:
        return _step(where, f"not asked: getOrder's quota is used up, again in {reservation.wait:.0f} s")
    try:
        raw = there.fetch.amazon.get_order(there.sellers[account], order_id)
    except Throttled as throttled:
        there.limiter.throttled(account, "getOrder", throttled.after or 2.0)
        return _trouble(where, throttled)
    except SyncError as error:
        return _trouble(where, error)
    told = json.loads(raw.document)
    fulfilment = told.get("fulfillment", {})
    channel = {"AMAZON": "FBA", "MERCHANT": "FBM"}.get(str(fulfilment.get("fulfilledBy")), "unknown channel")
    place = _CODES.get(raw.marketplace_id, raw.marketplace_id)
    items = len(told.get("orderItems", []))
    return _step(where, f"{raw.status}, {channel}, marketplace {place}, {items} item(s)", raw.updated)


def _in_redis(there: Services, state: redis.Redis, account: str, order_id: str) -> Iterator[Step]:
    found = trace(state, account, list(there.accounts[account].groups()), order_id)
    if found.document is not None:
        yield _step("document", f"kept in Redis for {found.document // 60} min more")
    if found.awaited:
        yield _step("lane", f"read and not landed: the cursor of {', '.join(found.awaited)} waits for it")
    if found.in_hand:
        yield _step("task", "a task has it, or waits for its next attempt")
    if found.landed is not None:
        yield _step("landed", "this version is in Odoo, parked, or none of ours", found.landed)


def _in_odoo(there: Services, account: str, order_id: str) -> Iterator[Step]:
    where = f"Odoo {there.accounts[account].database}"
    try:
        odoo = there.database_of(account).odoo
        items = read_issues(odoo, parked_domain([account], [order_id], closed=True))
        order = trace_order(odoo, account, order_id)
    except SyncError as error:
        yield _trouble(where, error)
        return
    for item in items:
        yield _step("parked item", f"{item.state}, {item.code}: {item.reason}", item.since or "")
    if order is None:
        yield _step(where, "no sale order")
        return
    yield from _order(where, order)


def _order(where: str, order: TracedOrder) -> Iterator[Step]:
    what = f"{order.name} {order.state}, {order.total}, {order.channel.upper()}, {order.marketplace}"
    unfinished = "" if order.updated else " (its import did not finish)"
    yield _step(where, f"{what}, at Amazon {order.status or 'unknown'}{unfinished}", order.updated or "")
    if order.cancellation:
        yield _step("cancellation", order.cancellation)
    for delivery in order.deliveries:
        told = ", ".join(f"package {ref} {mark}" for ref, mark in delivery.told.items())
        parts = [delivery.state, f"towards Amazon {delivery.status}" if delivery.status else "", told, delivery.reason]
        yield _step(f"delivery {delivery.name}", "; ".join(part for part in parts if part), delivery.done or "")
