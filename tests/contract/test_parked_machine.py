"""Parked items over any history of one order: Amazon's versions, imports, people and the comparison, against a model.

The real import and comparison on a simulated or real Odoo. The model is a few lines: which version landed, with which
total, and what the item says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, cast
from uuid import uuid4

import fakeredis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clients.amazon.page import RawOrder
from clients.odoo.facts import account_facts
from clients.odoo.issues import DISMISSED, DONE, OPEN, RETRY, read_issues, set_state
from domain.errors import NeedsHuman
from domain.odoo_facts import AccountFacts
from domain.order import Order, OrderRef
from domain.parked import BAD_ORDER, CHANGED_IN_ODOO, MONEY_MISMATCH
from state.lanes import Lanes
from state.locks import Locks
from state.reconciliations import Reconciliations
from sync import compare_sides
from sync.import_orders import OrderImport
from sync.reconcile import Reconcile
from tests.builders import NOW, UPDATED, an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.unit.state.machines import check

__all__ = ["a_desk", "a_target"]

GOOD, BAD, UNREADABLE = "good", "does not add up", "cannot be read"


@dataclass
class Item:
    """What the parked item is to say."""

    state: str
    code: str
    version: datetime


@dataclass
class Model:
    """`versions`: Amazon's, each with its kind; `landed` and `total` of the sale order; its parked `item`."""

    versions: list[tuple[datetime, str]] = field(default_factory=lambda: [(UPDATED, GOOD)])
    landed: datetime | None = None
    total: Decimal = Decimal(0)
    item: Item | None = None

    def open(self) -> Item | None:
        return self.item if self.item and self.item.state != DONE else None

    def park(self, code: str, version: datetime) -> None:
        known = self.open()
        if known is None or known.state != DISMISSED or known.version != version:
            self.item = Item(OPEN, code, version)

    def imported(self, version: datetime, kind: str) -> None:
        known = self.open()
        if kind != UNREADABLE and known and version < known.version:
            return
        if kind == UNREADABLE:
            self.park(BAD_ORDER, version)
            return
        doubted = known is not None and (known.code, known.state) == (CHANGED_IN_ODOO, RETRY)
        news = self.landed is None or version > self.landed or (doubted and version == self.landed)
        if news and kind == BAD:
            self.park(MONEY_MISMATCH, version)
            return
        if news:
            self.landed, self.total = version, price(version)
        if known and (news or doubted or known.code != CHANGED_IN_ODOO):
            known.state = DONE

    def compared(self, version: datetime, kind: str) -> bool:
        """Whether the order is a gap; what differs is parked."""
        known = self.open()
        if known and (known.code != CHANGED_IN_ODOO or (known.state, known.version) == (DISMISSED, version)):
            return False
        if kind == UNREADABLE or self.landed is None or self.landed < version:
            return True
        if self.landed == version and self.total != price(version):
            if not (known and known.state == RETRY):
                self.item = Item(OPEN, CHANGED_IN_ODOO, version)
        elif known and known.state == OPEN:
            known.state = DONE
        return False


