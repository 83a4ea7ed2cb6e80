"""Which packages are to be told to Amazon now: one look into Odoo, and a token of the quota for each that is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Final

from clients.odoo.pickings import (
    Found,
    accounts_of,
    changed_deliveries,
    waiting_deliveries,
    write_outcomes,
)
from clients.odoo.shipped import shipped_orders
from domain.account import Account
from domain.shipment import Delivery, DeliveryOutcome, PackageKey, ShippedOrder
from mappers.shipment import Package, packages
from mappers.shipment_status import DONE, ERROR, Change, claimed, outcome, unsettled
from mappers.told import Mark, Told
from state.limiter import Limiter
from state.locks import Locks
from state.outbox import Errand, Outbox
from sync.database import Database

OPERATION: Final = "confirmShipment"
# What tokens are reserved from before a task is sent. The task takes one of OPERATION's when it calls Amazon: a late
# one so wastes none, and what was reserved while Amazon's bucket was full, and gained nothing, is noticed.
AHEAD: Final = f"{OPERATION}:ahead"
# Tokens are reserved somewhat beyond the next look, so that the quota never lies idle between two.
AHEAD_SECONDS: Final = 10.0
# A package that no task has settled by then is taken up again: its message, or its worker, is gone.
HAND_SECONDS: Final = 90.0
# What one account can use of its quota until the next look, and some.
_PER_ACCOUNT: Final = 40
# Read from Odoo together. Few, as reading stops for an account whose tokens are used up.
_AT_ONCE: Final = 100
# Without memory of earlier looks: how far back corrections are looked for.
_FIRST_LOOK: Final = timedelta(days=3)
# Odoo's time of change is its transaction's beginning: it may show up later than others with a younger one.
_OVERLAP: Final = timedelta(minutes=1)
# What was written so recently may be written once more within the same second.
_SETTLED_AFTER: Final = timedelta(seconds=10)
_VERSION: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package that is to be told now. `wait`: seconds until its token is ours."""

    key: PackageKey
    wait: float


