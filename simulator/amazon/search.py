"""The rules of searchOrders' query, from the descriptions in Amazon's model of Orders 2026-01-01."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.marketplace import BY_CODE, BY_ID
from simulator.amazon import clock
from simulator.amazon.answers import invalid_input, unauthorized
from simulator.amazon.generator import UNLISTED
from simulator.amazon.progress import AMAZON, MERCHANT, STATUSES
from simulator.amazon.sellers import Seller
from simulator.amazon.stored import Stored
from simulator.amazon.view import WORDS, part_of

LAG = timedelta(minutes=2)
MOST_PER_PAGE = 100
MOST_MARKETPLACES = 50

# What a query may hold, and what may differ between the pages of one search.
PARAMETERS = frozenset({
    "createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore", "fulfillmentStatuses", "marketplaceIds",
    "fulfilledBy", "maxResultsPerPage", "paginationToken", "includedData",
})  # fmt: skip
_FREE = frozenset({"maxResultsPerPage", "includedData", "paginationToken"})
_WHOLE_NUMBER = re.compile(r"\d{1,9}")

# An unlisted marketplace's orders are found under the listed one of the same country.
FOUND_UNDER = {unlisted: BY_CODE[code].id for code, unlisted in UNLISTED.items()}

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A valid query: `by_creation` says which time `after` and `before` bound (both inclusive)."""

    by_creation: bool
    after: datetime
    before: datetime
    marketplaces: frozenset[str]
    statuses: frozenset[str]
    fulfilled_by: frozenset[str]
    page_size: int
    included: frozenset[str]
    page_token: str | None
    fingerprint: tuple[tuple[str, tuple[str, ...]], ...]

    def finds(self, stored: Stored) -> bool:
        """Whether this order is in the result."""
        moment = stored.created if self.by_creation else stored.updated
        if not self.after <= moment <= self.before:
            return False
        place = stored.raw["salesChannel"].get("marketplaceId", "")
        fulfillment = part_of(stored.raw, "fulfillment")
        return (
            FOUND_UNDER.get(place, place) in self.marketplaces
            and (not self.statuses or fulfillment.get("fulfillmentStatus") in self.statuses)
            and (not self.fulfilled_by or fulfillment.get("fulfilledBy") in self.fulfilled_by)
        )

    def moment(self, stored: Stored) -> datetime:
        """The time the result is sorted by."""
        return stored.created if self.by_creation else stored.updated


def read_search(query: Query, seller: Seller, *, now: datetime) -> Search:
    """The search that `query` (raw name and value pairs) asks for.

    Raises ApiError: 400 for a broken rule, 403 for a marketplace of the region in which the seller does not sell.
    """
    given = {name: _values(query, name) for name in PARAMETERS}
    by_creation, after, before = _window(given, now)
    return Search(
        by_creation=by_creation,
        after=after,
        before=before,
        marketplaces=_marketplaces(given["marketplaceIds"], seller),
        statuses=_words("fulfillmentStatuses", given["fulfillmentStatuses"], STATUSES),
        fulfilled_by=_words("fulfilledBy", given["fulfilledBy"], frozenset({AMAZON, MERCHANT})),
        page_size=_page_size(_single(given, "maxResultsPerPage")),
        included=read_included(query),
        page_token=_single(given, "paginationToken"),
        fingerprint=tuple(sorted((name, tuple(sorted(given[name]))) for name in PARAMETERS - _FREE)),
    )


def read_included(query: Query) -> frozenset[str]:
    """The includedData words. Raises ApiError 400 for an unknown one."""
    return _words("includedData", _values(query, "includedData"), WORDS)


def _values(query: Query, name: str) -> list[str]:
    """All values of a parameter: repeated, comma-separated or both; empty ones are as good as absent."""
    return [part.strip() for key, value in query if key == name for part in value.split(",") if part.strip()]


def _single(given: dict[str, list[str]], name: str) -> str | None:
    if len(given[name]) > 1:
        raise invalid_input(f"{name} must have one value.")
    return given[name][0] if given[name] else None


def _words(name: str, values: list[str], known: frozenset[str]) -> frozenset[str]:
    unknown = sorted(set(values) - known)
    if unknown:
        raise invalid_input("Invalid Input", f"{name} has invalid values: {', '.join(unknown)}")
    return frozenset(values)


def _page_size(value: str | None) -> int:
    if value is None:
        return MOST_PER_PAGE
    if not _WHOLE_NUMBER.fullmatch(value) or not 1 <= int(value) <= MOST_PER_PAGE:
        raise invalid_input("Invalid Input", f"maxResultsPerPage must be between 1 and {MOST_PER_PAGE}.")
    return int(value)


def _window(given: dict[str, list[str]], now: datetime) -> tuple[bool, datetime, datetime]:
    if bool(given["createdAfter"]) == bool(given["lastUpdatedAfter"]):
        raise invalid_input("Invalid Input", "Exactly one of createdAfter and lastUpdatedAfter must be provided.")
    by_creation = bool(given["createdAfter"])
    mine, other = ("created", "lastUpdated") if by_creation else ("lastUpdated", "created")
    if given[f"{other}Before"]:
        raise invalid_input("Invalid Input", f"{other}Before cannot be combined with {mine}After.")
    after = _time(given, f"{mine}After")
    before = _time(given, f"{mine}Before") if given[f"{mine}Before"] else None
    if before is not None and before > now - LAG:
        raise invalid_input("Invalid Input", f"{mine}Before must be at least two minutes before the request.")
    latest = before or now - LAG
    if after > latest:
        raise invalid_input(
            "Invalid Input", f"{mine}After must not be after {mine}Before, nor within two minutes of now."
        )
    return by_creation, after, latest


def _time(given: dict[str, list[str]], name: str) -> datetime:
    text = _single(given, name) or ""
    try:
        return clock.read(text)
    except ValueError as error:
        raise invalid_input("Invalid Input", "Invalid Input") from error


def _marketplaces(ids: list[str], seller: Seller) -> frozenset[str]:
    if len(ids) > MOST_MARKETPLACES:
        raise invalid_input("Invalid Input", f"marketplaceIds has more than {MOST_MARKETPLACES} values.")
    own = frozenset(marketplace.id for marketplace in seller.marketplaces)
    for place in ids:
        if place in FOUND_UNDER:
            raise unauthorized("")
        if place not in BY_ID or BY_ID[place].region is not seller.region:
            raise invalid_input("Invalid Input", f"marketplaceIds has values that are not of this region: {place}")
    if not own.issuperset(ids):
        raise unauthorized("")
    return frozenset(ids) or own
