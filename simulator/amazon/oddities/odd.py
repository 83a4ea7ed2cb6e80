"""Odd orders: statuses, programs, items and dates out of the ordinary."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.amazon.oddities.kind import Oddity

ODDITIES: Mapping[str, Oddity] = {}
