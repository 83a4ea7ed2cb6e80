"""One package told to Amazon: what Odoo says of it now, a look at Amazon if it may know already, confirmShipment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from clients.amazon.client import AmazonClient
from clients.amazon.seller import Seller
from clients.amazon.shipments import Confirmed
from clients.odoo.pickings import post_note, read_status, write_outcomes
from clients.odoo.shipped import shipped_orders
from domain.account import Account
from domain.errors import NeedsHuman, RetryLater, Throttled
from domain.order import Order, OrderRef, OrderStatus
from domain.parked import SHIPMENT_REFUSED
from domain.shipment import Delivery, PackageKey, ShippedOrder
from mappers.shipment import Package, packages, shipment
from mappers.shipment_status import Change, ever_told, outcome
from mappers.told import Mark, Told, read
from state.limiter import Limiter
from state.locks import Locks
from state.outbox import Outbox
from sync.database import Database
from sync.find_shipments import AHEAD, OPERATION, delivery_name, package_name
from sync.group_commit import GroupCommit
from sync.pace import fixed
from sync.read_order import OrderSource

TOLD: Final = "told"
_BUSY_SECONDS: Final = 5.0
_ALREADY: Final = "Amazon answers that the order is fulfilled already; this package was neither added nor changed."
_SHIPPED_BEFORE: Final = "Amazon had the order as shipped before this package was told, so nothing was added there."
# Statuses, as of the last import, in which Amazon is asked before it is told.
_ASK_FIRST: Final = frozenset({OrderStatus.SHIPPED.upper(), OrderStatus.CANCELLED.upper()})
_GATHER_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a package, to be written with its delivery; `note`: for the chatter as well."""

    account: str
    delivery: Delivery
    made: tuple[Package, ...]
    ref: str
    change: Change
    note: bool = False


