"""The parts of Orders API 2026-01-01 in use, as they come over the wire.

Source: Amazon's model orders_2026-01-01.json. Required is only what the model requires and the program cannot do
without; the rest is lenient, because Amazon leaves out, empties or nulls fields by role, age and fulfilment channel.
Foreign words stay text here; `to_order` translates them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

_INTEGER_DIGITS = 15
_FRACTION_DIGITS = 10
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def _text(value: Any) -> Any:
    """Return numbers and booleans as text, and text without what breaks a database, a document or a label.

    That is half a surrogate pair (it becomes a question mark), and the control characters and noncharacters that XML
    1.0 has no way to write (they go): PostgreSQL refuses NUL, Odoo's documents the others.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _UNWRITABLE.sub("", value).encode("utf-8", "replace").decode("utf-8").strip()
    return value


def read_time(value: Any) -> datetime:
    """Return an ISO 8601 text as aware UTC (a time without a zone is UTC). Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("not an ISO 8601 text")  # noqa: TRY004 - pydantic collects ValueError only
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def _amount(value: Any) -> Decimal:
    """Return an amount exactly, given as text or number. Raises ValueError for what no price list holds."""
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("not a decimal number") from None
    if not amount.is_finite() or amount.adjusted() >= _INTEGER_DIGITS:
        raise ValueError("not an amount")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_FRACTION_DIGITS:
        raise ValueError("too many decimals")
    return amount + Decimal(0)  # 1E+2 becomes 100


Text = Annotated[str, BeforeValidator(_text)]
Ident = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=128)]
Time = Annotated[datetime, BeforeValidator(read_time)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Quantity = Annotated[int, Field(ge=0, lt=2**31)]


def _given(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


class Wire(BaseModel):
    """Base of the wire models: frozen, unknown fields ignored, no input value in an error's text."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, value: Any) -> Any:
        """Take null and empty text for 'not given', whatever the field's type: Amazon sends all three."""
        if not isinstance(value, dict):
            return value
        return {
            key: [entry for entry in given if entry is not None] if isinstance(given, list) else given
            for key, given in value.items()
            if _given(given)
        }


class Money(Wire):
    """`{"amount": "39.99", "currencyCode": "EUR"}`."""

    amount: Amount | None = None
    currency_code: Text = ""


class Window(Wire):
    """A DateTimeRange; only its end is in use."""

    latest_date_time: Time | None = None


class SalesChannel(Wire):
    """Where the order was placed."""

    channel_name: Text = ""
    marketplace_id: Text = ""


class AssociatedOrder(Wire):
    """An order this one replaces or exchanges."""

    order_id: Text = ""
    association_type: Text = ""


class Buyer(Wire):
    """Gate: includedData BUYER and a role."""

    buyer_name: Text = ""
    buyer_email: Text = ""
    buyer_company_name: Text = ""
    buyer_purchase_order_number: Text = ""


class ExtendedFields(Wire):
    """Brazil's parts of a street line."""

    street_name: Text = ""
    street_number: Text = ""
    complement: Text = ""
    neighborhood: Text = ""


class Address(Wire):
    """Gate: includedData RECIPIENT and a role."""

    name: Text = ""
    company_name: Text = ""
    address_line1: Text = Field("", alias="addressLine1")
    address_line2: Text = Field("", alias="addressLine2")
    address_line3: Text = Field("", alias="addressLine3")
    city: Text = ""
    district_or_county: Text = ""
    state_or_region: Text = ""
    municipality: Text = ""
    postal_code: Text = ""
    country_code: Text = ""
    phone: Text = ""
    address_type: Text = ""
    extended_fields: ExtendedFields | None = None


class Recipient(Wire):
    """Who gets the parcel."""

    delivery_address: Address | None = None


class Detail(Wire):
    """A part of a TAX or DISCOUNT breakdown."""

    subtype: Text = ""
    value: Money | None = None


class OrderBreakdown(Wire):
    """A part of an order's proceeds."""

    type: Ident
    subtotal: Money | None = None


class Breakdown(OrderBreakdown):
    """A part of an item's proceeds."""

    detailed_breakdowns: tuple[Detail, ...] = ()


class OrderProceeds(Wire):
    """Gate: includedData PROCEEDS."""

    grand_total: Money | None = None
    breakdowns: tuple[OrderBreakdown, ...] = ()


class ItemProceeds(Wire):
    """Gate: includedData PROCEEDS."""

    proceeds_total: Money | None = None
    breakdowns: tuple[Breakdown, ...] = ()


class OrderFulfillment(Wire):
    """Gate: includedData FULFILLMENT."""

    fulfillment_status: Text = ""
    fulfilled_by: Text = ""
    fulfillment_service_level: Text = ""
    ship_by_window: Window | None = None
    deliver_by_window: Window | None = None


class TaxRegistration(Wire):
    """A tax number; gate: includedData TAX."""

    entity_type: Text = ""
    legal_name: Text = ""
    tax_registration_type: Text = ""
    tax_registration_number: Text = ""
    tax_registration_address: Address | None = None


class OrderTax(Wire):
    """Gate: includedData TAX."""

    tax_registrations: tuple[TaxRegistration, ...] = ()
