"""Whose tokens a look at one order takes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import fakeredis
import pytest

from clients.amazon.page import RawOrder
from domain.errors import NeedsHuman, Throttled
from domain.order import Order, OrderRef
from state.documents import Documents, document_key
from state.limiter import Limiter, Quota
from sync.read_order import OrderSource
from tests.builders import UPDATED
from tests.unit.clients_amazon.given import raw_order

REF = OrderRef(account="acme-eu", order_id="302-1", updated=None)


class FakeAmazon:
    def __init__(self) -> None:
        self.asked = 0

    def get_order(self, *_: object) -> RawOrder:
        self.asked += 1
        return RawOrder(order_id="302-1", updated=UPDATED, marketplace_id="", status="", document=b"{}")


def test_of_many_each_is_read_or_says_what_is_wrong_with_it() -> None:
    store = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    store.set("amz:limit:born", "1")
    amazon, limiter = FakeAmazon(), Limiter(store, {"getOrder": Quota(0.01, 1)})
    documents = Documents(store, document_key("secret"), 24)
    known = json.dumps(raw_order(lastUpdatedTime=UPDATED.isoformat())).encode()
    documents.put("acme-eu", {"302-2": known, "302-3": known, "302-4": b"{}"})
    source = OrderSource(cast("Any", amazon), cast("Any", {"acme-eu": None}), documents, limiter)
    refs = [replace(REF, order_id=f"302-{number}", updated=UPDATED) for number in range(1, 5)]
    refs[2] = replace(refs[2], updated=UPDATED + timedelta(days=1))  # the document is older: Amazon is asked
    asked, kept, old, unreadable = source.read_all(refs)
    assert (amazon.asked, type(asked), type(old), type(unreadable)) == (1, NeedsHuman, Throttled, NeedsHuman)
    assert isinstance(kept, Order)
    assert kept.updated == UPDATED
    with pytest.raises(Throttled, match=r"getOrder's quota is used up"):
        source.read(refs[2])
    source.forget(*refs[1:3])
    assert sorted(store.keys("amz:doc:*")) == [b"amz:doc:acme-eu:302-1", b"amz:doc:acme-eu:302-4"]
    store.close()


def test_imports_leave_tokens_to_shipments() -> None:
    store = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    store.set("amz:limit:born", "1")
    amazon, limiter = FakeAmazon(), Limiter(store, {"getOrder": Quota(0.01, 7)})
    documents = Documents(store, document_key("secret"), 24)
    sellers = cast("Any", {"acme-eu": None})
    imports, shipments = (OrderSource(cast("Any", amazon), sellers, documents, limiter, keep=keep) for keep in (5, 0))

    def reads(source: OrderSource) -> int:
        before = amazon.asked
        for _ in range(9):
            with pytest.raises((NeedsHuman, Throttled)):  # the document is empty: only the call counts here
                source.read(REF)
        return amazon.asked - before

    assert [reads(imports), reads(shipments), reads(imports)] == [2, 5, 0]
    store.close()
