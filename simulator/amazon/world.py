"""The simulated world: sellers, their orders as Amazon knows them, tokens, quotas and faults."""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.amazon import clock, life
from simulator.amazon.feed_store import Feeds
from simulator.amazon.generator import draw
from simulator.amazon.outbound import Outbound
from simulator.amazon.pages import Pages
from simulator.amazon.progress import Raw, copied
from simulator.amazon.quotas import Quotas
from simulator.amazon.sellers import ROLES, Seller
from simulator.amazon.stored import Stored, read_stored
from simulator.amazon.tokens import Tokens
from simulator.faults import FaultRegistry

CLIENT_ID = "amzn1.application-oa2-client.simulated"
CLIENT_SECRET = "amzn1.oa2-cs.v1.simulated"  # noqa: S105  the simulator's public default, protects nothing

# Faults of the connection, of any API call, of single operations (which act them out), of the token endpoint.
WIRE_FAULTS = frozenset({"reset_before", "reset_after", "slow", "truncated_json", "html_200", "status_503_html"})
API_FAULTS = WIRE_FAULTS | {
    "status_500", "status_500_after", "slow_after", "status_429", "empty_429", "empty_503", "expired_token",
    "forbidden",
}  # fmt: skip
OPERATION_FAULTS = frozenset({"duplicate_page", "old_version", "expired_page_token"})
LWA_FAULTS = WIRE_FAULTS | {"lwa_500", "invalid_grant"}


class UnknownSeller(LookupError):
    """No seller of that id is in this world."""


class UnknownOrder(LookupError):
    """The seller has no order of that id."""


