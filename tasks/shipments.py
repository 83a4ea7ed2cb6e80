"""Tasks of the way Odoo -> Amazon: looking for packages that left, and telling one of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from celery import shared_task
from redis.exceptions import RedisError

from domain.errors import ForeignMessage, NeedsHuman, RetryLater
from domain.parked import ATTEMPTS_EXHAUSTED, UNEXPECTED
from domain.shipment import PackageKey
from sync.find_shipments import HAND_SECONDS, Parcel, delivery_name, package_name
from tasks.base import LONGEST_COUNTDOWN, MAX_ATTEMPTS, SyncTask, TickTask, tell, wait_before, word
from tasks.context import services
from tasks.queues import CONFIRM_SHIPMENT, FEED_SHIPMENTS, FIND_SHIPMENTS

log = logging.getLogger(__name__)

# Somebody with other settings has sent it: the account was removed, or is new.
NO_ACCOUNT: Final = "no such account here"

# A feed takes Amazon minutes: between two looks at one.
STEP_SECONDS: Final = 10.0
# Odoo's ids are PostgreSQL's integers.
_MOST: Final = 2**31


class PackageTask(SyncTask):
    """Base of tasks about one package: they are never sent again but found again, as Odoo says what is not told.

    Until it is due again the package is left alone; what only a person can solve is written with its delivery.
    """

    abstract = True

    def again(self, error: RetryLater, kwargs: Mapping[str, Any]) -> str:
        """Leave the package alone for a while; after the last counted attempt a person is asked."""
        key = package_key(kwargs)
        name = package_name(key)
        seconds = wait_before(1) if error.after is None else error.after
        with suppress(RedisError):  # found again all the same
            if error.counted:
                tries = services().outbox.failed(name)
                if tries >= MAX_ATTEMPTS:
                    self.exhausted(error, kwargs)
                    return f"gave up: {error.reason}"
                seconds = wait_before(tries) if error.after is None else error.after
            seconds = min(LONGEST_COUNTDOWN, seconds)
            services().outbox.keep(name, seconds)
            services().outbox.keep(delivery_name(key.account, key.delivery), seconds)
        tell(error, f"{self.name} again in {seconds:.1f} s")
        return f"later: {error.reason}"

    def parked(self, error: NeedsHuman, kwargs: Mapping[str, Any]) -> str:
        """Write with the delivery what only a person can solve."""
        return self._refused(error, kwargs) or f"refused: {error.code}"

    def exhausted(self, error: RetryLater, kwargs: Mapping[str, Any]) -> None:
        """Ask a person after the last attempt."""
        remedy = "Look at the reason; when its cause is gone, tell Amazon again from the delivery's Action menu."
        self._refused(NeedsHuman(ATTEMPTS_EXHAUSTED, f"{MAX_ATTEMPTS} attempts failed: {error.reason}", remedy), kwargs)

    def failed(self, error: Exception, kwargs: Mapping[str, Any]) -> None:
        """Write the defect's name with the delivery; its traceback is in the log and in Flower."""
        remedy = "Report it with the traceback in the worker's log. After an upgrade that mends it, tell Amazon again."
        self._refused(NeedsHuman(UNEXPECTED, f"unexpected {type(error).__name__}", remedy), kwargs)

    def _refused(self, error: NeedsHuman, kwargs: Mapping[str, Any]) -> str:
        """Return '' when it is written, else what kept it from being written."""
        key = package_key(kwargs)
        try:
            confirm = services().shipments[services().accounts[key.account].database]
            confirm.refused(key, error)
        except RetryLater as unreachable:
            unreachable.counted = False
            return self.again(unreachable, kwargs)
        log.warning("package of order %s: %s", key.order_id, error.code)
        return ""


def package_key(kwargs: Mapping[str, Any]) -> PackageKey:
    """Return the package a message is about. Raises ForeignMessage for one of another program."""
    numbers: dict[str, Any] = {name: kwargs.get(name) for name in ("delivery", "package")}
    if not all(isinstance(number, int) and 0 <= number < _MOST for number in numbers.values()):
        raise ForeignMessage("no delivery and package")
    return PackageKey(account=word(kwargs, "account"), order_id=word(kwargs, "order_id"), **numbers)


def package_kwargs(key: PackageKey) -> dict[str, str | int]:
    """Return the message of `key`: ids alone, the order first, as in order_kwargs."""
    return {"order_id": key.order_id, "account": key.account, "delivery": key.delivery, "package": key.package}


def feed_later(step: SyncTask, what: str, account: str) -> None:
    """Send the task that does the next step of an account's feeds, at most one in STEP_SECONDS."""
    there = services()
    if there.outbox.free([f"{what}:{account}"]):
        there.outbox.keep(f"{what}:{account}", STEP_SECONDS)
        step.apply_async(kwargs={"account": account}, expires=STEP_SECONDS * 3)


def send_parcel(parcel: Parcel) -> None:
    """Send the task that tells a package, for when its token is ours."""
    confirm_shipment.apply_async(
        kwargs=package_kwargs(parcel.key), countdown=parcel.wait, expires=parcel.wait + HAND_SECONDS
    )


@shared_task(base=TickTask, name=FIND_SHIPMENTS, time_limit=240)
def find_shipments() -> str:
    """Send a task for every package that left Odoo's warehouses and that Amazon's quota has a token for."""
    there = services()
    sent = waiting = 0
    for key, find in there.outgoing.items():
        ours = [
            account.key
            for account in there.accounts.values()
            if account.database == key and account.policy.confirm_shipments and not there.pauses.paused(account.key)
        ]
        try:
            look = find(ours, send_parcel)
        except RetryLater as away:  # one database that is away stops no other
            tell(away, f"{FIND_SHIPMENTS} of database {key}")
            continue
        for account in sorted(look.feeding):
            feed_later(feed_shipments, "feed", account)
        sent += look.sent
        waiting += sum(look.waiting.values())
    return f"{sent} packages sent, {waiting} deliveries wait"


@shared_task(base=PackageTask, name=CONFIRM_SHIPMENT, time_limit=240)
def confirm_shipment(**kwargs: Any) -> str:
    """Tell Amazon of one package. kwargs: account, order_id, delivery, package (Odoo's ids)."""
    key = package_key(kwargs)
    there = services()
    if key.account not in there.accounts:
        return NO_ACCOUNT
    paused = there.pauses.paused(key.account)
    if paused:
        raise RetryLater(f"account paused: {there.pauses.reason(key.account)}", after=paused + 1.0, counted=False)
    return there.shipments[there.accounts[key.account].database](key)


@shared_task(base=TickTask, name=FEED_SHIPMENTS, time_limit=300)
def feed_shipments(*, account: str) -> str:
    """Do the next step of the feed of an account that has very many packages waiting."""
    there = services()
    if word({"account": account}, "account") not in there.accounts:
        return NO_ACCOUNT
    return there.feeds[there.accounts[account].database](account)
