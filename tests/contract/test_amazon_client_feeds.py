"""Feeds: the client and the feeds' mapper against the simulated Amazon, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clients.amazon.client import AmazonClient, FeedStatus, ProcessingReport
from domain.errors import (
    AccountBroken,
    NeedsHuman,
    OutcomeUnknown,
    SyncError,
    Throttled,
    Unavailable,
)
from domain.marketplace import BY_CODE
from domain.order import OrderStatus
from domain.shipment import Cancellation
from mappers.feeds import ACKNOWLEDGEMENT, CANCEL_REASONS, FULFILMENT, cancellation_feed, fulfilment_feed
from simulator.amazon import World
from simulator.amazon.cancellations import REASONS
from simulator.faults import Fault
from tests.contract.amazon_client_outbound import DE, EU1, client_of, order_id, read, shipment, world_of
from tests.contract.amazon_simulator_shipments import an_order

CONTENT = fulfilment_feed("EU1", [shipment(("1", 1))])


def a_feed(client: AmazonClient, content: bytes = CONTENT, feed_type: str = FULFILMENT) -> str:
    document = client.create_feed_document(EU1)
    client.upload_document(document, content)
    return client.create_feed(EU1, feed_type=feed_type, marketplace_ids=[DE], document_id=document.document_id)


def report_of(client: AmazonClient, feed_id: str) -> ProcessingReport:
    state = client.get_feed(EU1, feed_id)
    assert state.status is FeedStatus.DONE
    assert state.result_document_id is not None
    return client.read_report(EU1, state.result_document_id)


def cancellation(number: int, *item_ids: str, reason: str = "NoInventory") -> Cancellation:
    return Cancellation(account="eu-one", order_id=order_id(number), item_ids=item_ids, reason=reason)


def feeds_of(world: World) -> list[str]:
    """Ids of all feeds there are: the truth."""
    return [feed.feed_id for feed in world.feeds.find("EU1", lambda _: True)]


def test_packages_told_by_feed_are_the_ones_told_by_call() -> None:
    first = shipment(("1", 1), carrier_code="Other", carrier_name="Bote & <Söhne>", shipping_method="Express")
    second = shipment(("1", 1), ("2", 1), package_ref="42")
    by_call, by_feed = world_of(an_order(2, 1)), world_of(an_order(2, 1))
    with client_of(by_call) as client:
        client.confirm_shipment(EU1, first)
        client.confirm_shipment(EU1, second)
        expected = read(client)
    with client_of(by_feed) as client:
        for _ in range(2):  # a second time edits
            report = report_of(client, a_feed(client, fulfilment_feed("EU1", [first, second])))
            assert (report.processed, report.successful, report.with_error, report.results) == (2, 2, 0, ())
        found = read(client)
    assert found.packages == expected.packages
    assert len(found.packages) == 2
    assert found.status is expected.status is OrderStatus.SHIPPED
    assert by_feed.stats()["unknown_parameters"] == {}


def test_a_refused_message_is_named_and_the_others_land() -> None:
    world = world_of(an_order(1), an_order(1, orderId=order_id(2)))
    told = [shipment(("1", 1)), shipment(("1", 9), number=2), shipment(("1", 1), number=8)]
    with client_of(world) as client:
        report = report_of(client, a_feed(client, fulfilment_feed("EU1", told)))
        assert len(read(client, 1).packages) == 1
        assert read(client, 2).packages == ()
    assert (report.processed, report.successful, report.with_error, report.unnamed_errors) == (3, 1, 2, 0)
    assert report.error_of(1) is None
    assert [(result.message_id, result.error, result.code) for result in report.results] == [
        (2, True, "18021"),
        (3, True, "18028"),
    ]
    assert "larger than what is left to ship" in report.results[0].description


def test_cancellations() -> None:
    world = world_of(an_order(1, 2), an_order(1, orderId=order_id(2)), an_order(1, orderId=order_id(3)))
    wanted = [cancellation(1, "1", "2"), cancellation(2, "1"), cancellation(3, "1", reason="BuyerCanceled")]
    with client_of(world) as client:
        client.confirm_shipment(EU1, shipment(("1", 1), number=2))
        report = report_of(client, a_feed(client, cancellation_feed("EU1", wanted), ACKNOWLEDGEMENT))
        assert [read(client, number).status for number in (1, 2, 3)] == [
            OrderStatus.CANCELLED,
            OrderStatus.SHIPPED,
            OrderStatus.CANCELLED,
        ]
    assert [result.message_id for result in report.results if result.error] == [2]
    assert (report.successful, report.with_error) == (2, 1)


def test_the_reasons_are_those_of_the_other_side() -> None:
    assert CANCEL_REASONS == REASONS


def test_a_big_report_comes_packed() -> None:
    told = [shipment(("1", 1), number=100 + number) for number in range(60)]
    with client_of(world_of()) as client:
        report = report_of(client, a_feed(client, fulfilment_feed("EU1", told)))
    assert [result.message_id for result in report.results] == list(range(1, 61))
    assert (report.processed, report.with_error) == (60, 60)


def test_a_feed_that_amazon_cannot_read_is_fatal() -> None:
    with client_of(world_of(an_order(1))) as client:
        state = client.get_feed(EU1, a_feed(client, fulfilment_feed("SOMEBODY-ELSE", [shipment(("1", 1))])))
        assert (state.status, state.result_document_id) == (FeedStatus.FATAL, None)
        assert state.status.ended
        assert read(client).packages == ()


def test_a_feed_in_the_queue() -> None:
    world = world_of(an_order(1), feed_seconds=3600)
    with client_of(world) as client:
        state = client.get_feed(EU1, a_feed(client))
    assert (state.status, state.status.ended, state.result_document_id) == (FeedStatus.IN_QUEUE, False, None)


def test_a_lost_answer_to_create_feed_is_looked_after() -> None:
    world = world_of(an_order(1))
    with client_of(world) as client:
        before = datetime.now(UTC) - timedelta(seconds=5)
        assert client.find_feeds(EU1, FULFILMENT, before).feeds == ()
        world.faults.add(Fault(operation="createFeed", kind="reset_after", seller="EU1"))
        with pytest.raises(OutcomeUnknown):
            a_feed(client)
        (found,) = client.find_feeds(EU1, FULFILMENT, before).feeds
        assert client.find_feeds(EU1, ACKNOWLEDGEMENT, before).feeds == ()
        german, french = (BY_CODE[code].id for code in ("DE", "FR"))
        assert client.find_feeds(EU1, FULFILMENT, before, marketplace_ids=[german]).feeds == (found,)
        assert client.find_feeds(EU1, FULFILMENT, before, marketplace_ids=[french]).feeds == ()
        assert report_of(client, found.feed_id).successful == 1
    assert feeds_of(world) == [found.feed_id]


def test_pages_of_feeds() -> None:
    world = world_of(an_order(1))
    with client_of(world) as client:
        ids = [a_feed(client) for _ in range(101)]
        before = datetime.now(UTC) - timedelta(minutes=5)
        first = client.find_feeds(EU1, FULFILMENT, before)
        assert first.next_token is not None
        second = client.find_feeds(EU1, FULFILMENT, before, page_token=first.next_token)
    assert (len(first.feeds), len(second.feeds), second.next_token) == (100, 1, None)
    assert sorted(feed.feed_id for feed in first.feeds + second.feeds) == sorted(ids)


CALLS: dict[str, Callable[[AmazonClient, str, str], object]] = {
    "createFeedDocument": lambda client, _feed, _report: client.create_feed_document(EU1).document_id[:16],
    "createFeed": lambda client, _feed, _report: a_feed(client).isdecimal(),
    "getFeed": lambda client, feed, _report: client.get_feed(EU1, feed),
    "getFeeds": lambda client, _feed, _report: client.find_feeds(EU1, "OTHER", datetime(2026, 1, 1, tzinfo=UTC)),
    "getFeedDocument": lambda client, _feed, report: client.read_report(EU1, report),
    "uploadFeedDocument": lambda client, _feed, _report: a_feed(client).isdecimal(),
    "downloadFeedDocument": lambda client, _feed, report: client.read_report(EU1, report),
}
API = ("createFeedDocument", "createFeed", "getFeed", "getFeeds", "getFeedDocument")
STORE = ("uploadFeedDocument", "downloadFeedDocument")


def expected(operation: str, kind: str) -> type[SyncError]:
    if kind in {"status_429", "empty_429"}:
        return Throttled
    if kind == "forbidden":
        return AccountBroken
    return OutcomeUnknown if operation == "createFeed" else Unavailable


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        *((name, kind) for name in API for kind in ("status_500", "status_503_html", "html_200", "truncated_json")),
        *((name, kind) for name in API for kind in ("reset_before", "status_429", "empty_429", "forbidden")),
        *((name, kind) for name in STORE for kind in ("status_500", "status_503_html", "reset_before", "reset_after")),
    ],
)
def test_each_fault_is_the_right_error_and_the_next_call_succeeds(operation: str, kind: str) -> None:
    world = world_of(an_order(1))
    with client_of(world) as client:
        feed_id = a_feed(client)
        report_id = client.get_feed(EU1, feed_id).result_document_id or ""
        good = CALLS[operation](client, feed_id, report_id)
        world.faults.add(Fault(operation=operation, kind=kind, seller="EU1"))
        with pytest.raises(expected(operation, kind)) as raised:
            CALLS[operation](client, feed_id, report_id)
        assert type(raised.value) is expected(operation, kind)
        assert "Signature" not in f"{raised.value!r}"
        assert CALLS[operation](client, feed_id, report_id) == good
    assert world.stats()["faults"] == {"waiting": 0, "taken": {kind: 1}}


def test_a_page_of_html_instead_of_a_report_is_parked() -> None:
    world = world_of(an_order(1))
    with client_of(world) as client:
        report_id = client.get_feed(EU1, a_feed(client)).result_document_id or ""
        world.faults.add(Fault(operation="downloadFeedDocument", kind="html_200", seller="EU1"))
        with pytest.raises(NeedsHuman) as raised:
            client.read_report(EU1, report_id)
    assert raised.value.code == "feed_failed"


def test_an_upload_of_another_type_than_announced_and_to_a_used_up_address() -> None:
    world = world_of(an_order(1))
    with client_of(world) as client:
        document = client.create_feed_document(EU1)
        with pytest.raises(Unavailable, match="Amazon feed document upload: 403"):
            client.upload_document(document, CONTENT, content_type="text/plain")
        with pytest.raises(Unavailable, match="Amazon feed document upload: 403"):
            client.upload_document(replace(document, url=document.url[:-8] + "00000000"), CONTENT)
        with pytest.raises(NeedsHuman) as raised:  # nothing was uploaded, so there is nothing to process
            client.create_feed(EU1, feed_type=FULFILMENT, marketplace_ids=[DE], document_id=document.document_id)
    assert raised.value.code == "feed_failed"
    assert feeds_of(world) == []


@pytest.mark.parametrize("feed_id", ["7", "no-number"])
def test_a_feed_and_a_report_that_do_not_exist(feed_id: str) -> None:
    with client_of(world_of()) as client:
        with pytest.raises(NeedsHuman, match="Amazon does not know this feed"):
            client.get_feed(EU1, feed_id)
        with pytest.raises(NeedsHuman, match="Amazon has no such feed document"):
            client.read_report(EU1, f"amzn1.tortuga.4.{feed_id}")


def test_the_real_quota_of_create_feed() -> None:
    world = world_of(an_order(1), speed=1.0)
    with client_of(world) as client:
        document = client.create_feed_document(EU1)
        client.upload_document(document, CONTENT)

        def one_after_another() -> None:
            for _ in range(16):
                client.create_feed(EU1, feed_type=FULFILMENT, marketplace_ids=[DE], document_id=document.document_id)

        with pytest.raises(Throttled) as raised:
            one_after_another()
    assert raised.value.after == pytest.approx(1 / 0.0083, abs=0.01)
    assert len(feeds_of(world)) == 15
