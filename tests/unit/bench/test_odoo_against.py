"""Each round of the fleet is held against the limit just before it and just after it."""

from __future__ import annotations

import pytest

from bench.odoo_against import Limit, told
from bench.odoo_fleet import Run
from bench.odoo_server import SERVER


def run(orders: int, seconds: float, server: float) -> Run:
    return Run(orders, seconds, {SERVER: server, "upsert": orders / 100}, commands=0, memory={})


def test_rounds_count_alike_whatever_the_machine_did_meanwhile() -> None:
    limits = [Limit(10.0, 80.0, 20.0), Limit(10.0, 120.0, 21.0), Limit(30.0, 40.0, 22.0)]
    runs = [run(80, 10.0, 10.0), run(180, 10.0, 18.0)]
    figures = told(runs, limits, slow=2.0)
    assert figures["of the limit by the clock"] == pytest.approx([0.85, 0.8, 0.9])
    assert figures["of the limit by Odoo's CPU"] == pytest.approx([0.8, 0.8, 0.8])
    assert (figures["orders"], figures["times the usual way"]) == (260, 6.5)
    assert figures["own CPU ms an order"]["upsert"] == pytest.approx(10.0)
