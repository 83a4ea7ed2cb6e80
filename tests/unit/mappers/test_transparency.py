"""Serial numbers that are Transparency codes are told with the units they belong to, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from domain.shipment import MovedGoods, ShippedItem
from mappers.shipment import packages
from tests.builders import an_account
from tests.unit.mappers.test_shipment import a_line, an_order, goods

ACCOUNT = an_account()
# Amazon's own examples.
AZ, SGTIN = "AZ:L1Z2H38F4C5Q6R7E5K6Z1C2K3E", "0100376204200301214P1OZMT7D8B81EMF4WW4"
ZA = "ZA" + AZ[2:]


def told(*moved: MovedGoods, quantity: int = 2, demand: Mapping[int, int] | None = None) -> tuple[ShippedItem, ...]:
    (made,) = packages(ACCOUNT, an_order(*moved, lines=(a_line(quantity=quantity, demand=demand),)))
    return made.items


def test_each_unit_carries_its_code() -> None:
    items = told(goods(1, serial=ZA), goods(1, serial=f" {AZ}\n"), goods(1, serial=SGTIN), quantity=3)
    assert items == (ShippedItem(item_id="A", quantity=3, transparency_codes=(SGTIN, AZ, ZA)),)


@pytest.mark.parametrize(
    "serial", ["", "SN000123456", AZ[:-1], f"{AZ}0", AZ.replace(":", ""), f"az{AZ[2:]}", SGTIN[1:], "1" + SGTIN[1:]]
)
def test_another_serial_number_is_nobodys_business(serial: str) -> None:
    assert told(goods(1, serial=serial), goods(1, serial=AZ))[0].transparency_codes == (AZ,)
    assert told(goods(2, serial=serial)) == (ShippedItem(item_id="A", quantity=2),)


def test_a_lot_of_several_pieces_names_no_unit() -> None:
    assert told(goods(2, serial=AZ)) == (ShippedItem(item_id="A", quantity=2),)


def test_a_kits_components_carry_none_of_amazons_codes() -> None:
    moved = goods(1, product=201, serial=AZ), goods(1, product=202, serial=ZA)
    assert told(*moved, quantity=1, demand={201: 1, 202: 1}) == (ShippedItem(item_id="A", quantity=1),)


def test_never_more_codes_than_pieces() -> None:
    assert told(goods(1, serial=AZ), goods(1, serial=ZA), quantity=1)[0] == ShippedItem(
        item_id="A", quantity=1, transparency_codes=(AZ,)
    )


def test_codes_stay_with_their_package() -> None:
    order = an_order(goods(1, package=3, serial=AZ), goods(1, package=4, serial=ZA))
    assert [one.items[0].transparency_codes for one in packages(ACCOUNT, order)] == [(AZ,), (ZA,)]


def test_another_code_is_a_correction_and_none_changes_nothing() -> None:
    digests = [
        packages(ACCOUNT, an_order(goods(1, serial=serial), goods(1)))[0].digest for serial in ("", "SN12", AZ, ZA)
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
