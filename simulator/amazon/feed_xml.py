"""The XML of order feeds, read as Amazon's schemas have it: every element in its place, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from simulator.amazon.cancellations import REASONS, CancelledItem
from simulator.amazon.carriers import OTHER
from simulator.amazon.packages import Content, Package
from simulator.amazon.refusal import SCHEMA, Refusal
from simulator.amazon.shipments import read_ship_date

FULFILLMENT, ACKNOWLEDGEMENT = "OrderFulfillment", "OrderAcknowledgement"

_NUMBER = re.compile(r"0*[1-9]\d{0,19}", re.ASCII)
_MOST_CODES = 10


class Unreadable(Exception):
    """A document that cannot be processed at all."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a feed: its id and its body, unread."""

    message_id: int
    body: Element


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReference:
    """An order by Amazon's id, or by the seller's own."""

    amazon: str = ""
    merchant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What the seller says of an order: that it will be shipped, or (`failure`) that these items will not."""

    order: OrderReference
    failure: bool
    items: tuple[CancelledItem, ...]


class Children:
    """The children of an element, taken in the schema's order. What is out of order is a Refusal."""

    def __init__(self, element: Element) -> None:
        self._parent = element.tag
        self._rest = list(element)

    def take(self, name: str) -> Element | None:
        """The next child if it is a `name`, else None."""
        return self._rest.pop(0) if self._rest and self._rest[0].tag == name else None

    def text(self, name: str, *, needed: bool = False) -> str:
        """The text of the next child if it is a `name`, else ""."""
        element = self.take(name)
        if element is not None and len(element):
            raise _wrong(f"{name} holds no elements")
        text = ((element.text or "") if element is not None else "").strip()
        if needed and not text:
            raise _wrong(f"{name} is missing in {self._parent}, or not at its place")
        return text

    def number(self, name: str, *, needed: bool = False) -> int | None:
        """The next child's text as a number above 0."""
        text = self.text(name, needed=needed)
        if text and not _NUMBER.fullmatch(text):
            raise _wrong(f"{name} must be a positive number")
        return int(text) if text else None

    def end(self) -> None:
        """Nothing may be left."""
        if self._rest:
            raise _wrong(f"{self._rest[0].tag} is not expected in {self._parent}, or not at this place")


class _NoDocumentType(TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Called before any of the document's own entities could be used."""
        del name, pubid, system
        raise Unreadable("a document type is not allowed")


def read_envelope(content: bytes, *, kind: str, seller_id: str) -> tuple[Message, ...]:
    """The messages of a feed of `kind`, FULFILLMENT or ACKNOWLEDGEMENT, by this seller. Raises Unreadable."""
    parser = XMLParser(target=_NoDocumentType())  # noqa: S314  document types are refused, and with them every entity
    try:
        parser.feed(content)
        root = parser.close()
    except (ParseError, LookupError, ValueError) as error:
        raise Unreadable("not well-formed") from error
    try:
        return _messages(root, kind=kind, seller_id=seller_id)
    except Refusal as refusal:
        raise Unreadable(refusal.message) from refusal


def _messages(root: Element, *, kind: str, seller_id: str) -> tuple[Message, ...]:
    if root.tag != "AmazonEnvelope":
        raise Unreadable("the root is not AmazonEnvelope")
    envelope = Children(root)
    header = envelope.take("Header")
    if header is None:
        raise Unreadable("Header is missing")
    head = Children(header)
    head.text("DocumentVersion", needed=True)
    if head.text("MerchantIdentifier", needed=True) != seller_id:
        raise Unreadable("MerchantIdentifier is not the seller's")
    head.end()
    if envelope.text("MessageType", needed=True) != kind:
        raise Unreadable(f"MessageType is not {kind}")
    messages: list[Message] = []
    while (element := envelope.take("Message")) is not None:
        parts = Children(element)
        message_id = parts.number("MessageID", needed=True) or 0
        parts.text("OperationType")
        body = parts.take(kind)
        if body is None:
            raise Unreadable(f"message {message_id} has no {kind}")
        parts.end()
        messages.append(Message(message_id, body))
    envelope.end()
    if not messages or len({message.message_id for message in messages}) < len(messages):
        raise Unreadable("there is no message, or a MessageID comes twice")
    return tuple(messages)


def read_fulfillment(body: Element) -> tuple[OrderReference, Package]:
    """An order and a package of it. Raises Refusal where the schema is broken."""
    parts = Children(body)
    order = OrderReference(amazon=parts.text("AmazonOrderID"))
    if not order.amazon:
        order = OrderReference(merchant=parts.text("MerchantOrderID", needed=True))
    reference = parts.number("MerchantFulfillmentID")
    try:
        shipped = read_ship_date(parts.text("FulfillmentDate", needed=True))
    except ValueError as error:
        raise _wrong("FulfillmentDate must be a dateTime with its offset") from error
    data = parts.take("FulfillmentData")
    carrier = Children(data if data is not None else Element("FulfillmentData"))
    code, name = carrier.text("CarrierCode"), carrier.text("CarrierName")
    method, tracking = carrier.text("ShippingMethod"), carrier.text("ShipperTrackingNumber")
    carrier.end()
    if parts.text("CODCollectionMethod") not in {"", "DirectPayment"}:
        raise _wrong("CODCollectionMethod must be DirectPayment")
    contents: list[Content] = []
    while (item := parts.take("Item")) is not None:
        contents.append(_content(Children(item)))
    parts.take("ShipFromAddress")
    parts.end()
    package = Package(
        reference=str(reference or ""),
        carrier_code=code or (OTHER if name else ""),
        carrier_name=name,
        method=method,
        tracking=tracking,
        shipped=shipped,
        contents=tuple(contents),
    )
    return order, package


def _content(parts: Children) -> Content:
    # A MerchantOrderItemID is known to Amazon only where an acknowledgement gave it; in this world none is kept.
    item_id = parts.text("AmazonOrderItemCode") or parts.text("MerchantOrderItemID", needed=True)
    parts.number("MerchantFulfillmentItemID")
    quantity = parts.number("Quantity")
    codes = []
    while code := parts.text("TransparencyCode"):
        codes.append(code)
    parts.end()
    if len(codes) > _MOST_CODES:
        raise _wrong(f"an Item has at most {_MOST_CODES} TransparencyCode")
    return Content(item_id=item_id, quantity=quantity, codes=tuple(codes))


def read_acknowledgement(body: Element) -> Acknowledgement:
    """What an OrderAcknowledgement says. Raises Refusal where the schema is broken."""
    parts = Children(body)
    order = OrderReference(amazon=parts.text("AmazonOrderID", needed=True))
    parts.text("MerchantOrderID")
    status = parts.text("StatusCode", needed=True)
    if status not in {"Success", "Failure"}:
        raise _wrong("StatusCode must be Success or Failure")
    items: list[CancelledItem] = []
    while (item := parts.take("Item")) is not None:
        items.append(_cancelled_item(Children(item)))
    parts.end()
    return Acknowledgement(order=order, failure=status == "Failure", items=tuple(items))


def _cancelled_item(parts: Children) -> CancelledItem:
    item_id = parts.text("AmazonOrderItemCode", needed=True)
    parts.text("MerchantOrderItemID")
    reason = parts.text("CancelReason")
    if reason and reason not in REASONS:
        raise _wrong("CancelReason is not one of the listed ones")
    quantity = parts.number("Quantity")
    parts.end()
    return CancelledItem(item_id, reason, quantity)


def _wrong(message: str) -> Refusal:
    return Refusal(f"XML Parsing Error: {message}.", code=SCHEMA)
