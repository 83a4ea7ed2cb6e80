"""What leaves Odoo's warehouse is known to Amazon: exactly that, and what is cancelled there is cancelled here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.fleet import OdooTarget
from tests.flow.processes import eventually
from tests.flow.shipping import quantities, scene, told
from tests.flow.test_trouble import command

pytestmark = pytest.mark.timeout(900)


def test_the_warehouses_everyday_life(tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, waiting=7) as at:
        house = at.warehouse
        expected: dict[str, dict[str, tuple[str, str, dict[str, int]]]] = {}

        whole = at.take(items=2)
        picking = house.ship(whole["orderId"], carrier="dhl paket", tracking="JJD0001")
        expected[whole["orderId"]] = {str(picking): ("DHL", "JJD0001", quantities(whole))}

        boxed = at.take(items=2)
        first, second, *rest = [item["orderItemId"] for item in boxed["orderItems"]]
        picking = house.ship(
            boxed["orderId"], carrier="Rider & Sons", tracking="R1, R2", packages=[[first], [second, *rest]]
        )
        boxes = [10**9 + box for box in house.boxes(picking)]
        amounts = quantities(boxed)
        expected[boxed["orderId"]] = {
            str(boxes[0]): ("Rider & Sons", "R1", {first: amounts[first]}),
            str(boxes[1]): ("Rider & Sons", "R2", {one: amounts[one] for one in (second, *rest)}),
        }

        partly = at.take(items=2)
        first, *rest = [item["orderItemId"] for item in partly["orderItems"]]
        amounts = quantities(partly)
        one = house.ship(partly["orderId"], carrier="UPS", tracking="1Z1", quantities={first: amounts[first]})
        other = house.ship(partly["orderId"], carrier="UPS", tracking="1Z2")
        expected[partly["orderId"]] = {
            str(one): ("UPS", "1Z1", {first: amounts[first]}),
            str(other): ("UPS", "1Z2", {one: amounts[one] for one in rest}),
        }

        untold = at.take()
        late = house.ship(untold["orderId"], carrier="DPD")
        eventually("the delivery waits for a number", lambda: at.settled(untold, "error"))
        (row,) = house.deliveries(untold["orderId"], "done")
        assert row["x_amazon_sync_reason"] == (
            f"{row['name']}: the delivery has no tracking number. Fill in the delivery's Tracking Reference in Odoo; "
            "it is told to Amazon by itself then."
        )
        assert at.packages(untold) == {}
        house.write("stock.picking", late, carrier_tracking_ref="0123")
        expected[untold["orderId"]] = {str(late): ("DPD", "0123", quantities(untold))}

        mended = at.take()
        picking = house.ship(mended["orderId"], carrier="DHL", tracking="WRONG")
        eventually("the wrong number is told", lambda: at.settled(mended, "done"))
        assert told(at.packages(mended)[str(picking)])[1] == "WRONG"
        house.write("stock.picking", picking, carrier_tracking_ref="RIGHT")
        expected[mended["orderId"]] = {str(picking): ("DHL", "RIGHT", quantities(mended))}

        never = at.take()
        house.odoo.call("stock.picking", "action_cancel", ids=[house.open(never["orderId"])])
        expected[never["orderId"]] = {}

        back = at.take()
        picking = house.ship(back["orderId"], carrier="GLS", tracking="G1")
        expected[back["orderId"]] = {str(picking): ("GLS", "G1", quantities(back))}
        eventually("the delivery is told", lambda: at.settled(back, "done"))
        returned = house.resend(picking, back=True)
        again = house.resend(returned, back=False)

        def all_told() -> bool:
            return all(
                {ref: told(package) for ref, package in at.packages({"orderId": order}).items()} == packages
                for order, packages in expected.items()
            )

        eventually("Amazon knows all of it", all_told, timeout=120)
        eventually("the replacement is looked at", lambda: at.status(again) == "done")
        assert at.status(returned) == ""
        eventually(
            "all deliveries are settled",
            lambda: all(
                row["x_amazon_sync_status"] == "done" and row["x_amazon_account"] == at.spec.key
                for order in expected
                for row in house.deliveries(order, "done")
                if row["id"] != returned
            ),
        )
        assert all_told()
        assert "Traceback" not in at.fleet.logs()


def test_amazon_refuses_and_a_person_mends(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch) as at:
        order = at.take()
        refusal = {"seller": at.spec.seller_id, "order": order["orderId"], "message": "The address is <not> served."}
        at.fleet.amazon("POST", "/shipments/refuse", refusal)
        picking = at.warehouse.ship(order["orderId"], carrier="DHL", tracking="X1")
        eventually("the refusal is shown", lambda: at.settled(order, "error"))
        (row,) = at.warehouse.deliveries(order["orderId"], "done")
        assert "The address is <not> served." in row["x_amazon_sync_reason"]
        eventually("a note says so", lambda: len(at.notes(picking)) == 1)
        assert at.packages(order) == {}

        at.fleet.amazon("POST", "/shipments/refuse", {**refusal, "refused": False})
        command(at.fleet, "shipments", "retry", at.spec.key, order["orderId"])
        eventually("the retry is told", lambda: at.settled(order, "done"))
        assert told(at.packages(order)[str(picking)]) == ("DHL", "X1", quantities(order))
        (row,) = at.warehouse.deliveries(order["orderId"], "done")
        assert row["x_amazon_sync_reason"] is False
        assert len(at.notes(picking)) == 1


def test_a_cancellation_by_hand_is_told_and_amazons_own_is_not(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, "notify_cancellations = true") as at:
        ours, theirs, shipped = at.take(), at.take(), at.take()
        at.fleet.kill("fetch")
        at.warehouse.cancel(ours["orderId"], reason="WeatherDelay")
        cancelled = at.amazon_cancels(theirs)
        at.warehouse.cancel(theirs["orderId"])
        at.warehouse.ship(shipped["orderId"], carrier="DHL", tracking="S1")
        at.fleet.start("fetch")
        eventually(
            "both are settled",
            lambda: (
                at.warehouse.cancellation(ours["orderId"])[0]
                == at.warehouse.cancellation(theirs["orderId"])[0]
                == "done"
            ),
            timeout=180,
            pause=1,
        )
        assert at.warehouse.cancellation(theirs["orderId"])[1] == "cancelled at Amazon already"
        assert at.warehouse.cancellation(shipped["orderId"]) == ("", "")
        now = {raw["orderId"]: raw for raw in at.fleet.truth()[at.spec.key]}
        assert now[ours["orderId"]]["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
        said = now[ours["orderId"]]["orderItems"][0]["cancellation"]["cancellationExecution"]
        assert said == {"cancelledBy": "MERCHANT", "cancelReason": "WEATHER_DELAY"}
        assert now[theirs["orderId"]] == cancelled
        assert now[shipped["orderId"]]["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
