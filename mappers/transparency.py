"""Serial numbers of what left -> Transparency codes, which Amazon wants for each unit of a brand in that program. Pure.

Source: Orders API v0, `IsTransparency`, and Seller Central, "Transparency 2D barcode requirements": 26 characters after
AZ: or ZA:, or a serialised GTIN of 38 characters. These cannot be mistaken for anything else, so no serial number that
is none is ever told. A brand's own serial numbers, which Amazon takes for some products, look like any other and stay.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from domain.shipment import MovedGoods, OrderedLine

_CODE: Final = re.compile(r"(?:AZ|ZA):[0-9A-Za-z]{26}|01\d{14}21[0-9A-Za-z]{20}", re.ASCII)


def transparency_codes(goods: Iterable[MovedGoods], lines: Iterable[OrderedLine]) -> Mapping[str, tuple[str, ...]]:
    """Return the codes among the serial numbers of `goods` by Amazon's item, in order, each once.

    Components of a kit carry none of Amazon's codes: those are on the unit that Amazon sells. A lot of several pieces
    names no unit either.
    """
    refs = {(line.odoo_id, line.product): line.item_ref for line in lines}
    found: dict[str, set[str]] = defaultdict(set)
    for one in goods:
        code = one.serial.strip()
        if one.quantity == Decimal(1) and _CODE.fullmatch(code) and (ref := refs.get((one.line, one.product))):
            found[ref].add(code)
    return {ref: tuple(sorted(some)) for ref, some in found.items()}
