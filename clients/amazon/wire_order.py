"""Orders API 2026-01-01, continued: items, and the whole order (see wire.py)."""

from __future__ import annotations

from typing import Any

from clients.amazon.wire import (
    AssociatedOrder,
    Buyer,
    Ident,
    ItemProceeds,
    Money,
    OrderFulfillment,
    OrderProceeds,
    OrderTax,
    Quantity,
    Recipient,
    SalesChannel,
    Text,
    Time,
    Wire,
)

Texts = tuple[Text, ...]


class Condition(Wire):
    """New, used, refurbished, with the seller's note."""

    condition_type: Text = ""
    condition_subtype: Text = ""
    condition_note: Text = ""


class Price(Wire):
    """The listing's price of one piece."""

    unit_price: Money | None = None


class Customization(Wire):
    """Where Amazon Custom's data of the item can be fetched."""

    customized_url: Text = ""


class Product(Wire):
    """What was bought."""

    asin: Text = ""
    seller_sku: Text = ""
    title: Text = ""
    condition: Condition | None = None
    price: Price | None = None
    serial_numbers: Texts = ()
    customization: Customization | None = None


class PromotionBreakdown(Wire):
    """A promotion applied to the item."""

    promotion_id: Text = ""


class Promotion(Wire):
    """Gate: includedData PROMOTION."""

    breakdowns: tuple[PromotionBreakdown, ...] = ()


class CancellationRequest(Wire):
    """The buyer asks for a cancellation."""

    requester: Text = ""
    cancel_reason: Text = ""


class CancellationExecution(Wire):
    """Somebody cancelled the item."""

    cancelled_by: Text = ""


class Cancellation(Wire):
    """Gate: includedData CANCELLATION."""

    cancellation_request: CancellationRequest | None = None
    cancellation_execution: CancellationExecution | None = None


class GiftOption(Wire):
    """Gift wrap and message; the message needs a role."""

    gift_message: Text = ""
    gift_wrap_level: Text = ""


class Packing(Wire):
    """How the item is to be packed."""

    gift_option: GiftOption | None = None


class InternationalShipping(Wire):
    """Import One-Stop Shop number for the parcel's customs data."""

    ioss_number: Text = ""


class Shipping(Wire):
    """How the item is to be shipped."""

    international_shipping: InternationalShipping | None = None


class ItemFulfillment(Wire):
    """Gate: includedData FULFILLMENT."""

    quantity_fulfilled: Quantity | None = None
    quantity_unfulfilled: Quantity | None = None
    packing: Packing | None = None
    shipping: Shipping | None = None


class TaxCollection(Wire):
    """Who withholds and remits the tax."""

    model: Text = ""
    responsible_party: Text = ""


class TaxCalculation(Wire):
    """IOSS or UOSS."""

    reporting_scheme: Text = ""


class ItemTax(Wire):
    """Gate: includedData TAX."""

    tax_collections: tuple[TaxCollection, ...] = ()
    tax_calculation_breakdowns: tuple[TaxCalculation, ...] = ()


class Measurement(Wire):
    """Of items sold by weight, length or the like. Never a reason to refuse an order: text, whatever comes."""

    unit: Text = ""
    value: Any = None


class Item(Wire):
    """A line of the order."""

    order_item_id: Ident
    quantity_ordered: Quantity
    measurement: Measurement | None = None
    product: Product
    programs: Texts = ()
    proceeds: ItemProceeds | None = None
    promotion: Promotion | None = None
    cancellation: Cancellation | None = None
    fulfillment: ItemFulfillment | None = None
    tax: ItemTax | None = None


class PackageItem(Wire):
    """A quantity of an item in a package."""

    order_item_id: Text = ""
    quantity: Quantity = 0
    transparency_codes: Texts = ()


class PackageStatus(Wire):
    """Where the package is."""

    status: Text = ""


class OrderPackage(Wire):
    """A package of the order; FBM only. Gate: includedData PACKAGES."""

    package_reference_id: Text = ""
    carrier: Text = ""
    tracking_number: Text = ""
    package_status: PackageStatus | None = None
    package_items: tuple[PackageItem, ...] = ()


class Order(Wire):
    """An order with its items."""

    order_id: Ident
    created_time: Time
    last_updated_time: Time
    sales_channel: SalesChannel
    order_items: tuple[Item, ...]
    programs: Texts = ()
    associated_orders: tuple[AssociatedOrder, ...] = ()
    buyer: Buyer | None = None
    recipient: Recipient | None = None
    proceeds: OrderProceeds | None = None
    fulfillment: OrderFulfillment | None = None
    tax: OrderTax | None = None
    packages: tuple[OrderPackage, ...] = ()
