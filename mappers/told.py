"""What was told to Amazon of a delivery, package by package, in one line of text that is kept with the delivery.

`17=3f2a91c0d4b7` told, `17!3f2a91c0d4b7` refused, `17?3f2a91c0d4b7` being told (whether Amazon knows is not sure),
`17~3f2a91c0d4b7@50042#3` in feed 50042 as its message 3. One entry per package; the first number is its reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Mark(StrEnum):
    """Where a package stands."""

    CLAIMED = "?"
    TOLD = "="
    REFUSED = "!"
    IN_FEED = "~"


@dataclass(frozen=True, slots=True)
class Told:
    """`digest`: of what was told (`mappers.shipment`). `feed`, `message`: of a package in a feed."""

    mark: Mark
    digest: str
    feed: str = ""
    message: int = 0


_ENTRY: Final = re.compile(r"(\d+)([?=!~])([0-9a-f]+)(?:@([\w.:-]*)#(\d+))?")


def read(key: str) -> dict[str, Told]:
    """Return the entries by package reference; what cannot be read is as if it had never been told."""
    return {
        found[1]: Told(Mark(found[2]), found[3], found[4] or "", int(found[5] or 0))
        for entry in key.split()
        if (found := _ENTRY.fullmatch(entry))
    }


def write(entries: Mapping[str, Told]) -> str:
    """Return the line that `read` reads."""
    return " ".join(f"{ref}{told.mark}{told.digest}{_feed(told)}" for ref, told in sorted(entries.items()))


def _feed(told: Told) -> str:
    return f"@{told.feed}#{told.message}" if told.mark is Mark.IN_FEED else ""
