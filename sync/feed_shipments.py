"""Very many packages of one account at once: by feed, whose report is read line by line.

A package in a feed is marked so with its delivery in Odoo, before the feed is created and again with the feed's id. So
whatever is lost, the next step knows what to ask Amazon for; and nobody else tells a package that is in a feed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clients.odoo.pickings import feed_deliveries, post_note, waiting_deliveries, write_outcomes
from clients.odoo.shipped import shipped_orders
from domain.account import Account
from domain.errors import OutcomeUnknown, SyncError
from domain.shipment import Delivery, PackageKey, ShippedOrder
from mappers.feeds import FULFILMENT, fits_feed, fulfilment_feed
from mappers.shipment import Package, packages, shipment
from mappers.shipment_status import Change, outcome, own, unsettled
from mappers.told import Mark, Told, read
from state.locks import Locks
from state.outbox import Outbox
from sync.database import Database
from sync.feeds import Feeds, Verdict, moment_of, unnamed
from sync.find_shipments import package_name

_LARGEST: Final = 2000
_AT_ONCE: Final = 200
_REMEDY: Final = "Correct the delivery and it is told again by itself, or tell Amazon again from its Action menu."


@dataclass(frozen=True, slots=True)
class _Entry:
    """A package of a feed, at home in its delivery."""

    order: ShippedOrder
    delivery: Delivery
    made: tuple[Package, ...]
    package: Package
    told: Told


@dataclass(frozen=True, slots=True)
class FeedShipments:
    """Feeds of one database's accounts."""

    database: Database
    accounts: Mapping[str, Account]
    feeds: Feeds
    outbox: Outbox
    locks: Locks
    clock: Callable[[], datetime]

    def __call__(self, key: str) -> str:
        """Do the next step of the account's feed: read what became of one, or send one. Returns it in words.

        Raises what the clients raise; a repeat goes on where this one ended.
        """
        with self.locks.several([f"feed:{key}"]) as got:
            if not got:
                return "another task has this account's feed"
            account = self.accounts[key]
            entries = self._in_feeds(account)
            if entries:
                return self._follow(account, entries)
            return self._send(account)

    # ------------------------------------------------------------ what became of a feed
    def _follow(self, account: Account, entries: Sequence[_Entry]) -> str:
        ids = sorted({entry.told.feed for entry in entries})
        done = 0
        for feed in ids:
            mine = [entry for entry in entries if entry.told.feed == feed]
            created = moment_of(feed)
            if created is not None:
                return self._recover(account, mine, created, known=ids)
            verdicts = self.feeds.verdicts(account, feed, [entry.told.message for entry in mine])
            if verdicts is not None:
                self._close(mine, feed, verdicts)
                done += len(mine)
        return f"{done} packages of {len(entries)} answered"

    def _recover(self, account: Account, entries: Sequence[_Entry], created: datetime, known: Sequence[str]) -> str:
        """The answer to createFeed never came: find the feed, or let the packages be told otherwise."""
        feed = self.feeds.lost(account, FULFILMENT, created, known)
        changed = {
            id(entry): Told(Mark.IN_FEED, entry.told.digest, feed, entry.told.message)
            if feed
            else Told(Mark.CLAIMED, entry.told.digest)
            for entry in entries
        }
        self._write([(entry, Change(changed[id(entry)])) for entry in entries])
        return f"feed {feed} found again" if feed else "the feed was never created"

    def _close(self, entries: Sequence[_Entry], feed: str, verdicts: Mapping[int, Verdict]) -> None:
        """Each message speaks for its own package only."""
        changes = []
        for entry in entries:
            verdict = verdicts[entry.told.message]
            if verdict.accepted:
                change = Change(Told(Mark.TOLD, entry.told.digest), entry.package.note)
            elif verdict.unsure:
                change = Change(Told(Mark.CLAIMED, entry.told.digest))
            else:
                text = f"Amazon refuses it in feed {feed}: {verdict.words}. {_REMEDY}"
                change = Change(Told(Mark.REFUSED, entry.told.digest), text)
            changes.append((entry, change))
        self._write(changes)
        for entry, change in changes:
            if change.told.mark is Mark.REFUSED:
                text = f"Amazon was not told of this delivery: {change.text}"
                post_note(self.database.odoo, entry.delivery.odoo_id, text)

    # ------------------------------------------------------------ a new feed
    def _send(self, account: Account) -> str:
        fresh = self._fresh(account)
        if not fresh:
            return "nothing to send"
        content = fulfilment_feed(account.seller_id, [shipment(account, entry.order, entry.package) for entry in fresh])
        document = self.feeds.prepare(account, content)
        self._name(fresh, unnamed(self.clock()))
        try:
            feed = self.feeds.create(account, FULFILMENT, document)
        except OutcomeUnknown:
            raise
        except SyncError:  # Amazon said no: the packages are free again
            self._write([(entry, None) for entry in fresh])
            raise
        self._name(fresh, feed)
        return f"{len(fresh)} packages in feed {feed}"

    def _name(self, entries: Sequence[_Entry], feed: str) -> None:
        self._write(
            [(entry, Change(Told(Mark.IN_FEED, entry.told.digest, feed, entry.told.message))) for entry in entries]
        )

    def _fresh(self, account: Account) -> list[_Entry]:
        """Packages that nobody has begun to tell, numbered as messages; those that lack something are marked so.

        What no feed can tell stays, and is told one by one when fewer wait.
        """
        entries: list[_Entry] = []
        lacking: list[tuple[_Entry, Change | None]] = []
        waiting = [found.odoo_id for found in waiting_deliveries(self.database.odoo, [account.key])][:_LARGEST]
        for order, delivery, made in self._deliveries(account, waiting):
            told = read(delivery.key)
            for package in unsettled(delivery, made):
                known = told.get(package.ref)
                key = PackageKey(
                    account=account.key, order_id=order.order_id, delivery=delivery.odoo_id, package=package.odoo_id
                )
                begun = known is not None and known.mark is Mark.CLAIMED
                if package.missing is not None:
                    refused = Told(Mark.REFUSED, package.digest)
                    text = f"{package.missing.reason}. {package.missing.remedy}"
                    lacking.append((_Entry(order, delivery, made, package, refused), Change(refused, text)))
                elif not begun and fits_feed(package.items) and self.outbox.free([package_name(key)]):
                    mark = Told(Mark.IN_FEED, package.digest, "", len(entries) + 1)
                    entries.append(_Entry(order, delivery, made, package, mark))
        self._write(lacking)
        return entries

    def _in_feeds(self, account: Account) -> list[_Entry]:
        ids = [found.odoo_id for found in feed_deliveries(self.database.odoo, account.key)]
        entries = []
        for order, delivery, made in self._deliveries(account, ids):
            told = read(delivery.key)
            for package in own(delivery, made):
                known = told.get(package.ref)
                if known is not None and known.mark is Mark.IN_FEED:
                    entries.append(_Entry(order, delivery, made, package, known))
        return entries

    def _deliveries(
        self, account: Account, ids: Sequence[int]
    ) -> list[tuple[ShippedOrder, Delivery, tuple[Package, ...]]]:
        found = []
        for start in range(0, len(ids), _AT_ONCE):
            for delivery_id, order in shipped_orders(self.database.odoo, ids[start : start + _AT_ONCE]).items():
                delivery = next(one for one in order.deliveries if one.odoo_id == delivery_id)
                found.append((order, delivery, packages(account, order)))
        return found

    def _write(self, changes: Sequence[tuple[_Entry, Change | None]]) -> None:
        """Write the changes with their deliveries, a delivery's together; None: as it was before."""
        by_delivery: dict[int, list[tuple[_Entry, Change]]] = {}
        outcomes = []
        for entry, change in changes:
            some = by_delivery.setdefault(entry.delivery.odoo_id, [])
            if change is not None:
                some.append((entry, change))
        homes = {entry.delivery.odoo_id: entry for entry, _ in changes}
        for delivery_id, some in by_delivery.items():
            home = homes[delivery_id]
            by_ref = {entry.package.ref: change for entry, change in some}
            outcomes.append(outcome(home.order.account, home.delivery, home.made, by_ref))
        for start in range(0, len(outcomes), _AT_ONCE):
            write_outcomes(self.database.odoo, outcomes[start : start + _AT_ONCE])
