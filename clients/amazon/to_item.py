"""An item of Orders API 2026-01-01 -> domain.order.OrderItem."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from clients.amazon import wire, wire_order
from domain.marketplace import BY_ID
from domain.order import Breakdown, OrderItem

# Amazon's words without case and punctuation: the API's versions write them differently.
_COLLECTED_BY_AMAZON: Final = frozenset({"marketplacefacilitator", "lowvaluegoods"})
_DEEMED_RESELLER: Final = frozenset({"ioss", "uoss"})
_AMAZON: Final = "amazon"


def to_item(item: wire_order.Item, marketplace_id: str = "") -> OrderItem:
    """Return an item in the program's words; a part Amazon does not give is '' or None.

    `marketplace_id` (Amazon's) tells who collects a tax about which the item says nothing.
    """
    product = item.product
    proceeds = item.proceeds or wire.ItemProceeds()
    fulfillment = item.fulfillment or wire_order.ItemFulfillment()
    packing = fulfillment.packing or wire_order.Packing()
    gift = packing.gift_option or wire_order.GiftOption()
    shipping = fulfillment.shipping or wire_order.Shipping()
    cancellation = item.cancellation or wire_order.Cancellation()
    request = cancellation.cancellation_request or wire_order.CancellationRequest()
    execution = cancellation.cancellation_execution or wire_order.CancellationExecution()
    ioss_number = shipping.international_shipping.ioss_number if shipping.international_shipping else ""
    collected, scheme = _tax(item.tax or wire_order.ItemTax(), ioss_number, marketplace_id)
    return OrderItem(
        item_id=item.order_item_id,
        sku=product.seller_sku,
        title=product.title,
        quantity=item.quantity_ordered,
        asin=product.asin,
        condition=_condition(product.condition or wire_order.Condition()),
        unit_price=product.price.unit_price.amount if product.price and product.price.unit_price else None,
        total=proceeds.proceeds_total.amount if proceeds.proceeds_total else None,
        breakdowns=breakdowns(proceeds.breakdowns),
        tax_collected_by_amazon=collected,
        tax_scheme=scheme,
        ioss_number=ioss_number,
        gift_message=gift.gift_message,
        gift_wrap_level=gift.gift_wrap_level,
        quantity_fulfilled=fulfillment.quantity_fulfilled,
        quantity_unfulfilled=fulfillment.quantity_unfulfilled,
        cancelled_by=execution.cancelled_by,
        cancel_requested_by=request.requester,
        cancel_request_reason=request.cancel_reason,
        promotion_ids=given(part.promotion_id for part in item.promotion.breakdowns) if item.promotion else (),
        serial_numbers=given(product.serial_numbers),
        customization_url=product.customization.customized_url if product.customization else "",
        measurement=_measurement(item.measurement or wire_order.Measurement()),
        programs=given(item.programs),
    )


def breakdowns(parts: Iterable[wire.OrderBreakdown]) -> tuple[Breakdown, ...]:
    """Return the parts that have an amount.

    A part without one is left out: the sum then misses the total, and the order is parked for it, not booked short.
    """
    return tuple(
        Breakdown(kind=part.type, amount=part.subtotal.amount, details=_details(part))
        for part in parts
        if part.subtotal is not None and part.subtotal.amount is not None
    )


def _details(part: wire.OrderBreakdown) -> tuple[tuple[str, Decimal], ...]:
    details = part.detailed_breakdowns if isinstance(part, wire.Breakdown) else ()
    return tuple(
        (detail.subtype, detail.value.amount)
        for detail in details
        if detail.value is not None and detail.value.amount is not None
    )


def given(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that are not empty."""
    return tuple(text for text in texts if text)


def _condition(condition: wire_order.Condition) -> str:
    """Return "New", "Used - Very good", "Used - Good: small scratch"."""
    words = given((condition.condition_type, condition.condition_subtype))
    named = " - ".join(word.replace("_", " ").capitalize() for word in dict.fromkeys(words))
    return ": ".join(given((named, condition.condition_note)))


def _measurement(measurement: wire_order.Measurement) -> str:
    """Return "1.5 KILOGRAMS"; '' for pieces, which are what the quantity counts."""
    if measurement.unit.upper() in {"", "COUNT"} or not isinstance(measurement.value, int | float | str):
        return ""
    return f"{measurement.value} {measurement.unit}".strip()


def _tax(tax: wire_order.ItemTax, ioss_number: str, marketplace_id: str) -> tuple[bool, str]:
    """Return whether Amazon collects the tax, and the word that says so (or the unknown word Amazon uses).

    Orders 2026-01-01 lists the model MARKETPLACE_FACILITATOR alone; LowValueGoods is v0's word for imports into AU, NZ
    and GB. IOSS and UOSS are sales on which Amazon is the deemed reseller (v0: DeemedResellerCategory), and an IOSS
    number is given "when Amazon has collected the VAT on the sale" (v0: IossNumber). The responsible party is often
    empty, and counts only where the model is. Where nothing at all is said, the marketplace's law decides.
    """
    schemes = given(entry.reporting_scheme for entry in tax.tax_calculation_breakdowns)
    models = given(entry.model for entry in tax.tax_collections)
    parties = given(entry.responsible_party for entry in tax.tax_collections if not entry.model)
    deemed = [word for word in schemes if _bare(word) in _DEEMED_RESELLER]
    collected = [word for word in models if _bare(word) in _COLLECTED_BY_AMAZON]
    amazon = [party for party in parties if _AMAZON in party.casefold()]
    says = bool(deemed or collected or amazon or ioss_number)
    words = [*deemed, *collected, *(["IOSS"] if ioss_number else []), *amazon, *schemes, *models, *parties]
    if words:
        return says, words[0]
    marketplace = BY_ID.get(marketplace_id)
    return marketplace is not None and marketplace.amazon_collects_tax, ""


def _bare(word: str) -> str:
    return "".join(filter(str.isalnum, word)).casefold()
