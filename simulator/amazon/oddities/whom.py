"""The people of a raw order, there to be changed."""

from __future__ import annotations

from simulator.amazon.progress import Raw


def address_of(order: Raw) -> Raw:
    """The order's delivery address, complete with a line and a name where it has none."""
    address: Raw = order.setdefault("recipient", {}).setdefault("deliveryAddress", {})
    if not any(address.get(f"addressLine{number}") for number in (1, 2, 3)):
        address["addressLine1"] = "Hauptstr. 5"
    address.setdefault("name", "Erika Mustermann")
    return address


def buyer_of(order: Raw) -> Raw:
    """The order's buyer, empty where Amazon names none."""
    found: Raw = order.setdefault("buyer", {})
    return found
