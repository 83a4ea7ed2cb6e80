"""Amazon's total under taxes that are no plain percentages, where only a real Odoo can reckon them; as the bot."""

from __future__ import annotations

import pytest

from clients.odoo.client import Odoo
from clients.odoo.facts import reference
from tests.builders import an_account
from tests.contract.awkward import Tax, a_till, on_top, within
from tests.contract.odoo_desk import Desk
from tests.contract.test_odoo_money import check
from tests.odoo.conftest import Server

pytestmark = pytest.mark.odoo

FIXED_ON_TOP: Tax = ("fixed", 0.25, False)
FIXED_WITHIN: Tax = ("fixed", 0.25, True)
SETUPS = {
    "a fixed amount a piece on top": ((FIXED_ON_TOP,), ()),
    "a fixed amount and 19 on top": ((FIXED_ON_TOP, *on_top(19)), on_top(19)),
    "a fixed amount on top of 19 within": ((FIXED_ON_TOP, *within(19)), within(19)),
    "a fixed amount within": ((FIXED_WITHIN,), ()),
    "a group of two on top": ((("group", 18, False),), (("group", 18, False),)),
    "a group of two within": ((("group", 18, True),), (("group", 18, True),)),
    "a share of the total, on top": ((("division", 12, False),), (("division", 12, False),)),
    "a share of the total, within": ((("division", 12, True),), (("division", 12, True),)),
}


@pytest.fixture(name="desk")
def a_desk(odoo_server: Server, admin: Odoo, bot: Odoo) -> Desk:
    return Desk(admin, bot, an_account(key=f"money-{odoo_server.key}"), reference(bot))


@pytest.mark.parametrize("setup", SETUPS)
def test_every_total_is_amazons(desk: Desk, setup: str) -> None:
    # A fixed amount has the sign of the price: goods that cost less than it cannot come to their price.
    may_park = frozenset({"free of charge", "a cent"} if "fixed" in setup else ())
    roundings = check(a_till(desk, *SETUPS[setup]), may_park=may_park)
    assert len(roundings) >= 12
