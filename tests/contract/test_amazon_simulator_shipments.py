"""confirmShipment: what a confirmation does to an order, told once, twice, in parts, and into the void."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from simulator.amazon import World
from tests.contract.amazon_models import complaints, model, needs_models
from tests.contract.amazon_simulator import FAST, calling, ids, seller
from tests.contract.amazon_simulator_shipments import ORDER_ID, PLACES, Shipper, a_package, an_order, shipping

CONFIRMATION = "/orders/v0/orders/{orderId}/shipmentConfirmation"


def quantities(order: dict[str, Any]) -> list[tuple[int, int]]:
    parts = [item["fulfillment"] for item in order["orderItems"]]
    return [(part["quantityFulfilled"], part["quantityUnfulfilled"]) for part in parts]


def status(order: dict[str, Any]) -> str:
    return str(order["fulfillment"]["fulfillmentStatus"])


def test_a_package_with_everything_ships_the_order() -> None:
    with shipping(an_order(2, 1)) as shipper:
        before = shipper.truth()
        answer = shipper.confirm(a_package(("1", 2), ("2", 1), shippingMethod="DHL Paket"))
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["x-amzn-RateLimit-Limit"] == "2000000"
        shown = shipper.order(ORDER_ID).json()["order"]
        assert (status(shown), quantities(shown)) == ("SHIPPED", [(2, 0), (1, 0)])
        created = shown["packages"][0].pop("createdTime")
        assert created > before["lastUpdatedTime"]
        assert shown["packages"] == [
            {
                "packageReferenceId": "1",
                "packageStatus": {"status": "SHIPPED"},
                "carrier": "DHL",
                "shipTime": "2026-01-11T10:30:00Z",
                "trackingNumber": "TRACK-1",
                "shippingService": "DHL Paket",
                "packageItems": [{"orderItemId": "1", "quantity": 2}, {"orderItemId": "2", "quantity": 1}],
            }
        ]


def test_successes_are_listed_in_order_with_their_moments() -> None:
    with shipping(an_order(2)) as shipper:
        begun = time.time()
        for reference, status_code in (("7", 204), ("8", 204), ("9", 400), ("8", 204)):
            assert shipper.confirm(a_package(("1", 1), reference=reference)).status_code == status_code
        rows = shipper.sim("GET", "shipments").json()
        assert [(row["order"], row["package"]) for row in rows] == [(ORDER_ID, number) for number in "788"]
        moments = [begun, *(row["at"] for row in rows), time.time()]
        assert moments == sorted(moments)
        assert shipper.sim("GET", "shipments?first=2").json() == rows[2:]


def test_a_confirmed_order_is_found_by_the_next_search() -> None:
    with shipping(an_order(1)) as shipper:
        before = shipper.truth()["lastUpdatedTime"]
        assert ids(shipper.search(lastUpdatedAfter="2026-01-11T00:00:00Z").json()) == []
        assert shipper.confirm(a_package(("1", 1))).status_code == 204
        found = shipper.search(lastUpdatedAfter="2026-01-11T00:00:00Z").json()["orders"]
        assert [order["orderId"] for order in found] == [ORDER_ID]
        assert found[0]["lastUpdatedTime"] > before


def test_packages_are_shown_only_when_asked_for() -> None:
    with shipping(an_order(1)) as shipper:
        shipper.confirm(a_package(("1", 1)))
        assert "packages" not in shipper.order(ORDER_ID, "FULFILLMENT").json()["order"]
        assert len(shipper.order(ORDER_ID, "PACKAGES").json()["order"]["packages"]) == 1


def test_an_order_is_shipped_package_by_package() -> None:
    with shipping(an_order(3, 1)) as shipper:
        assert shipper.confirm(a_package(("1", 1), reference="11")).status_code == 204
        assert (status(shipper.truth()), quantities(shipper.truth())) == ("PARTIALLY_SHIPPED", [(1, 2), (0, 1)])
        assert shipper.confirm(a_package(("1", 2), reference="12")).status_code == 204
        assert (status(shipper.truth()), quantities(shipper.truth())) == ("PARTIALLY_SHIPPED", [(3, 0), (0, 1)])
        assert shipper.confirm(a_package(("2", 1), reference="13")).status_code == 204
        assert (status(shipper.truth()), quantities(shipper.truth())) == ("SHIPPED", [(3, 0), (1, 0)])
        assert [package["packageReferenceId"] for package in shipper.truth()["packages"]] == ["11", "12", "13"]
        assert shipper.outbound() == {"created": 3}


def test_the_same_reference_edits_and_never_adds() -> None:
    with shipping(an_order(3)) as shipper:
        shipper.confirm(a_package(("1", 1)))
        first = shipper.truth()
        edit = a_package(("1", 3), carrierCode="UPS", trackingNumber="1Z", shipDate="2026-01-12T00:00:00+01:00")
        assert shipper.confirm(edit).status_code == 204
        order = shipper.truth()
        assert (status(order), quantities(order), len(order["packages"])) == ("SHIPPED", [(3, 0)], 1)
        package = order["packages"][0]
        assert [package[key] for key in ("carrier", "trackingNumber", "shipTime")] == [
            "UPS",
            "1Z",
            "2026-01-11T23:00:00Z",
        ]
        assert package["createdTime"] == first["packages"][0]["createdTime"]
        assert order["lastUpdatedTime"] > first["lastUpdatedTime"]
        assert shipper.confirm(a_package(("1", 2))).status_code == 204
        assert (status(shipper.truth()), quantities(shipper.truth())) == ("PARTIALLY_SHIPPED", [(2, 1)])
        assert shipper.outbound() == {"created": 1, "edited": 2}


def test_the_same_confirmation_again_changes_nothing() -> None:
    with shipping(an_order(1)) as shipper:
        shipper.confirm(a_package(("1", 1)))
        first = shipper.truth()
        assert shipper.confirm(a_package(("1", 1))).status_code == 204
        assert shipper.truth() == first
        assert shipper.outbound() == {"created": 1, "repeated": 1}


def test_another_carrier_shows_by_its_name_and_transparency_codes_are_kept() -> None:
    with shipping(an_order(2)) as shipper:
        row = {"orderItemId": "1", "quantity": 2, "transparencyCodes": ["09876543211234567890"]}
        detail = a_package(carrierCode="Other", carrierName="Bote & Söhne", orderItems=[row])
        assert shipper.confirm(detail).status_code == 204
        package = shipper.truth()["packages"][0]
        assert (package["carrier"], package["packageItems"]) == ("Bote & Söhne", [row])


def test_a_generated_package_counts_for_what_is_left() -> None:
    with shipping(an_order(3, status="PARTIALLY_SHIPPED")) as shipper:
        order = shipper.truth()
        order["packages"] = [{"packageReferenceId": "1", "packageItems": [{"orderItemId": "1", "quantity": 2}]}]
        order["orderItems"][0]["fulfillment"] = {"quantityFulfilled": 2, "quantityUnfulfilled": 1}
        shipper.sim("POST", "orders", {"seller": "EU1", "order": order})
        assert shipper.confirm(a_package(("1", 2), reference="2")).status_code == 400
        assert shipper.truth() == order
        assert shipper.confirm(a_package(("1", 1), reference="2")).status_code == 204
        assert (status(shipper.truth()), quantities(shipper.truth())) == ("SHIPPED", [(3, 0)])


@pytest.mark.parametrize("kind", ["reset_after", "status_500_after"])
def test_a_lost_answer_leaves_the_package_there(kind: str) -> None:
    with shipping(an_order(1)) as shipper:
        shipper.fault(kind, "confirmShipment")
        if kind == "reset_after":
            with pytest.raises(httpx.ReadError):
                shipper.confirm(a_package(("1", 1)))
        else:
            assert shipper.confirm(a_package(("1", 1))).status_code == 500
        assert (status(shipper.truth()), len(shipper.truth()["packages"])) == ("SHIPPED", 1)
        assert shipper.confirm(a_package(("1", 1))).status_code == 204
        assert shipper.outbound() == {"created": 1, "repeated": 1}


@pytest.mark.parametrize(
    ("kind", "answer"), [("status_500", 500), ("status_503_html", 503), ("status_429", 429), ("forbidden", 403)]
)
def test_a_refused_call_has_no_effect(kind: str, answer: int) -> None:
    with shipping(an_order(1)) as shipper:
        before = shipper.truth()
        shipper.fault(kind, "confirmShipment")
        assert shipper.confirm(a_package(("1", 1))).status_code == answer
        assert shipper.truth() == before
        assert shipper.outbound() == {}


def test_the_quota_is_a_burst_of_10_then_2_a_second() -> None:
    with shipping(an_order(1), speed=0.001) as shipper:
        answers = [shipper.confirm(a_package(("1", 1))) for _ in range(12)]
        assert [answer.status_code for answer in answers] == [204] * 10 + [429] * 2
        assert answers[0].headers["x-amzn-RateLimit-Limit"] == "0.002"
        assert shipper.sim("GET", "stats").json()["calls"]["EU1"]["confirmShipment"] == {"calls": 12, "throttled": 2}


def test_what_the_seller_shipped_stays_shipped_whatever_life_brings() -> None:
    with shipping(an_order(1), an_order(2, orderId="303-0000000-0000002")) as shipper:
        shipper.confirm(a_package(("1", 1)))
        shipper.confirm(a_package(("1", 1)), order_id="303-0000000-0000002")
        before = [shipper.truth(), shipper.truth("303-0000000-0000002")]
        assert shipper.sim("POST", "advance", {"steps": 200}).json() == {"changed": [], "created": []}
        assert [shipper.truth(), shipper.truth("303-0000000-0000002")] == before


def test_the_packages_are_told_by_the_control_plane() -> None:
    world = World((seller(orders=40), seller("EU2", orders=5)), seed=2, speed=FAST)
    drawn = {stored.raw["orderId"] for stored in world.orders("EU1") if "packages" in stored.raw}
    assert len(drawn) > 3
    world.put("EU1", an_order(2))
    with calling(world) as caller:
        shipper = Shipper(caller.base, caller.http, "EU1")
        for _ in range(2):
            shipper.confirm(a_package(("1", 1)))
        truth = shipper.sim("GET", "packages?seller=EU1").json()
        assert set(truth) == {"EU1"}
        assert set(truth["EU1"]) == drawn | {ORDER_ID}
        assert truth["EU1"][ORDER_ID] == shipper.truth()["packages"]
        told = shipper.sim("GET", "packages?told=true").json()
        assert told == {"EU1": {ORDER_ID: [shipper.truth()["packages"][0] | {"told": 2}]}, "EU2": {}}
        assert shipper.sim("GET", "packages?seller=nobody").status_code == 404


def official(answer: str) -> Any:
    operation = model("ordersV0.json")["paths"][CONFIRMATION]["post"]["responses"][answer]
    return operation["x-amzn-api-sandbox"]["static"][0]


@needs_models
def test_the_official_example_and_the_official_refusal() -> None:
    good, bad = official("204"), official("400")
    asked = good["request"]["parameters"]
    order = an_order(1, orderId=asked["orderId"]["value"], createdTime="2022-02-10T00:00:00Z")
    order["salesChannel"]["marketplaceId"] = "ATVPDKIKX0DER"
    order["orderItems"][0]["orderItemId"] = "79039765272157"
    world = World((seller("EU1", "na", "US"),), speed=FAST)
    world.put("EU1", order)
    with calling(world) as caller:
        shipper = Shipper(caller.base, caller.http, "EU1")
        path = CONFIRMATION.format(orderId=asked["orderId"]["value"])
        refused = shipper.call("POST", path, bad["request"]["parameters"]["body"]["value"])
        assert (refused.status_code, refused.json()["errors"][0]["message"]) == (400, "Invalid Input")
        assert shipper.truth(order["orderId"]) == order
        assert shipper.call("POST", path, asked["body"]["value"]).status_code == 204
        assert shipper.truth(order["orderId"])["packages"][0]["trackingNumber"] == "112345678"
        shown = shipper.order(order["orderId"]).json()
        assert complaints(shown, "GetOrderResponse") == []
        assert status(shown["order"]) == "SHIPPED"


def test_the_same_calls_give_the_same_packages() -> None:
    def run() -> Any:
        with shipping(an_order(3, 2), start=None) as shipper:
            for reference, pair in (("5", ("1", 2)), ("6", ("2", 2)), ("5", ("1", 3))):
                assert shipper.confirm(a_package(pair, reference=reference)).status_code == 204
            packages = shipper.truth()["packages"]
            return [{key: value for key, value in package.items() if key != "createdTime"} for package in packages]

    assert run() == run()


def test_unknown_fields_are_counted_as_a_client_should_not_send_them() -> None:
    with shipping(an_order(1)) as shipper:
        detail = a_package(("1", 1), weight=3)
        assert shipper.confirm(detail, MarketplaceId=PLACES[0]).status_code == 204
        unknown = shipper.sim("GET", "stats").json()["unknown_parameters"]
        assert unknown == {"MarketplaceId": 1, "packageDetail.weight": 1}
