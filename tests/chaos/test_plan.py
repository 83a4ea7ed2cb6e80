"""A seed is a campaign that can be run again, and every kind of fault has somebody who does it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from tests.chaos import faults, plan
from tests.chaos.campaign import Recovery
from tests.chaos.faults import Faults
from tests.chaos.report import Result


def test_the_same_seed_is_the_same_plan_and_another_is_another() -> None:
    first, again, other = (plan.mixed(seed, 600, 5) for seed in (7, 7, 8))
    assert first == again
    assert [one.kind for one in first] != [one.kind for one in other]
    assert plan.singles(7) == plan.singles(7)


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_comes_before_any_comes_twice_and_none_beside_itself(seed: int) -> None:
    strikes = plan.mixed(seed, 600, 5)
    first = [one.kind for one in strikes[: len(plan.ALL)]]
    assert sorted(first) == sorted(plan.ALL)
    for kind in plan.ALL:
        own = sorted((one for one in strikes if one.kind == kind), key=lambda one: one.begin)
        assert all(before.end <= after.begin for before, after in pairwise(own))
    assert {one.kind for one in strikes if one.seconds == 0} == plan.MOMENTS
    assert max(one.seconds for one in strikes) <= plan.LONGEST
    assert sorted(one.kind for one in plan.singles(seed)) == sorted(plan.ALL)


def test_every_kind_is_done_in_one_way() -> None:
    unused: Any = None
    ways = [*faults.PROXIED, *faults.OF_AMAZON, *faults.KILLED, *Faults(unused, unused).own]
    assert Counter(ways) == Counter(plan.ALL)


def test_a_report_names_what_was_wrong_and_what_took_too_long() -> None:
    slow = Recovery(plan.Strike("odoo_502", 0, 5, 1), order=30.1, package=2, rest=None)
    amazons = Recovery(plan.Strike("amazon_500", 0, 5, 1), order=None, package=2, rest=60)
    result = Result(
        title="A campaign", machine="a machine", counts={"orders": 1000}, struck=[slow.strike, slow.strike],
        recoveries=[slow, amazons], seconds={}, restarts={}, failed=Counter(), tracebacks=Counter(),
        wrong=["1: 2 sale orders"],
    )  # fmt: skip
    assert result.slow == ["odoo_502: order 30.1 s", "odoo_502: rest never"]
    page = result.page()
    assert "| orders | 1,000 |" in page
    assert "| odoo_502 | 2 |" in page
    assert "| amazon_500 | 5 | never | 2.0 | 60.0 |" in page
    assert "1 disagreements, 2 recoveries beyond 30 s." in page
    assert page.endswith("- 1: 2 sale orders\n- odoo_502: order 30.1 s\n- odoo_502: rest never\n")