class ConfirmShipments:
    """Tells packages of one database's orders to Amazon. Thread-safe; reads and writes of many go together."""

    def __init__(
        self,
        database: Database,
        accounts: Mapping[str, Account],
        sellers: Mapping[str, Seller],
        amazon: AmazonClient,
        source: OrderSource,
        *,
        limiter: Limiter,
        outbox: Outbox,
        locks: Locks,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._sellers = sellers
        self._amazon = amazon
        self._source = source
        self._limiter = limiter
        self._outbox = outbox
        self._locks = locks
        self._clock = clock
        self._gather = GroupCommit(self._read, pace=fixed(_GATHER_SIZE, lanes=2), shared=(RetryLater,))
        self._write = GroupCommit(self._settle, pace=fixed(_GATHER_SIZE, lanes=1), shared=(RetryLater,))

    def __call__(self, key: PackageKey) -> str:
        """Tell one package; return in a word what became of it.

        Raises NeedsHuman when Amazon refuses it for good, AccountBroken, and RetryLater and its kinds for what passes;
        nothing is written then but by `refused`.
        """
        found = self._look_up(key)
        if isinstance(found, str):
            return found
        order, delivery, made, package = found
        known = read(delivery.key).get(package.ref)
        if known is not None and known.mark is not Mark.CLAIMED:
            if known.digest == package.digest:
                return "unchanged"
            if known.mark is Mark.IN_FEED:
                return "in a feed"
        if package.missing is not None:
            text = f"{package.missing.reason}. {package.missing.remedy}"
            self._end(order, delivery, made, package, Change(Told(Mark.REFUSED, package.digest), text))
            return f"incomplete: {package.missing.reason}"
        with self._locks.several([f"shipment:{package_name(key)}"]) as got:
            if not got:
                raise RetryLater("another task has this package", after=_BUSY_SECONDS, counted=False)
            text = self._tell(key, order, delivery, package)
            self._end(order, delivery, made, package, Change(Told(Mark.TOLD, package.digest), text))
        return TOLD

    def refused(self, key: PackageKey, error: NeedsHuman) -> None:
        """Write with the delivery why its package is not told; a note in its chatter the first time."""
        found = self._look_up(key)
        if isinstance(found, str):
            return
        order, delivery, made, package = found
        known = read(delivery.key).get(package.ref)
        news = known is None or (known.mark, known.digest) != (Mark.REFUSED, package.digest)
        change = Change(Told(Mark.REFUSED, package.digest), f"{error.reason}. {error.remedy}")
        self._end(order, delivery, made, package, change, note=news)

    def _look_up(self, key: PackageKey) -> tuple[ShippedOrder, Delivery, tuple[Package, ...], Package] | str:
        order = self._gather(key.delivery)
        if order is None or order.account != key.account:
            return self._gone(key, "the delivery is gone")
        delivery = next(one for one in order.deliveries if one.odoo_id == key.delivery)
        made = packages(self._accounts[key.account], order)
        own = (one for one in made if (one.delivery.odoo_id, one.odoo_id) == (key.delivery, key.package))
        package = next(own, None)
        return self._gone(key, "nothing to tell") if package is None else (order, delivery, made, package)

    def _gone(self, key: PackageKey, why: str) -> str:
        self._outbox.settled(package_name(key), delivery_name(key.account, key.delivery))
        return why

    def _tell(self, key: PackageKey, order: ShippedOrder, delivery: Delivery, package: Package) -> str:
        """Tell the package unless Amazon knows it; return what people should know, '' mostly."""
        errand = self._outbox.errand(package_name(key))
        unsure = errand.look if errand else not self._outbox.untold(package_name(key))
        if unsure or (order.status in _ASK_FIRST and not ever_told(delivery, package)):
            known = self._known(order, package)
            if known is not None:
                return known
        for bucket in (OPERATION,) if errand else (AHEAD, OPERATION):
            reservation = self._limiter.reserve(key.account, bucket)
            if not reservation.granted:
                raise Throttled(f"{OPERATION}'s quota is used up", after=reservation.wait)
        self._outbox.begin(package_name(key))
        try:
            told = self._amazon.confirm_shipment(
                self._sellers[key.account], shipment(self._accounts[key.account], order, package)
            )
        except Throttled as throttled:
            for bucket in (OPERATION, AHEAD):
                self._limiter.throttled(key.account, bucket, throttled.after or 1.0)
            raise
        return _ALREADY if told is Confirmed.ALREADY else package.note

    def _known(self, order: ShippedOrder, package: Package) -> str | None:
        """Ask Amazon for the order; return None if the package is still to be told, else what people should know.

        Raises NeedsHuman for an order that Amazon has cancelled.
        """
        ref = OrderRef(account=order.account, order_id=order.order_id)
        there = self._source.read(ref)
        self._source.forget(ref)
        if there.status is OrderStatus.CANCELLED:
            raise NeedsHuman(
                SHIPMENT_REFUSED,
                "Amazon has cancelled this order, but the goods have left",
                "Call the parcel back or take the goods back with a return; nothing is to be told to Amazon.",
            )
        if any(known.package_ref == package.ref for known in there.packages):
            return package.note if _same(there, package) else None
        return _SHIPPED_BEFORE if there.status is OrderStatus.SHIPPED else None

    def _end(
        self,
        order: ShippedOrder,
        delivery: Delivery,
        made: tuple[Package, ...],
        package: Package,
        change: Change,
        *,
        note: bool = False,
    ) -> None:
        self._write(Ended(order.account, delivery, made, package.ref, change, note))
        name = package_name(
            PackageKey(
                account=order.account, order_id=order.order_id, delivery=delivery.odoo_id, package=package.odoo_id
            )
        )
        self._outbox.settled(name, delivery_name(order.account, delivery.odoo_id))

    def _read(self, deliveries: Sequence[int]) -> list[ShippedOrder | None]:
        found = shipped_orders(self._database.odoo, list(dict.fromkeys(deliveries)))
        return [found.get(delivery) for delivery in deliveries]

    def _settle(self, ends: Sequence[Ended]) -> list[None]:
        """Write what became of packages, on top of what is written of their deliveries by now."""
        odoo = self._database.odoo
        now = read_status(odoo, [end.delivery.odoo_id for end in ends])
        outcomes = {}
        for end in ends:
            status, reason, key = now.get(end.delivery.odoo_id, ("", "", ""))
            delivery = replace(end.delivery, status=status, reason=reason, key=key)
            after = outcome(end.account, delivery, end.made, {end.ref: end.change})
            outcomes[after.delivery] = after
            now[after.delivery] = (after.status, after.reason, after.key)
        write_outcomes(odoo, list(outcomes.values()))
        for end in ends:
            if end.note:
                post_note(odoo, end.delivery.odoo_id, f"Amazon was not told of this delivery: {end.change.text}")
        return [None for _ in ends]


def _same(there: Order, package: Package) -> bool:
    """Whether Amazon knows the package as it is now."""
    known = next(one for one in there.packages if one.package_ref == package.ref)
    carrier = {package.carrier.code.casefold(), package.carrier.name.casefold()}
    return (
        known.tracking == package.tracking
        and known.carrier.casefold() in carrier
        and dict(known.items) == {item.item_id: item.quantity for item in package.items}
        and set(known.transparency_codes) == {code for item in package.items for code in item.transparency_codes}
    )
