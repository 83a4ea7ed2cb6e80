"""Processing of feeds: each message by the rules of its kind, and a report on those that failed."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from simulator.amazon import clock, outbound
from simulator.amazon.cancellations import cancel_by_seller
from simulator.amazon.feed_store import Feed
from simulator.amazon.feed_xml import (
    ACKNOWLEDGEMENT,
    FULFILLMENT,
    Message,
    OrderReference,
    Unreadable,
    read_acknowledgement,
    read_envelope,
    read_fulfillment,
)
from simulator.amazon.progress import Raw
from simulator.amazon.refusal import NO_ORDER, Refusal
from simulator.amazon.search import FOUND_UNDER
from simulator.amazon.shipments import tell
from simulator.amazon.world import World

KINDS = {"POST_ORDER_FULFILLMENT_DATA": FULFILLMENT, "POST_ORDER_ACKNOWLEDGEMENT_DATA": ACKNOWLEDGEMENT}


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that failed; `order_id` is "" where it could not be read."""

    message_id: int
    order_id: str
    refusal: Refusal


def catch_up(world: World) -> None:
    """Process every feed whose time is over. Called before each request, so nobody sees one late."""
    for feed in world.feeds.due(clock.now()):
        document = world.feeds.document(feed.seller_id, feed.document_id)
        content = (document.content if document else None) or b""
        try:
            messages = read_envelope(content, kind=KINDS[feed.kind], seller_id=feed.seller_id)
        except Unreadable:
            world.feeds.close(feed, None)
            continue
        failed = [failure for message in messages if (failure := _apply(world, feed, message))]
        world.feeds.close(feed, _report(feed, len(messages), failed))


def _apply(world: World, feed: Feed, message: Message) -> Failed | None:
    """Do what a message says and count it; None when all is well."""
    ships = KINDS[feed.kind] == FULFILLMENT
    order_id = (message.body.findtext("AmazonOrderID") or message.body.findtext("MerchantOrderID") or "").strip()
    try:
        if ships:
            reference, package = read_fulfillment(message.body)
            tell(world, feed.seller_id, _find(world, feed, reference), package)
        else:
            _acknowledge(world, feed, message)
    except Refusal as refusal:
        world.outbound.count(feed.seller_id, outbound.REFUSED if ships else outbound.CANCELLATION_REFUSED)
        return Failed(message.message_id, order_id, refusal)
    return None


def _acknowledge(world: World, feed: Feed, message: Message) -> None:
    """A failure cancels; a success changes nothing here. Raises Refusal."""
    said = read_acknowledgement(message.body)
    order_id = _find(world, feed, said.order)
    if not said.failure:
        world.outbound.count(feed.seller_id, outbound.ACKNOWLEDGED)
        return

    def change(order: Raw) -> bool:
        cancel_by_seller(order, said.items)
        return True

    world.change(feed.seller_id, order_id, change)
    world.outbound.count(feed.seller_id, outbound.CANCELLED)


def _find(world: World, feed: Feed, reference: OrderReference) -> str:
    """Amazon's id of the seller's order in one of the feed's marketplaces. Raises Refusal."""
    if reference.amazon:
        found = world.order(feed.seller_id, reference.amazon)
    else:
        orders = world.orders(feed.seller_id)
        found = next((stored for stored in orders if reference.merchant in _own_ids(stored.raw)), None)
    if found is not None:
        place = found.raw["salesChannel"].get("marketplaceId", "")
        if {place, FOUND_UNDER.get(place, place)} & set(feed.marketplace_ids):
            return str(found.raw["orderId"])
    name = reference.amazon or reference.merchant
    raise Refusal(
        f"Your order cannot be found using Merchant ID {feed.seller_id} and order {name} in the feed's marketplaces.",
        code=NO_ORDER,
    )


def _own_ids(order: Raw) -> set[str]:
    """The ids that the seller gave to the order."""
    aliases = order.get("orderAliases", ())
    return {str(alias.get("aliasId")) for alias in aliases if alias.get("aliasType") == "SELLER_ORDER_ID"}


def _report(feed: Feed, processed: int, failed: list[Failed]) -> bytes:
    """The ProcessingReport: numbers, and a Result for each message that failed."""
    root = Element("AmazonEnvelope")
    header = SubElement(root, "Header")
    SubElement(header, "DocumentVersion").text = "1.02"
    SubElement(header, "MerchantIdentifier").text = feed.seller_id
    SubElement(root, "MessageType").text = "ProcessingReport"
    message = SubElement(root, "Message")
    SubElement(message, "MessageID").text = "1"
    report = SubElement(message, "ProcessingReport")
    SubElement(report, "DocumentTransactionID").text = feed.feed_id
    SubElement(report, "StatusCode").text = "Complete"
    summary = SubElement(report, "ProcessingSummary")
    numbers = {
        "Processed": processed,
        "Successful": processed - len(failed),
        "WithError": len(failed),
        "WithWarning": 0,
    }
    for name, number in numbers.items():
        SubElement(summary, f"Messages{name}").text = str(number)
    for failure in failed:
        result = SubElement(report, "Result")
        SubElement(result, "MessageID").text = str(failure.message_id)
        SubElement(result, "ResultCode").text = "Error"
        SubElement(result, "ResultMessageCode").text = failure.refusal.code
        SubElement(result, "ResultDescription").text = failure.refusal.message
        if failure.order_id:
            SubElement(SubElement(result, "AdditionalInfo"), "AmazonOrderID").text = failure.order_id
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))
