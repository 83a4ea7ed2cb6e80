"""Where an order's time in Odoo goes: the server's CPU by call, one client, batches as the fleet sends them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import psutil

from bench.meter import members
from clients.odoo.client import Connection, Odoo
from clients.odoo.connecting import choose
from clients.odoo.errors import Call
from clients.odoo.facts import account_facts, order_facts, reference
from clients.odoo.guarded import Transport
from clients.odoo.issues import unfinished
from clients.odoo.orders import create_orders
from domain.account import Account
from domain.odoo import CreateOrder
from domain.order import Order
from mappers.sale_order import plan


@dataclass
class Spent:
    """CPU seconds of the server and number of calls, by model and method."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: Counter[str] = field(default_factory=Counter)
    orders: int = 0

    def milliseconds(self) -> dict[str, float]:
        """CPU an order of each call, the dearest first, and of all together."""
        dear = sorted(self.seconds, key=lambda name: -self.seconds[name])
        told = {name: 1000 * self.seconds[name] / self.orders for name in dear}
        return {"all": sum(told.values()), **told}


class Counted:
    """A transport that reads the server's processor time before and after each call. For one client at a time."""

    def __init__(self, inner: Transport, used: Callable[[], float], spent: Spent) -> None:
        self.name = inner.name
        self._inner = inner
        self._used = used
        self._spent = spent

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        """The inner one's result."""
        name = f"{call.model}.{call.method}"
        if call.method == "load":
            name += " (update)" if (context or {}).get("mode") == "init" else ""
            name += " with lines" if any(column.startswith("order_line/") for column in named["fields"]) else ""
        before = self._used()
        try:
            return self._inner.call(call, ids, context, named)
        finally:
            self._spent.seconds[name] += self._used() - before
            self._spent.calls[name] += 1


class Processes:
    """The processes of a server and its database; those that come later are found by renew()."""

    def __init__(self, group: Mapping[str, int | str]) -> None:
        self._group = group
        self._there: list[psutil.Process] = []

    def renew(self) -> None:
        """Look which processes there are."""
        self._there = [process for _, process in members(self._group)]

    def seconds(self) -> float:
        """CPU seconds that they have used."""
        used = 0.0
        for process in self._there:
            with suppress(psutil.Error):
                times = process.cpu_times()
                used += times.user + times.system
        return used


def where(
    connection: Connection,
    group: Mapping[str, int | str],
    account: Account,
    orders: Sequence[Order],
    size: int,
    *,
    bundles: bool = True,
) -> Spent:
    """Import `orders` in batches of `size` by one client, and tell what each call cost the server.

    The first batch does not count: what a server loads at the first time is not what an order costs. `bundles`: whether
    calls go together, as they do where `odoo setup` was run.
    """
    with nullcontext() if bundles else patch("clients.odoo.orders.find_action", return_value=None):
        return _where(connection, group, account, orders, size)


def _where(
    connection: Connection, group: Mapping[str, int | str], account: Account, orders: Sequence[Order], size: int
) -> Spent:
    processes, spent = Processes(group), Spent()
    chosen = choose(connection)
    transport = Counted(chosen.transport, processes.seconds, spent)
    odoo = Odoo(transport, version=chosen.version, database=connection.database, uid=chosen.uid, http=chosen.http)
    try:
        known = reference(odoo)
        about = {account.key: account_facts(odoo, account, known)}
        for place in range(0, len(orders), size):
            processes.renew()
            some = [(account, order) for order in orders[place : place + size]]
            unfinished(odoo, [(account.key, order.order_id) for _, order in some])
            facts = order_facts(odoo, some, about, known)
            plans = [plan(account, order, one) for (_, order), one in zip(some, facts, strict=True)]
            due = [one for one in plans if isinstance(one, CreateOrder)]
            results = create_orders(odoo, due, known.defaults.rounding)
            assert all(isinstance(one, int) for one in results), results
            if place:
                spent.orders += len(due)
            else:
                spent.seconds.clear()
                spent.calls.clear()
    finally:
        odoo.close()
    return spent
