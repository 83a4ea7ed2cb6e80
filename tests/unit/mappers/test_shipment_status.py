"""Where a delivery stands towards Amazon, and what Odoo shows of it."""

from __future__ import annotations

from dataclasses import replace

from domain.shipment import DeliveryOutcome
from mappers.shipment import packages
from mappers.shipment_status import NOTHING, Change, claimed, ever_told, outcome, unsettled
from mappers.told import Mark, Told, read, write
from tests.builders import an_account
from tests.unit.mappers.test_shipment import a_delivery, a_line, an_order, goods

ACCOUNT = an_account()


def test_what_was_told_is_read_as_it_was_written() -> None:
    entries = {
        "17": Told(Mark.TOLD, "aa"),
        "18": Told(Mark.REFUSED, "bb"),
        "19": Told(Mark.CLAIMED, "cc"),
        "20": Told(Mark.IN_FEED, "dd", "amzn1.tortuga.4.eu-1", 12),
    }
    line = write(entries)
    assert line == "17=aa 18!bb 19?cc 20~dd@amzn1.tortuga.4.eu-1#12"
    assert read(line) == entries
    assert read("17=aa rubbish =x 18!bb") == {"17": entries["17"], "18": entries["18"]}


def test_what_is_to_be_told_by_what_was_told() -> None:
    order = an_order(goods())
    (made,) = packages(ACCOUNT, order)

    def left(mark: str, digest: str = made.digest) -> int:
        return len(unsettled(a_delivery(key=f"17{mark}{digest}" if mark else ""), [made]))

    assert [left(""), left("="), left("!"), left("?")] == [1, 0, 0, 1]
    assert [left("=", "00"), left("!", "00"), left("?", "00"), left("~", "00@1#1")] == [1, 1, 1, 0]
    assert [claimed(a_delivery(key=f"17{mark}00"), made) for mark in "?=!"] == [True, False, False]
    assert [ever_told(a_delivery(key=f"17{mark}00"), made) for mark in "?=!"] == [False, True, False]
    assert (claimed(a_delivery(key="18?00"), made), ever_told(a_delivery(key="18=00"), made)) == (False, False)


def test_a_delivery_is_done_when_all_its_packages_are_and_an_error_waits_for_all_to_be_decided() -> None:
    moved = (goods(1, package=3, package_name="BOX3"), goods(1, package=4, package_name="BOX4"))
    first, second = packages(ACCOUNT, an_order(*moved))
    delivery = a_delivery()
    refused = Change(Told(Mark.REFUSED, first.digest), "No such street.\nRetry.")
    one = outcome("acme-eu", delivery, [first, second], {first.ref: refused})
    assert (one.status, one.reason, one.key) == (
        "pending",
        "BOX3: No such street. Retry.",
        f"{first.ref}!{first.digest}",
    )
    delivery = replace(delivery, reason=one.reason, key=one.key)
    told = Change(Told(Mark.TOLD, second.digest))
    two = outcome("acme-eu", delivery, [first, second], {second.ref: told})
    assert (two.status, two.reason) == ("error", "BOX3: No such street. Retry.")
    delivery = replace(delivery, reason=two.reason, key=two.key)
    three = outcome("acme-eu", delivery, [first, second], {first.ref: Change(Told(Mark.TOLD, first.digest))})
    assert (three.status, three.reason) == ("done", "")
    assert three.key == f"{first.ref}={first.digest} {second.ref}={second.digest}"


def test_a_delivery_without_anything_of_amazons_is_done_and_says_so() -> None:
    after = outcome("acme-eu", a_delivery(), [], {})
    assert (after.status, after.reason, after.key) == ("done", NOTHING, "")


def test_what_was_said_of_a_package_stays_while_nothing_changes() -> None:
    """The name of a package may hold what separates it from the reason."""
    moved = [goods(1, line=box, package=box, package_name=f"BOX: {box}") for box in (3, 4, 5)]
    lines = tuple(a_line(box, f"I{box}", 1) for box in (3, 4, 5))
    never, refused, sent = packages(ACCOUNT, an_order(*moved, lines=lines))
    said = f"{refused.name}: No such street: 5\n{sent.name}: Address changed"
    key = f"{refused.ref}!{refused.digest} {sent.ref}!{sent.digest}"
    delivery = a_delivery(reason=said, key=key)
    assert outcome("acme-eu", delivery, [never, refused, sent], {}) == DeliveryOutcome(
        delivery=17, account="acme-eu", status="pending", reason=said, key=key
    )
    other = replace(sent, digest="00")
    changed = outcome("acme-eu", delivery, [never, refused, other], {})
    assert (changed.reason, changed.key) == ("BOX: 4: No such street: 5", key)
