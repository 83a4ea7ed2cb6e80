"""Odd orders on demand: the registry of everything out of the ordinary that Amazon can send, and how one is chosen."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

from domain.marketplace import Marketplace
from simulator.amazon.oddities import money, odd, people
from simulator.amazon.oddities.kind import Oddity
from simulator.amazon.progress import Raw, copied

_MODULES: Final = (money, people, odd)

ODDITIES: Final[Mapping[str, Oddity]] = {
    name: oddity for module in _MODULES for name, oddity in sorted(module.ODDITIES.items())
}

# Oddities whose orders do not fit Amazon's official model, which is their point: words of the future, broken amounts.
OFF_MODEL: Final = frozenset(name for module in _MODULES for name in getattr(module, "OFF_MODEL", ()))

_SECOND_SHARE: Final = 0.25


def make_odd(order: Raw, rng: random.Random, marketplace: Marketplace) -> tuple[str, ...]:
    """Give `order` (in place) an oddity, now and then a second one; returns the names of those that changed it.

    Two go together only if one of them is about people, as the others may undo each other's work on the items. A
    cancelled order has no amounts left that could be odd, and stays as it is.
    """
    if "proceeds" not in order:
        return ()
    first = _one_of(list(ODDITIES), order, rng, marketplace)
    if not first or rng.random() >= _SECOND_SHARE:
        return first
    others = [name for name in ODDITIES if (name in people.ODDITIES) != (first[0] in people.ODDITIES)]
    return first + _one_of(others, order, rng, marketplace)


def _one_of(names: list[str], order: Raw, rng: random.Random, marketplace: Marketplace) -> tuple[str, ...]:
    """The first of `names`, in an order that `rng` draws, which suits the order: that changes it."""
    for name in rng.sample(names, len(names)):
        before = copied(order)
        ODDITIES[name](order, rng, marketplace)
        if order != before:
            return (name,)
    return ()
