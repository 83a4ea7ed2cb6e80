"""Bundles on real servers: what is logged when one fails, and numbers that Odoo refuses inside one."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest

from clients.odoo.bundle import Bundle, find_action
from clients.odoo.client import Odoo
from clients.odoo.facts import account_facts, order_facts, reference
from clients.odoo.orders import create_orders
from domain.odoo import CreateOrder
from domain.order import Buyer, Channel, OrderStatus
from mappers.sale_order import plan
from tests.builders import an_account, an_address, an_item, an_order
from tests.odoo.conftest import Server, record
from tests.odoo.test_people_real import Worker
from tests.servers import lost_races, server_log

pytestmark = pytest.mark.odoo
ROUNDS = 6

Fault = Callable[[Bundle], object]

FAULTS: dict[str, Fault] = {
    "refused": lambda bundle: bundle.ensure("sale.order", {_xid(): {"partner_id": False}}, context={}),
    "no right": lambda bundle: bundle.ensure("product.product", {_xid(): {"name": "X"}}, context={}),
    "no such field": lambda bundle: bundle.ensure("res.partner", {_xid(): {"name": "X", "nothing": 1}}, context={}),
    "no such record": lambda bundle: bundle.write("res.partner", [987654321], {"city": "X"}, context={}),
    "no such method": lambda bundle: bundle.act("res.partner", "unlink", [1], context={}),
    "constraint": lambda bundle: bundle.write("res.partner", [1], {"country_id": 987654321}, context={}),
}


def _xid() -> str:
    return f"__amazon_sync__.privacy_{uuid4().hex}"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_bundle_leaves_no_buyer_in_the_servers_log(odoo_server: Server, bot: Odoo, fault: str) -> None:
    action = find_action(bot)
    assert action is not None
    log = server_log(bot.version[0])
    before = log.stat().st_size
    buyer = f"Buyer {uuid4().hex}"
    bundle = Bundle()
    bundle.ensure("res.partner", {_xid(): {"name": buyer, "street": buyer}}, context={})
    FAULTS[fault](bundle)
    assert bundle.run(bot, action) is None
    with log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(before)
        written = lines.read()
    assert "ir.actions.server" in written or "/jsonrpc" in written  # it is the right log
    assert buyer not in written
    assert json.dumps(buyer) not in written
    assert bot.search_read("res.partner", [("name", "=", buyer)], ["name"]) == []


def test_batches_of_one_worker_that_want_the_same_buyer_and_offers_at_once_lose_no_race(bot: Odoo) -> None:
    """They take turns. 14 brings in partners and offers call by call, where races are short."""
    account = an_account(key=f"turns-{uuid4().hex[:6]}")
    worker = Worker(bot, reference(bot))
    log = server_log(bot.version[0])
    before, lost = log.stat().st_size, 0
    for number in range(ROUNDS):
        buyer = Buyer(name="Max", email=f"{uuid4().hex[:13]}@marketplace.amazon.de")
        orders = [
            an_order(
                an_item(item_id=uuid4().hex[:12], sku=f"NEW-{number}"),
                order_id=f"302-{uuid4().hex[:10]}",
                buyer=buyer,
                address=an_address(lines=(f"Weg {place}",)),
            )
            for place in range(2)
        ]
        jobs = [partial(worker.create, worker.plan(account, order)) for order in orders]
        ready = Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            results = [made.result(120) for made in [threads.submit(job, ready.wait) for job in jobs]]
        lost += sum(times for _, times in results)
        assert len({sale_order for sale_order, _ in results}) == 2
        (contact,) = bot.search_read("res.partner", [("email", "=", buyer.email)], ["child_ids"])
        assert len(contact["child_ids"]) == 2
    offers = bot.search_read("x_amazon_offer", [("x_account", "=", account.key)], ["x_sku"], order="x_sku")
    assert [offer["x_sku"] for offer in offers] == [f"NEW-{number}" for number in range(ROUNDS)]
    assert bot.version[0] < 16 or lost + lost_races(log, before) == 0


def test_what_the_connector_delivers_leaves_no_messages_of_changed_fields(admin: Odoo, bot: Odoo) -> None:
    """14 computes a delivery's state after the call, where no context holds, and tells of it."""
    account = an_account(key=f"quiet-{uuid4().hex[:6]}")
    worker = Worker(bot, reference(bot))
    order = an_order(
        an_item(item_id=uuid4().hex[:12]), order_id=f"302-{uuid4().hex[:10]}", channel=Channel.FBA,
        status=OrderStatus.SHIPPED,
    )  # fmt: skip
    sale_order, _ = worker.create(worker.plan(account, order))
    (picking,) = bot.search_read("stock.picking", [("sale_id", "=", sale_order)], ["state"])
    assert picking["state"] == "done"
    about = [("model", "=", "stock.picking"), ("res_id", "=", picking["id"])]
    changed = admin.search_read("mail.message", [*about, ("tracking_value_ids", "!=", False)], ["body"])
    assert len(changed) == (1 if bot.version[0] < 16 else 0)
    told = admin.search_read("mail.message", about, ["body"])
    assert len(told) == len(changed) + 1  # which sale order it comes from


def test_a_tax_number_that_odoo_refuses_is_a_note_and_stops_nobody(odoo_server: Server, bot: Odoo) -> None:
    """14 loads contacts call by call; on 19 the number is tried inside the bundle."""
    account = an_account(key=f"vat-{uuid4().hex[:6]}", company="")
    known = reference(bot)
    about = {account.key: account_facts(bot, account, known)}
    orders = [an_order(an_item(item_id=f"{number}"), order_id=f"302-{uuid4().hex[:10]}") for number in range(3)]
    facts = order_facts(bot, [(account, order) for order in orders], about, known)
    decisions = [plan(account, order, one) for order, one in zip(orders, facts, strict=True)]
    numbers = ("DE923456787", "DE923456780", "")
    wanted = [
        replace(
            decision,
            contact=replace(decision.contact, xid=f"{decision.contact.xid}_{place}", vat=number),
            address=replace(decision.address, parent=f"{decision.contact.xid}_{place}", xid=_xid()),
        )
        for place, (decision, number) in enumerate(zip(decisions, numbers, strict=True))
        if isinstance(decision, CreateOrder)
    ]
    recording = record(bot)
    made = create_orders(bot, wanted, known.defaults.rounding)
    assert all(isinstance(one, int) for one in made)
    contacts = bot.search_read(
        "res.partner", [("id", "in", [bot.ref(one.contact.xid) for one in wanted])], ["vat", "comment"], order="id"
    )
    assert [row["vat"] for row in contacts] == ["DE923456787", False, False]
    assert ["does not accept" in (row["comment"] or "") for row in contacts] == [False, True, False]
    assert recording.writes.count("ir.actions.server.run") == (2 if bot.version[0] < 16 else 3)  # offers, landing, end
