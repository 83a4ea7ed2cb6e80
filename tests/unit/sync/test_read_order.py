"""Whose tokens a look at one order takes."""

from __future__ import annotations

from typing import Any, cast

import fakeredis
import pytest

from clients.amazon.page import RawOrder
from domain.errors import NeedsHuman, Throttled
from domain.order import OrderRef
from state.documents import Documents, document_key
from state.limiter import Limiter, Quota
from sync.read_order import OrderSource
from tests.builders import UPDATED

REF = OrderRef(account="acme-eu", order_id="302-1", updated=None)


class FakeAmazon:
    def __init__(self) -> None:
        self.asked = 0

    def get_order(self, *_: object) -> RawOrder:
        self.asked += 1
        return RawOrder(order_id="302-1", updated=UPDATED, marketplace_id="", status="", document=b"{}")


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
