"""What every operation of the simulated API is given and declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.amazon.quotas import Plan
from simulator.amazon.sellers import Seller
from simulator.amazon.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """An authorised call within its quota.

    `query`: raw pairs; `fault`: a fault the operation itself must act out; `base`: the server's own URL, no slash.
    """

    world: World
    seller: Seller
    query: Sequence[tuple[str, str]]
    path: Mapping[str, str]
    body: bytes
    fault: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the route table.

    `answer` gives the JSON body, or None for an empty one, or raises ApiError; `status`: of its success;
    `parameters`: its query's names; `faults`: the kinds it acts out itself.
    """

    name: str
    method: str
    path: str
    plan: Plan
    answer: Callable[[Call], dict[str, Any] | None]
    parameters: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    status: int = 200
