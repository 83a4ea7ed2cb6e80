"""The fetch task, run as a worker does, and its lane."""

from __future__ import annotations

import pytest

from state.schedule import MOST_MOVED
from tasks.orders import fetch_orders
from tests.unit.tasks.fakes import World, run

LANE = {"account": "acme-eu", "group": "all"}


@pytest.fixture(autouse=True)
def taken(world: World) -> None:
    """The lane of the task is taken, and no other lane is due."""
    assert len(world.schedule.take(60)) == 2
    world.schedule.done("second", "all", 1000)


def fetch(world: World, group: str = "all") -> object:
    return run(fetch_orders, {"account": "acme-eu", "group": group}, queue="amazon.fetch")


def due_in(world: World, wait: float, group: str = "all", *, spread: bool = False) -> bool:
    """Whether the lane was given back, and is due in `wait` seconds; `spread`: on its way to a place of its own."""
    found = world.schedule.due_in("acme-eu", group)
    moved = wait * MOST_MOVED if spread else 0.0
    return not world.schedule.taken("acme-eu", group) and found is not None and -moved - 5 < found - wait <= moved