@dataclass(slots=True)
class Look:
    """What a look brought: packages sent, deliveries waiting by account, and accounts with need of a feed."""

    sent: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    feeding: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class FindShipments:
    """Looks into one database."""

    database: Database
    accounts: Mapping[str, Account]
    outbox: Outbox
    limiter: Limiter
    locks: Locks
    clock: Callable[[], datetime]

    def __call__(self, keys: Sequence[str], send: Callable[[Parcel], None]) -> Look:
        """Claim what can be told for the accounts `keys` now, and `send` it: the first while the rest is being claimed.

        What lacks something is marked so in Odoo at once. One look at a time, a second one finds nothing. Raises what
        the client raises; what was claimed by then is looked up at Amazon before it is told.
        """
        with self.locks.several([f"find:{self.database.key}"] if keys else []) as got:
            return self._look(keys, send) if got else Look()

    def _look(self, keys: Sequence[str], send: Callable[[Parcel], None]) -> Look:
        look = Look()
        odoo = self.database.odoo
        waiting = waiting_deliveries(odoo, keys)
        changed = self._changed(keys)
        owners = accounts_of(odoo, [found.sale_order for found in (*waiting, *changed)])
        chosen = self._chosen(waiting, owners, look)
        corrected, everything = self._corrected(changed)
        full: set[str] = set()
        for part in _parts((*chosen, *corrected)):
            ids = [found.odoo_id for found in part if owners[found.sale_order] not in full]
            for parcel in self._settle(shipped_orders(odoo, ids), full):
                send(parcel)
                look.sent += 1
        # Without a token a correction was not sent: it is found again.
        looked = [found for found in corrected if owners[found.sale_order] not in full]
        self._looked(looked, changed, everything=everything and looked == corrected)
        return look

    def _corrected(self, changed: Sequence[Found]) -> tuple[list[Found], bool]:
        """Those of `changed` that were not looked at since, and whether that is all of them.

        What was written just now was mostly written by us, so it is looked at once it is not new any more; what waits
        for a person is looked at at once.
        """
        settled = self._settled()
        old = [found for found in changed if found.version < settled or found.refused]
        fresh = set(self.outbox.unseen(self.database.key, {found.odoo_id: found.version for found in old}))
        corrected = [found for found in old if found.odoo_id in fresh][: _AT_ONCE * 4]
        return corrected, len(corrected) == len(fresh)

    def _settled(self) -> str:
        return (self.clock() - _SETTLED_AFTER).strftime(_VERSION)

    def _chosen(self, waiting: Sequence[Found], owners: Mapping[int, str], look: Look) -> list[Found]:
        """The first of each account that no task has in hand, as many as its quota could take, by turns.

        An account with very many gets a feed for them; what is begun already goes on as it was begun.
        """
        by_account: dict[str, list[Found]] = defaultdict(list)
        for found in waiting:
            account = owners[found.sale_order]
            if found.in_feed:
                look.feeding.add(account)
            else:
                by_account[account].append(found)
        chosen: list[tuple[int, Found]] = []
        for account, some in by_account.items():
            look.waiting[account] = len(some)
            crowded = sum(not one.begun for one in some) > self.accounts[account].policy.feed_above
            if crowded:
                look.feeding.add(account)
            names = {delivery_name(account, one.odoo_id): one for one in some if one.begun or not crowded}
            free = self.outbox.free(list(names))[:_PER_ACCOUNT]
            chosen += [(place, names[name]) for place, name in enumerate(free)]
        return [found for _, found in sorted(chosen, key=itemgetter(0))]

    def _changed(self, keys: Sequence[str]) -> list[Found]:
        since = self.outbox.since(self.database.key) or self.clock() - _FIRST_LOOK
        return changed_deliveries(self.database.odoo, keys, since)

    def _looked(self, looked: Sequence[Found], changed: Sequence[Found], *, everything: bool) -> None:
        """Remember what was looked at. A change within the same second may follow what was looked at early."""
        settled = self._settled()
        self.outbox.saw(
            self.database.key, [(found.odoo_id, found.version) for found in looked if found.version < settled]
        )
        if changed and everything:
            last = max(found.version for found in changed)
            until = datetime.strptime(last, _VERSION).replace(tzinfo=UTC) - _OVERLAP
            self.outbox.set_since(self.database.key, until)

    def _settle(self, orders: Mapping[int, ShippedOrder], full: set[str]) -> list[Parcel]:
        """Claim, mark as lacking something, or as having nothing to tell; write it all, then hand out the errands."""
        outcomes: list[DeliveryOutcome] = []
        errands: list[tuple[PackageKey, Errand]] = []
        held: list[str] = []
        for delivery_id, order in orders.items():
            delivery = next(one for one in order.deliveries if one.odoo_id == delivery_id)
            made = packages(self.accounts[order.account], order)
            changes, sent = self._decide(order, delivery, made, full)
            after = outcome(order.account, delivery, made, changes)
            finished = delivery.status not in {DONE, ERROR} and after.status in {DONE, ERROR}
            if changes or finished:
                outcomes.append(after)
            errands += sent
            if sent and len(sent) == len(unsettled(delivery, made)):
                held.append(delivery_name(order.account, delivery_id))
        write_outcomes(self.database.odoo, outcomes)
        for name in held:
            self.outbox.keep(name, HAND_SECONDS)
        return [self._hand_out(key, errand) for key, errand in errands]

    def _decide(
        self, order: ShippedOrder, delivery: Delivery, made: Sequence[Package], full: set[str]
    ) -> tuple[dict[str, Change], list[tuple[PackageKey, Errand]]]:
        changes: dict[str, Change] = {}
        errands: list[tuple[PackageKey, Errand]] = []
        todo = unsettled(delivery, made)
        if delivery.status == DONE and not delivery.key:  # somebody set it by hand: they know better
            return changes, errands
        for package in todo:
            key = PackageKey(
                account=order.account, order_id=order.order_id, delivery=delivery.odoo_id, package=package.odoo_id
            )
            if package.missing is not None:
                text = f"{package.missing.reason}. {package.missing.remedy}"
                changes[package.ref] = Change(Told(Mark.REFUSED, package.digest), text)
            elif order.account not in full and self.outbox.free([package_name(key)]):
                reservation = self.limiter.reserve(order.account, AHEAD, max_wait=AHEAD_SECONDS)
                if not reservation.granted:
                    full.add(order.account)
                    continue
                at = self.clock() + timedelta(seconds=reservation.wait)
                unsure = claimed(delivery, package) and not self.outbox.untold(package_name(key))
                errands.append((key, Errand(token_at=at, look=unsure)))
                changes[package.ref] = Change(Told(Mark.CLAIMED, package.digest))
        return changes, errands

    def _hand_out(self, key: PackageKey, errand: Errand) -> Parcel:
        wait = max(0.0, (errand.token_at - self.clock()).total_seconds())
        self.outbox.take(package_name(key), errand, wait + HAND_SECONDS)
        return Parcel(key, wait)


def package_name(key: PackageKey) -> str:
    """Name of a package in the outbox."""
    return f"{key.account}:{key.delivery}:{key.package}"


def delivery_name(account: str, delivery: int) -> str:
    """Name of a whole delivery in the outbox."""
    return f"{account}:{delivery}"


def _parts(found: Sequence[Found]) -> Iterator[Sequence[Found]]:
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]
