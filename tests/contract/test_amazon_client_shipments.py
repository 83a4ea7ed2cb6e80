"""confirmShipment: the client against the simulated Amazon, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.amazon.client import Confirmed
from domain.errors import (
    AccountBroken,
    NeedsHuman,
    OutcomeUnknown,
    SyncError,
    Throttled,
    TokenExpired,
)
from domain.order import OrderStatus
from domain.shipment import KnownPackage, Shipment
from simulator.amazon import World
from simulator.faults import Fault
from tests.contract.amazon_client_outbound import EU1, client_of, order_id, read, shipment, world_of
from tests.contract.amazon_simulator_shipments import an_order


def packages(world: World, number: int = 1) -> list[dict[str, Any]]:
    """The truth."""
    stored = world.order("EU1", order_id(number))
    assert stored is not None
    found: list[dict[str, Any]] = stored.raw.get("packages", [])
    return found


def test_an_order_in_two_packages_and_what_amazon_then_knows() -> None:
    world = world_of(an_order(2, 1))
    with client_of(world) as client:
        assert read(client).packages == ()
        assert client.confirm_shipment(EU1, shipment(("1", 1))) is Confirmed.NOW
        assert read(client).status is OrderStatus.PARTIALLY_SHIPPED
        second = shipment(("1", 1), ("2", 1), package_ref="42", carrier_code="Other", carrier_name="Bote & Söhne")
        assert client.confirm_shipment(EU1, second) is Confirmed.NOW
        order = read(client)
    assert order.status is OrderStatus.SHIPPED
    assert [(item.quantity_fulfilled, item.quantity_unfulfilled) for item in order.items] == [(2, 0), (1, 0)]
    assert order.packages == (
        KnownPackage(package_ref="41", carrier="DHL", tracking="TRACK-41", status="SHIPPED", items=(("1", 1),)),
        KnownPackage(
            package_ref="42",
            carrier="Bote & Söhne",
            tracking="TRACK-42",
            status="SHIPPED",
            items=(("1", 1), ("2", 1)),
        ),
    )
    assert world.stats()["unknown_parameters"] == {}


def test_the_same_reference_again_edits_and_never_adds() -> None:
    world = world_of(an_order(2))
    with client_of(world) as client:
        for tracking in ("WRONG", "RIGHT", "RIGHT"):
            assert client.confirm_shipment(EU1, shipment(("1", 2), tracking=tracking)) is Confirmed.NOW
    assert [(one["packageReferenceId"], one["trackingNumber"]) for one in packages(world)] == [("41", "RIGHT")]
    assert world.stats()["outbound"] == {"EU1": {"created": 1, "edited": 1, "repeated": 1}}


@pytest.mark.parametrize(("kind", "counted"), [("reset_after", False), ("status_500_after", True), ("html_200", True)])
def test_a_lost_answer_is_looked_after_and_sent_again(kind: str, counted: bool) -> None:
    world = world_of(an_order(1))
    world.faults.add(Fault(operation="confirmShipment", kind=kind, seller="EU1"))
    with client_of(world) as client:
        with pytest.raises(OutcomeUnknown) as raised:
            client.confirm_shipment(EU1, shipment(("1", 1)))
        assert raised.value.counted is counted
        known = [package.package_ref for package in read(client).packages]
        assert known == ([] if kind == "html_200" else ["41"])
        assert client.confirm_shipment(EU1, shipment(("1", 1))) is Confirmed.NOW
    assert len(packages(world)) == 1
    assert world.stats()["faults"] == {"waiting": 0, "taken": {kind: 1}}


@pytest.mark.parametrize(
    ("kind", "error", "counted"),
    [
        ("status_500", OutcomeUnknown, True),
        ("status_503_html", OutcomeUnknown, False),
        ("reset_before", OutcomeUnknown, False),
        ("status_429", Throttled, False),
        ("empty_429", Throttled, False),
        ("expired_token", TokenExpired, True),  # the token is new: see SellerTokens.refused
        ("forbidden", AccountBroken, None),
    ],
)
def test_each_fault_without_an_effect(kind: str, error: type[SyncError], counted: bool | None) -> None:
    world = world_of(an_order(1))
    world.faults.add(Fault(operation="confirmShipment", kind=kind, seller="EU1"))
    with client_of(world) as client:
        with pytest.raises(error) as raised:
            client.confirm_shipment(EU1, shipment(("1", 1)))
        assert type(raised.value) is error
        assert getattr(raised.value, "counted", None) is counted
        assert packages(world) == []
        assert client.confirm_shipment(EU1, shipment(("1", 1))) is Confirmed.NOW
    assert len(packages(world)) == 1


def test_an_order_shipped_by_hand_counts_as_told() -> None:
    world = world_of(an_order(1))
    with client_of(world) as client:
        client.confirm_shipment(EU1, shipment(("1", 1), package_ref="7", tracking="BY-HAND"))
        assert client.confirm_shipment(EU1, shipment(("1", 1))) is Confirmed.ALREADY
        assert [package.tracking for package in read(client).packages] == ["BY-HAND"]
    assert [one["packageReferenceId"] for one in packages(world)] == ["7"]


IN_TWO_DAYS = datetime.now(UTC) + timedelta(days=2)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (shipment(("1", 3)), "overfulfillment"),
        (shipment(("8", 1)), "OrderItemId 8 is invalid"),
        (shipment(("1", 1), carrier_code="Pigeon Post"), "carrier is not supported"),
        (shipment(("1", 1), tracking=""), "trackingNumber"),
        (shipment(("1", 1), shipped=IN_TWO_DAYS), "InvalidShipDate"),
        (shipment(("1", 1), shipped=datetime(2020, 1, 1, tzinfo=UTC)), "InvalidShipDate"),
        (shipment(("1", 1), number=2), "is fulfilled by Amazon"),
        (shipment(("1", 1), number=3), "NonexistentOrderItem"),
        (shipment(("1", 1), number=4), "Ship+ order"),
        (shipment(("1", 1), number=8), "NotFound: The requested order was not found."),
        (shipment(("1", 1), number=9), "is not this seller's"),
    ],
)
def test_each_refusal_is_parked_with_amazons_words(told: Shipment, words: str) -> None:
    world = world_of(
        an_order(2),
        an_order(1, by="AMAZON", orderId=order_id(2)),
        an_order(1, status="CANCELLED", orderId=order_id(3)),
        an_order(1, programs=["FBM_SHIP_PLUS"], orderId=order_id(4)),
    )
    with client_of(world) as client, pytest.raises(NeedsHuman) as raised:
        client.confirm_shipment(EU1, told)
    assert raised.value.code == "shipment_refused"
    assert words in raised.value.reason
    assert raised.value.remedy
    assert [packages(world, number) for number in (1, 2, 3, 4)] == [[], [], [], []]


def test_the_real_quota() -> None:
    world = world_of(an_order(30), speed=1.0)
    with client_of(world) as client:

        def one_after_another() -> None:
            for ref in range(1, 31):
                client.confirm_shipment(EU1, shipment(("1", 1), package_ref=str(ref)))

        with pytest.raises(Throttled) as raised:
            one_after_another()
    assert raised.value.after == 0.5
    assert 10 <= len(packages(world)) < 30  # two tokens a second come back meanwhile
