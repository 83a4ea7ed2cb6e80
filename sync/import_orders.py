"""Orders into Odoo: gather facts, decide (pure), apply. Many at once, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clients.odoo.changes import cancel_orders, change_orders, update_orders
from clients.odoo.currencies import activate_currencies
from clients.odoo.facts import order_facts
from clients.odoo.issues import DISMISSED, DONE, RETRY, Issue, set_state, unfinished, write_issues
from clients.odoo.late_changes import clear_late_changes, tell_late_changes
from clients.odoo.orders import create_orders
from domain.account import Account
from domain.errors import AccountBroken, NeedsHuman, RetryLater, SyncError
from domain.odoo import CancelOrder, CreateOrder, Plan, Skip, Unchanged, UpdateOrder, UpdateStatus
from domain.odoo_facts import AccountFacts
from domain.order import Order, OrderRef
from domain.outcome import Outcome, OutcomeKind
from domain.parked import CHANGED_IN_ODOO, UNKNOWN_CURRENCY
from mappers.sale_order import currency_of, plan
from state.lanes import Landed, Lanes
from state.locks import Locks
from sync.database import Database
from sync.read_order import OrderSource

_BUSY_SECONDS = 2.0


@dataclass(slots=True)
class _Work:
    """One order on its way; `end` is its outcome, or the error that is its task's business."""

    ref: OrderRef
    account: Account
    order: Order | None = None
    plan: Plan | None = None
    end: Outcome | SyncError | None = None
    needs: NeedsHuman | None = None
    sale_order: int | None = None
    known: Issue | None = None
    is_doubted: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.ref.account, self.ref.order_id

    @property
    def tried_again(self) -> datetime | None:
        """Version of the item about the sale order that somebody wants to be tried again.

        If that landed, the sale order is to be made Amazon's again. So it is for all codes: what hindered a way back,
        such as a lock, is parked under its own.
        """
        wanted = self.known is not None and self.known.state == RETRY and self.known.sale_order
        return self.known.version if self.known is not None and wanted else None

    @property
    def is_healed(self) -> bool:
        """Whether the parked item is over; that of a sale order changed in Odoo is not as long as nothing was done."""
        if self.needs is not None or self.known is None:
            return False
        untouched = self.end == Outcome(OutcomeKind.UNCHANGED) and self.known.state != RETRY
        if self.known.code == CHANGED_IN_ODOO and untouched:
            return False
        return self.order is None or not _is_older(self.order, self.known)