class World:
    """One simulated Amazon. Thread-safe; everything generated follows from `seed`, the sellers and `start`.

    `page_size`: no page of a search holds more orders, whatever is asked for.
    """

    def __init__(
        self,
        sellers: Iterable[Seller],
        *,
        seed: int = 7,
        speed: float = 1.0,
        feed_seconds: float = 1.0,
        page_size: int = 100,
        start: datetime | None = None,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
    ) -> None:
        self.seed = seed
        self.start = start or clock.now()
        self.sellers = {seller.seller_id: seller for seller in sellers}
        self.tokens = Tokens(self.sellers.values(), client_id=client_id, client_secret=client_secret)
        self.quotas = Quotas(speed=speed)
        self.faults = FaultRegistry(API_FAULTS | OPERATION_FAULTS | LWA_FAULTS, seed=seed)
        self.pages = Pages()
        self.page_size = page_size
        self.outbound = Outbound()
        self.feeds = Feeds(seconds=feed_seconds)
        self._unknown_parameters: Counter[str] = Counter()
        self._token_requests: Counter[str] = Counter()
        self._orders: dict[str, dict[str, Stored]] = {}
        self._oddities: dict[str, dict[str, tuple[str, ...]]] = {}
        self._drawn: dict[str, int] = {}
        self._steps = 0
        self._lock = threading.RLock()
        for seller in self.sellers.values():
            self._orders[seller.seller_id] = {}
            self._oddities[seller.seller_id] = {}
            self._drawn[seller.seller_id] = 0
            self._draw(seller, seller.orders, at=self.start, fresh=False)

    def orders(self, seller_id: str) -> list[Stored]:
        """All orders of a seller, in the order they came to be. Raises UnknownSeller."""
        with self._lock:
            return list(self._of(seller_id).values())

    def oddities(self, seller_id: str) -> dict[str, tuple[str, ...]]:
        """Names of the oddities of a seller's odd orders, by order id. Raises UnknownSeller."""
        with self._lock:
            self._of(seller_id)
            return dict(self._oddities[seller_id])

    def order(self, seller_id: str, order_id: str) -> Stored | None:
        """One order of a seller, or None. Raises UnknownSeller."""
        with self._lock:
            return self._of(seller_id).get(order_id)

    def put(self, seller_id: str, raw: Any) -> Stored:
        """Put in or replace one raw order, as it is. Raises UnknownSeller, BadOrder."""
        stored = read_stored(copy.deepcopy(raw))
        with self._lock:
            orders = self._of(seller_id)
            known = orders.get(stored.raw["orderId"])
            orders[stored.raw["orderId"]] = stored = replace(stored, before=known.raw if known else None)
        return stored

    def has_order(self, order_id: str) -> bool:
        """Whether any seller has this order."""
        with self._lock:
            return any(order_id in orders for orders in self._orders.values())

    def change(self, seller_id: str, order_id: str, change: Callable[[Raw], bool]) -> None:
        """Let `change` work on a copy of an order; a new version if it says True. Raises UnknownOrder, UnknownSeller.

        Whatever `change` raises goes on, and nothing has changed then. Times are those of `advance`.
        """
        with self._lock:
            known = self._of(seller_id).get(order_id)
            if known is None:
                raise UnknownOrder(order_id)
            raw, at = copied(known.raw), _next_time(known)
            if change(raw):
                self._renew(seller_id, raw, known, at)

    def advance(self, *, steps: int = 1, new_orders: int = 0) -> tuple[list[str], list[str]]:
        """Let life go on: (ids of changed orders, ids of new ones), `new_orders` for every seller.

        Deterministic by seed and number of steps so far. Changes carry the real clock, three minutes back, so that a
        search whose upper bound is two minutes back finds them at once; an order's time always grows.
        """
        changed: list[str] = []
        with self._lock:
            for _ in range(steps):
                self._steps += 1
                for seller_id in sorted(self._orders):
                    changed += self._live(seller_id)
            created = [
                order_id
                for seller_id in sorted(self._orders)
                for order_id in self._draw(self.sellers[seller_id], new_orders, at=clock.now(), fresh=True)
            ]
        return list(dict.fromkeys(changed)), created

    def set_roles(self, seller_id: str, roles: Iterable[str]) -> None:
        """Change what a seller's authorisation covers. Raises UnknownSeller, ValueError for an unknown role."""
        wanted = frozenset(roles)
        if wanted - ROLES:
            raise ValueError(f"unknown roles {sorted(wanted - ROLES)}")
        with self._lock:
            self._of(seller_id)
            self.sellers[seller_id] = replace(self.sellers[seller_id], roles=wanted)

    def count_unknown_parameters(self, names: Iterable[str]) -> None:
        """Note query parameters that an operation does not have; Amazon ignores them, a client should not send them."""
        with self._lock:
            self._unknown_parameters.update(names)

    def count_token_request(self, seller_id: str) -> None:
        """Note a request to the token endpoint, "" when no seller is known from it."""
        with self._lock:
            self._token_requests[seller_id] += 1

    def stats(self) -> dict[str, Any]:
        """Everything counted so far, as JSON."""
        with self._lock:
            return {
                "orders": {seller_id: len(orders) for seller_id, orders in self._orders.items()},
                "calls": self.quotas.counted(),
                "token_requests": dict(self._token_requests),
                "tokens_issued": self.tokens.issued,
                "unknown_parameters": dict(self._unknown_parameters),
                "faults": {"waiting": len(self.faults.waiting()), "taken": self.faults.taken()},
                "steps": self._steps,
                "outbound": self.outbound.counted(),
                "feeds": self.feeds.counted(),
            }

    def _of(self, seller_id: str) -> dict[str, Stored]:
        if seller_id not in self._orders:
            raise UnknownSeller(seller_id)
        return self._orders[seller_id]

    def _draw(self, seller: Seller, number: int, *, at: datetime, fresh: bool) -> list[str]:
        first = self._drawn[seller.seller_id]
        self._drawn[seller.seller_id] += number
        drawn = [draw(seller, place, seed=self.seed, start=at, fresh=fresh) for place in range(first, first + number)]
        for one in drawn:
            self._orders[seller.seller_id][one.raw["orderId"]] = read_stored(one.raw)
            if one.oddities:
                self._oddities[seller.seller_id][one.raw["orderId"]] = one.oddities
        return [one.raw["orderId"] for one in drawn]

    def _live(self, seller_id: str) -> list[str]:
        orders = self._orders[seller_id]
        changed = []
        for order_id in sorted(orders):
            known = orders[order_id]
            if life.is_settled(known.raw):
                continue
            raw, at = copied(known.raw), _next_time(known)
            if life.step(raw, at=at, seed=f"{self.seed}:{self._steps}:{order_id}"):
                self._renew(seller_id, raw, known, at)
                changed.append(order_id)
        return changed

    def _renew(self, seller_id: str, raw: Raw, known: Stored, at: datetime) -> None:
        raw["lastUpdatedTime"] = clock.stamp(at)
        self._orders[seller_id][raw["orderId"]] = read_stored(raw, before=known.raw)


def _next_time(known: Stored) -> datetime:
    """When a change that happens now is dated: see `World.advance`."""
    return max(clock.now() - clock.MARGIN, known.updated + life.TICK)
