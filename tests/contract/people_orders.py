"""Raw orders by whom they are from and where they go, and what of that is in Odoo."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from clients.amazon.to_order import read_document
from clients.odoo.client import Odoo
from domain.order import Order
from tests.contract.odoo_desk import Desk

Raw = dict[str, Any]
ADDRESS: Mapping[str, Any] = {
    "name": "Erika Mustermann",
    "addressLine1": "Hauptstr. 5",
    "city": "Berlin",
    "postalCode": "10115",
    "countryCode": "DE",
    "phone": "+49 30 1234",
    "addressType": "RESIDENTIAL",
}
_READ = (
    "name", "type", "is_company", "email", "phone", "street", "street2", "city", "zip", "vat", "comment",
    "state_id", "country_id", "company_id", "parent_id",
)  # fmt: skip


def raw_order(buyer: Raw | None, address: Raw | None, **more: Any) -> Raw:
    """An order of Amazon.de for 20.00, as getOrder gives it. A part of `address` that is None is not there."""
    number = uuid4().int
    amount = {"amount": "20.00", "currencyCode": "EUR"}
    raw: Raw = {
        "orderId": f"302-{number % 10**7:07}-{number // 10**7 % 10**7:07}",
        "createdTime": "2026-05-01T08:00:00Z",
        "lastUpdatedTime": "2026-05-01T09:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9", "marketplaceName": "Amazon.de"},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [
            {
                "orderItemId": f"{number % 10**14:014}",
                "quantityOrdered": 1,
                "product": {"asin": "B000000001", "sellerSku": "PEOPLE", "title": "Thing"},
                "proceeds": {"proceedsTotal": amount, "breakdowns": [{"type": "ITEM", "subtotal": amount}]},
            }
        ],
        "proceeds": {"grandTotal": amount},
        **more,
    }
    if buyer is not None:
        raw["buyer"] = buyer
    if address is not None:
        whole = {**ADDRESS, **address}
        raw["recipient"] = {"deliveryAddress": {name: value for name, value in whole.items() if value is not None}}
    return raw


def alias() -> str:
    """The e-mail address that Amazon gives a buyer nobody has seen before."""
    return f"{uuid4().hex[:13]}@marketplace.amazon.de"


@dataclass(frozen=True)
class Landed:
    """A sale order's people, as a person sees them in Odoo."""

    odoo: Odoo
    odoo_id: int

    def _order(self, name: str) -> int:
        (row,) = self.odoo.call("sale.order", "read", ids=[self.odoo_id], fields=[name])
        return int(row[name][0])

    @property
    def contact_id(self) -> int:
        assert self._order("partner_id") == self._order("partner_invoice_id")
        return self._order("partner_id")

    @property
    def address_id(self) -> int:
        return self._order("partner_shipping_id")

    @property
    def contact(self) -> dict[str, Any]:
        told = told_of(self.odoo, self.contact_id)
        assert (told.pop("type"), told.pop("parent", 0)) == ("contact", 0)
        return told

    @property
    def address(self) -> dict[str, Any]:
        told = told_of(self.odoo, self.address_id)
        assert (told.pop("type"), told.pop("parent")) == ("delivery", self.contact_id)
        return told


def land(desk: Desk, raw: Mapping[str, Any], order: Order | None = None) -> Landed:
    """Bring Amazon's raw order into Odoo, as the bot and as a quotation; it must not need a person."""
    till = replace(desk, account=replace(desk.account, policy=replace(desk.account.policy, confirm=False)))
    sale_order = till.land(order or read_document(as_document(raw)))
    assert isinstance(sale_order, int), sale_order
    return Landed(desk.admin, sale_order)


def as_document(raw: Mapping[str, Any]) -> bytes:
    """The bytes that Amazon sends for `raw`."""
    return json.dumps(raw).encode()


def told_of(odoo: Odoo, partner: int) -> dict[str, Any]:
    """What is filled in of a partner: countries by code, states by code without the country, notes as lines."""
    (row,) = odoo.call("res.partner", "read", ids=[partner], fields=list(_READ))
    told = {name: value for name, value in row.items() if value and not name.endswith("_id") and name != "id"}
    if "comment" in told:
        told["comment"] = _lines(odoo, told["comment"])
    for name, model in (("state", "res.country.state"), ("country", "res.country")):
        if row[f"{name}_id"]:
            (place,) = odoo.call(model, "read", ids=[row[f"{name}_id"][0]], fields=["code"])
            told[name] = place["code"].rpartition("-")[2]
    if row["parent_id"]:
        told["parent"] = row["parent_id"][0]
    return told


def _lines(odoo: Odoo, comment: str) -> list[str]:
    """Notes as a person reads them: HTML since 15, plain text before."""
    if odoo.fields("res.partner")["comment"].type == "html":
        comment = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"</p>\s*<p>", "\n", comment)))
    return comment.split("\n")