@dataclass(frozen=True, slots=True)
class OrderImport:
    """Imports orders of any accounts into one database."""

    database: Database
    accounts: Mapping[str, Account]
    source: OrderSource
    lanes: Lanes
    locks: Locks
    clock: Callable[[], datetime]

    def __call__(self, refs: Sequence[OrderRef]) -> list[Outcome | SyncError]:
        """Import the orders `refs` stand for; return, for each, its outcome or the error its task must deal with.

        What only a person can solve is parked in Odoo and is an outcome. Raises what concerns all of them
        (DatabaseBroken, Unavailable, RetryLater, OutcomeUnknown): a repeat is safe and finishes what is missing.
        """
        works = [_Work(ref, self.accounts[ref.account]) for ref in refs]
        with self.locks.several([f"order:{ref.account}:{ref.order_id}" for ref in refs]) as got:
            mine: list[_Work] = []
            for work in works:
                if f"order:{work.ref.account}:{work.ref.order_id}" in got and work.key not in {w.key for w in mine}:
                    mine.append(work)
                else:
                    work.end = RetryLater("another task has this order", after=_BUSY_SECONDS, counted=False)
            self._read(mine)
            parked = unfinished(self.database.odoo, [work.key for work in mine])
            for work in mine:
                work.known = parked.get(work.key)
            if parked:
                self.database.doubt()  # what hindered them may have been mended
            self._pass_over([work for work in mine if work.order is not None])
            self._decide([work for work in mine if work.order is not None and work.end is None])
            self._apply([work for work in mine if work.plan is not None and work.end is None])
            self._close(mine)
        return [work.end or RetryLater("not reached") for work in works]

    def _read(self, works: Sequence[_Work]) -> None:
        for account in {work.ref.account for work in works}:
            self.lanes.attempted(account, *(work.ref.order_id for work in works if work.ref.account == account))
        for work, found in zip(works, self.source.read_all([work.ref for work in works]), strict=True):
            if isinstance(found, Order):
                work.order = found
            elif isinstance(found, NeedsHuman):
                work.needs = found
            else:
                work.end = found

    def _pass_over(self, works: Sequence[_Work]) -> None:
        """Leave orders alone of which a newer version waits for a person: this one has come late."""
        for work in works:
            if work.order is not None and _is_older(work.order, work.known):
                work.end = Outcome(OutcomeKind.UNCHANGED)

    def _decide(self, works: Sequence[_Work]) -> None:
        self._plan(works)
        again = self._with_new_currencies(works)
        if again:
            self.database.renew()
            self._plan(again)

    def _with_new_currencies(self, works: Sequence[_Work]) -> list[_Work]:
        """Make currencies usable that accounts may activate; return the orders that waited for one of them."""
        lacking: list[tuple[_Work, str]] = []
        for work in works:
            marketplace = work.account.marketplace(work.order.marketplace_id) if work.order else None
            unknown = work.needs is not None and work.needs.code == UNKNOWN_CURRENCY
            if unknown and marketplace and work.order and work.account.policy.activate_currencies:
                lacking.append((work, currency_of(marketplace, work.order)))
        if lacking:
            hindrances = activate_currencies(self.database.odoo, {code for _, code in lacking})
            for work, code in lacking:
                work.needs = hindrances[code]
        return [work for work, _ in lacking if work.needs is None]

    def _plan(self, works: Sequence[_Work]) -> None:
        about: dict[str, AccountFacts] = {}
        for work in works:
            try:
                about[work.account.key] = self.database.account_facts(work.account)
            except AccountBroken as broken:
                work.end = broken
        ready = [work for work in works if work.end is None]
        orders = [(work.account, work.order) for work in ready if work.order is not None]
        doubted = {work.key: version for work in ready if (version := work.tried_again) is not None}
        facts = order_facts(self.database.odoo, orders, about, self.database.reference(), doubted)
        for work, (account, order), known in zip(ready, orders, facts, strict=True):
            work.is_doubted = known.existing is not None and known.existing.doubted
            try:
                work.plan = plan(account, order, known)
            except NeedsHuman as needs:
                work.needs = needs
                work.sale_order = known.existing.odoo_id if known.existing else None

    def _apply(self, works: Sequence[_Work]) -> None:
        odoo = self.database.odoo
        rounding = self.database.reference().defaults.rounding
        creates = [(work, work.plan) for work in works if isinstance(work.plan, CreateOrder)]
        updates = [(work, work.plan) for work in works if isinstance(work.plan, UpdateStatus)]
        changes = [(work, work.plan) for work in works if isinstance(work.plan, UpdateOrder)]
        cancels = [(work, work.plan) for work in works if isinstance(work.plan, CancelOrder)]
        self._ended(creates, OutcomeKind.IMPORTED, create_orders(odoo, [p for _, p in creates], rounding))
        self._ended(updates, OutcomeKind.UPDATED, update_orders(odoo, [p for _, p in updates]))
        self._ended(changes, OutcomeKind.UPDATED, change_orders(odoo, [p for _, p in changes], rounding))
        self._ended(cancels, OutcomeKind.CANCELLED, cancel_orders(odoo, [p for _, p in cancels]))
        for work in works:
            if isinstance(work.plan, Skip):
                work.end = Outcome(OutcomeKind.SKIPPED, work.plan.reason)
            elif isinstance(work.plan, Unchanged):
                work.end = Outcome(OutcomeKind.UNCHANGED)

    def _ended(
        self,
        works: Sequence[tuple[_Work, CreateOrder | UpdateStatus | UpdateOrder | CancelOrder]],
        kind: OutcomeKind,
        results: Sequence[int | NeedsHuman],
    ) -> None:
        for (work, command), result in zip(works, results, strict=True):
            if isinstance(result, NeedsHuman):
                work.needs = result
                work.sale_order = command.existing.odoo_id if command.existing else result.record
            else:
                work.end = Outcome(kind)

    def _close(self, works: Sequence[_Work]) -> None:
        """Park what needs a person, close the parked items of orders that healed, and let the cursor pass both."""
        final = [work for work in works if work.needs is not None or isinstance(work.end, Outcome)]
        odoo = self.database.odoo
        found = [(work, issue) for work in final if (issue := self._issue(work, work.known))]
        # Before it is parked: a repeat after an error finds it not told yet. What was changed in Odoo is no news there.
        tell_late_changes(odoo, [(issue, work.known) for work, issue in found if not work.is_doubted])
        write_issues(odoo, [issue for _, issue in found])
        healed = [work.known for work in final if work.known is not None and work.is_healed]
        clear_late_changes(odoo, healed)
        set_state(odoo, [issue.odoo_id for issue in healed], DONE)
        landed: list[Landed] = []
        for work in final:
            if work.needs is not None:
                work.end = Outcome(OutcomeKind.PARKED, work.needs.code)
            version = work.order.updated if work.order else work.ref.updated
            if version is None:
                self.lanes.rested(work.ref.account, work.ref.order_id)
            else:
                newest = max(version, work.ref.updated or version)
                landed.append(Landed(work.ref.account, work.account.groups(), work.ref.order_id, newest))
        self.lanes.all_landed(landed)
        # Last: whoever has to repeat this without its documents would ask Amazon for each order.
        self.source.forget(*(work.ref for work in final if work.needs is None))

    def _issue(self, work: _Work, known: Issue | None) -> Issue | None:
        """What to write about an order that needs a person: nothing if Odoo says so already, or it was dismissed."""
        if work.needs is None:
            return None
        version = work.order.updated if work.order else work.ref.updated
        version = version.replace(microsecond=0) if version else None
        marketplace = work.account.marketplace(work.order.marketplace_id) if work.order else None
        issue = Issue(
            account=work.ref.account,
            order_id=work.ref.order_id,
            code=work.needs.code,
            reason=work.needs.reason,
            remedy=work.needs.remedy,
            marketplace=marketplace.code if marketplace else "",
            version=version,
            since=known.since if known and known.since else self.clock(),
            attempts=known.attempts + 1 if known else 1,
            sale_order=work.sale_order,
        )
        dismissed = known is not None and known.state == DISMISSED and known.version == version
        return None if dismissed or (known is not None and known.same_finding(issue)) else issue


def _is_older(order: Order, parked: Issue | None) -> bool:
    """Whether a newer version of `order` is parked; Odoo keeps whole seconds."""
    return parked is not None and parked.version is not None and order.updated.replace(microsecond=0) < parked.version


def park(database: Database, ref: OrderRef, error: NeedsHuman, now: datetime) -> None:
    """Park one order for a reason found outside its import, such as attempts that are used up."""
    known = unfinished(database.odoo, [(ref.account, ref.order_id)]).get((ref.account, ref.order_id))
    issue = Issue(
        account=ref.account,
        order_id=ref.order_id,
        code=error.code,
        reason=error.reason,
        remedy=error.remedy,
        marketplace=known.marketplace if known else "",
        version=ref.updated or (known.version if known else None),
        since=known.since if known and known.since else now,
        attempts=known.attempts + 1 if known else 1,
        sale_order=known.sale_order if known else None,
    )
    write_issues(database.odoo, [issue])
