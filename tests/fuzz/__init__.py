"""Spoilt inputs at every boundary of the program; nothing but its own typed errors may come out (`make fuzz`)."""

from __future__ import annotations

from tests.fuzz.boundary import Boundary


def every() -> list[Boundary]:
    """Return all boundaries."""
    from tests.fuzz import amazon, inside, odoo, operator

    return [*amazon.BOUNDARIES, *odoo.BOUNDARIES, *operator.BOUNDARIES, *inside.BOUNDARIES]
