"""Order items -> order lines. One function per kind of line."""

from __future__ import annotations

import re
from decimal import Decimal

from domain.account import CollectedTax
from domain.errors import NeedsHuman
from domain.money import ZERO, cent, decimals, round_to
from domain.odoo import LineCommand, LineKind, Taxes
from domain.odoo_facts import OrderFacts
from domain.order import Order, OrderItem
from domain.parked import MONEY_MISMATCH
from mappers.item_text import item_text
from mappers.money import collected_tax, item_amounts, order_extras
from mappers.names import item_xid
from mappers.offers import product_of

_NO_WORD = re.compile(r"[^a-z0-9]+")  # Amazon's list of words is open, and a dot would break the external id
_NAMES = {
    LineKind.SHIPPING: "Shipping",
    LineKind.GIFT_WRAP: "Gift wrap",
    LineKind.COD_FEE: "Cash on delivery fee",
    LineKind.OTHER: "Other charge",
    LineKind.DISCOUNT: "Discount",
}


def order_lines(
    account: str, order: Order, facts: OrderFacts, collected: CollectedTax = CollectedTax.LEAVE_OUT
) -> tuple[LineCommand, ...]:
    """Return all lines of `order`; their gross amounts add up to what the buyer pays.

    Tax that Amazon collects and remits is left out, or has lines of its own (`collected`).
    Raises NeedsHuman(money_mismatch) when Amazon's amounts do not add up, or Odoo's prices have too few decimals.
    """
    lines = [line for item in order.items for line in _item_lines(account, order, item, facts)]
    if collected is CollectedTax.CLEARING_LINE:
        lines += [line for item in order.items for line in _collected_tax_lines(account, order, item, facts)]
    for word, amount in order_extras(order).items():
        if amount:
            lines.append(_extra_line(account, order, word, amount, facts))
    rounding = sum((line.gross - _as_odoo(line, order.currency) for line in lines), ZERO)
    if rounding % Decimal(1).scaleb(-facts.price_digits):
        raise _too_few_decimals(order.currency, facts.price_digits)
    if rounding:
        lines.append(rounding_line(account, order.order_id, rounding, facts.defaults.rounding))
    return tuple(lines)


def rounding_line(account: str, order_id: str, amount: Decimal, product: int) -> LineCommand:
    """Return the explicit line that makes up for unit prices that cannot be written with Odoo's decimals."""
    return LineCommand(
        xid=item_xid(account, order_id, LineKind.ROUNDING),
        kind=LineKind.ROUNDING,
        name="Rounding",
        product=product,
        quantity=1,
        gross=amount,
        price_unit=amount,
        item_ref="",
        taxes=Taxes.NONE,
    )


def unit_price(gross: Decimal, quantity: int, digits: int) -> Decimal:
    """Return the price of a piece with `digits` decimals; `quantity` pieces may miss `gross` by a rounding line."""
    return round_to(gross / quantity, Decimal(1).scaleb(-digits)) if quantity else ZERO


def _item_lines(account: str, order: Order, item: OrderItem, facts: OrderFacts) -> list[LineCommand]:
    amounts = item_amounts(item, order.currency)
    taxes = Taxes.NONE if item.tax_collected_by_amazon else Taxes.ODOO
    goods = amounts[LineKind.PRODUCT]
    lines = []
    if item.quantity or goods:
        lines.append(
            LineCommand(
                xid=item_xid(account, item.item_id, LineKind.PRODUCT),
                kind=LineKind.PRODUCT,
                name=item_text(item),
                product=product_of(item, facts),
                quantity=item.quantity or 1,
                gross=goods,
                price_unit=unit_price(goods, item.quantity or 1, facts.price_digits),
                item_ref=item.item_id,
                taxes=taxes,
            )
        )
    for kind, amount in amounts.items():
        if kind is not LineKind.PRODUCT and amount:
            lines.append(
                LineCommand(
                    xid=item_xid(account, item.item_id, kind),
                    kind=kind,
                    name=_charge_name(kind, item),
                    product=_charge_product(kind, facts),
                    quantity=1,
                    gross=amount,
                    price_unit=unit_price(amount, 1, facts.price_digits),
                    item_ref=item.item_id,
                    taxes=taxes,
                )
            )
    if item.gift_message:
        lines.append(_note_line(account, item))
    return lines


def _collected_tax_lines(account: str, order: Order, item: OrderItem, facts: OrderFacts) -> list[LineCommand]:
    """The line, if any, of tax that the buyer pays and Amazon keeps: no turnover, and no tax of the company's."""
    amount = collected_tax(item, order.currency)
    if not amount:
        return []
    line = LineCommand(
        xid=item_xid(account, item.item_id, LineKind.COLLECTED_TAX),
        kind=LineKind.COLLECTED_TAX,
        name=f"Tax collected by Amazon: [{item.sku}] {item.title}".strip(),
        product=facts.defaults.collected_tax,
        quantity=1,
        gross=amount,
        price_unit=unit_price(amount, 1, facts.price_digits),
        item_ref=item.item_id,
        taxes=Taxes.NONE,
    )
    return [line]


def _note_line(account: str, item: OrderItem) -> LineCommand:
    return LineCommand(
        xid=item_xid(account, item.item_id, LineKind.NOTE),
        kind=LineKind.NOTE,
        name=f"Gift message: {item.gift_message}",
        product=None,
        quantity=0,
        gross=ZERO,
        price_unit=ZERO,
        item_ref=item.item_id,
    )


def _extra_line(account: str, order: Order, word: str, amount: Decimal, facts: OrderFacts) -> LineCommand:
    kind = LineKind.TIP if word == "DELIVERY_TIP" else LineKind.OTHER
    return LineCommand(
        xid=item_xid(account, order.order_id, "extra_" + _NO_WORD.sub("_", word.lower())),
        kind=kind,
        name=word.replace("_", " ").capitalize(),
        product=facts.defaults.shipping,
        quantity=1,
        gross=amount,
        price_unit=unit_price(amount, 1, facts.price_digits),
        item_ref="",
        taxes=Taxes.NONE if all(item.tax_collected_by_amazon for item in order.items) else Taxes.ODOO,
    )


def _charge_product(kind: LineKind, facts: OrderFacts) -> int:
    products = {LineKind.GIFT_WRAP: facts.defaults.gift_wrap, LineKind.DISCOUNT: facts.defaults.discount}
    return products.get(kind, facts.defaults.shipping)


def _charge_name(kind: LineKind, item: OrderItem) -> str:
    level = f" ({item.gift_wrap_level})" if kind is LineKind.GIFT_WRAP and item.gift_wrap_level else ""
    return f"{_NAMES[kind]}{level}: [{item.sku}] {item.title}".strip()


def _as_odoo(line: LineCommand, currency: str) -> Decimal:
    """What Odoo makes of the line when its taxes are included in the price, or none."""
    return round_to(line.price_unit * line.quantity, cent(currency))


def _too_few_decimals(currency: str, digits: int) -> NeedsHuman:
    needed = decimals(currency)
    return NeedsHuman(
        MONEY_MISMATCH,
        f"amounts in {currency} have {needed} decimals, prices in Odoo have {digits}",
        f"Give Odoo's 'Product Price' {needed} decimals (Settings > Technical > Decimal Accuracy), then retry.",
    )
