"""What a real server writes into its log when a bundle fails: no word of what was to be written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from clients.odoo.bundle import Bundle, find_action
from clients.odoo.client import Odoo
from tests.odoo.conftest import Server

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


def _log(series: int) -> Path:
    (place,) = [Path(os.environ["ODOO_TEST_ROOT"], f"odoo{series}", *_instance(), "odoo.log")]
    return place


def _instance() -> tuple[str, ...]:
    named = os.environ.get("ODOO_TEST_INSTANCE")
    return ("instances", named) if named else ()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_bundle_leaves_no_buyer_in_the_servers_log(odoo_server: Server, bot: Odoo, fault: str) -> None:
    action = find_action(bot)
    assert action is not None
    log = _log(bot.version[0])
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