def price(version: datetime) -> Decimal:
    """Each version costs something else."""
    return Decimal(20) + Decimal((version - UPDATED) // timedelta(minutes=1))


class ParkedMachine(RuleBasedStateMachine):
    """One order that nobody has used before."""

    desk: ClassVar[Desk]

    def __init__(self) -> None:
        super().__init__()
        self.store = fakeredis.FakeRedis(server=fakeredis.FakeServer())
        self.model = Model()
        self.first = self.desk.order(an_item(part("ITEM", "20.00")))
        self.key = (self.desk.account.key, self.first.order_id)
        self.lanes = Lanes(self.store)
        database, accounts = cast("Any", self), {self.desk.account.key: self.desk.account}
        source, locks = cast("Any", self), Locks(self.store)
        self.importer = OrderImport(database, accounts, source, self.lanes, locks, lambda: NOW)
        self.reconcile = Reconcile(self.lanes, Reconciliations(self.store))

    # ------------------------------------------------------------ what the import needs of database and source
    @property
    def odoo(self) -> Any:
        return self.desk.odoo

    def reference(self) -> Any:
        return self.desk.known

    def account_facts(self, _account: object) -> AccountFacts:
        return account_facts(self.desk.odoo, self.desk.account, self.desk.known)

    def doubt(self) -> bool:
        return False

    def read_all(self, refs: Sequence[OrderRef]) -> list[Order | NeedsHuman]:
        return [self.known(ref) for ref in refs]

    def known(self, ref: OrderRef) -> Order | NeedsHuman:
        assert ref.updated is not None
        try:
            return self.version(ref.updated)
        except NeedsHuman as needs:
            return needs

    def forget(self, *_refs: OrderRef) -> None:
        """The document of an order that landed."""

    def version(self, updated: datetime) -> Order:
        kind = dict(self.model.versions)[updated]
        if kind == UNREADABLE:
            raise NeedsHuman(BAD_ORDER, "cannot be read", "look")
        total = price(updated)
        items = (replace(self.first.items[0], breakdowns=(part("ITEM", str(total)),), total=total),)
        grand = total if kind == GOOD else total + 1
        return replace(self.first, updated=updated, items=items, grand_total=grand)

    # ------------------------------------------------------------ what happens
    @initialize(landed=st.sampled_from([True, True, False]))
    def begin(self, landed: bool) -> None:
        """Most histories begin with an order that is in Odoo."""
        if landed:
            self.import_it(0)

    @rule(kind=st.sampled_from([GOOD, GOOD, BAD, UNREADABLE]))
    def amazon_changes(self, kind: str) -> None:
        self.model.versions.append((self.model.versions[-1][0] + timedelta(minutes=1), kind))

    @rule(back=st.sampled_from([0, 0, 0, 1, 2]))
    def import_it(self, back: int) -> None:
        """The newest version, or one that comes late."""
        newest = len(self.model.versions) - 1
        version, kind = self.model.versions[max(0, newest - back)]
        if kind == UNREADABLE and back:
            return
        (end,) = self.importer([OrderRef(account=self.key[0], order_id=self.key[1], updated=version)])
        assert not isinstance(end, Exception), end
        self.model.imported(version, kind)

    @rule()
    def compare(self) -> None:
        version, kind = self.model.versions[-1]
        document = b"" if kind == UNREADABLE else version.isoformat().encode()
        shop = self.first.marketplace_id
        raw = RawOrder(order_id=self.key[1], updated=version, marketplace_id=shop, status="", document=document)
        gaps = self.reconcile.gaps(self.desk.account, "all", [raw], self.odoo, NOW)
        assert [order_id for order_id, _ in gaps] == ([self.key[1]] if self.model.compared(version, kind) else [])

    @precondition(lambda self: self.model.open() is not None)
    @rule(state=st.sampled_from([RETRY, DISMISSED]))
    def a_person_decides(self, state: str) -> None:
        (issue,) = self.issues()
        set_state(self.odoo, [issue.odoo_id], state)
        assert self.model.item is not None
        self.model.item.state = state

    @precondition(lambda self: self.model.landed is not None)
    @rule()
    def somebody_changes_the_price(self) -> None:
        (order,) = self.sale_orders()
        (line,) = self.odoo.search_read("sale.order.line", [("order_id", "=", order["id"])], ["price_unit"])
        self.desk.admin.call(
            "sale.order.line", "write", ids=[line["id"]], vals={"price_unit": line["price_unit"] + 0.5}
        )
        self.model.total += Decimal("0.5")

    # ------------------------------------------------------------ what is true then
    def issues(self) -> list[Any]:
        return read_issues(self.odoo, [("x_account", "=", self.key[0]), ("x_order_ref", "=", self.key[1])])

    def sale_orders(self) -> list[dict[str, Any]]:
        domain = [("x_amazon_account", "=", self.key[0]), ("client_order_ref", "=", self.key[1])]
        return self.desk.odoo.search_read("sale.order", domain, ["amount_total", "x_amazon_last_update"])

    @invariant()
    def odoo_is_as_the_model(self) -> None:
        found = [(issue.state, issue.code, issue.version) for issue in self.issues()]
        item = self.model.item
        assert found == ([(item.state, item.code, item.version)] if item else [])
        orders = [(row["x_amazon_last_update"], f"{row['amount_total']:.2f}") for row in self.sale_orders()]
        landed = self.model.landed
        assert orders == ([(f"{landed:%Y-%m-%d %H:%M:%S}", f"{self.model.total:.2f}")] if landed else [])

    def teardown(self) -> None:
        self.store.close()


@pytest.mark.parametrize(
    "target", ["simulated-19", pytest.param("real-19", marks=pytest.mark.odoo)], indirect=True, scope="module"
)
def test_a_parked_item_says_what_is_true_over_any_history(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(document: bytes) -> Order:
        if not document:
            raise NeedsHuman(BAD_ORDER, "cannot be read", "look")
        return machines[-1].version(datetime.fromisoformat(document.decode()))

    machines: list[ParkedMachine] = []

    class OnThisDesk(ParkedMachine):
        def __init__(self) -> None:
            super().__init__()
            machines.append(self)

    OnThisDesk.desk = replace(desk, account=replace(desk.account, key=f"parked-{uuid4().hex[:6]}"))
    monkeypatch.setattr(compare_sides, "read_document", read)
    check(OnThisDesk, None, examples=14, steps=15, most=50)
