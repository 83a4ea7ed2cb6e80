"""An order on its way into Odoo, step by step; a refusal ends the order that caused it, not the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from clients.odoo.isolate import isolated
from clients.odoo.positions import Position
from domain.errors import NeedsHuman
from domain.odoo import CreateOrder

# No mail, no chatter, no followers: an import is not a person's work.
QUIET: Final = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
}
CONFIRMED: Final = ("sale", "done")
DRAFT: Final = ("draft", "sent")


@dataclass(slots=True)
class Work:
    """An order on its way: `error` ends it. `position` is None where Odoo finds the fiscal position by itself.

    `is_agreed`: Odoo's total was seen to be Amazon's; `is_finished`: the mark is written.
    """

    order: CreateOrder
    position: Position | None = None
    odoo_id: int = 0
    state: str = ""
    error: NeedsHuman | None = None
    is_agreed: bool = False
    is_finished: bool = False


def alive(works: Sequence[Work]) -> list[Work]:
    """Return those that no error has ended."""
    return [work for work in works if work.error is None]


def step(works: Sequence[Work], act: Callable[[Sequence[Work]], None]) -> None:
    """Do one step for all that are alive; `act` must be all or nothing, and repeatable for some of them."""

    def each(some: Sequence[Work]) -> Sequence[None]:
        act(some)
        return [None] * len(some)

    living = alive(works)
    for work, result in zip(living, isolated(living, each), strict=True):
        work.error = result
