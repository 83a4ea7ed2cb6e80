"""The only place that retries, parks what cannot be retried any more, and knows Celery's exceptions."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import Any, Final

from celery import Task
from celery.exceptions import Ignore, Reject, Retry
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from clients.odoo.accounts import write_account
from domain.errors import AccountBroken, DatabaseBroken, ForeignMessage, NeedsHuman, RetryLater, SyncError
from domain.order import OrderRef
from domain.outcome import Outcome, OutcomeKind
from domain.parked import ATTEMPTS_EXHAUSTED, UNEXPECTED
from sync.import_orders import park
from tasks.context import services
from tasks.defect import without_message

log = logging.getLogger(__name__)

# Attempt -> seconds to wait before the next one, from that attempt on.
PATTERN: Final = {1: 5.0, 3: 30.0, 5: 120.0, 8: 600.0}
MAX_ATTEMPTS: Final = 10
_JITTER: Final = 0.2
# Accounts, groups and order ids: without blanks, and short.
_WORD: Final = re.compile(r"[!-~]{1,80}")
_REDIS_SECONDS: Final = 5.0
# What waits longer might as well be parked: nobody would see that its cause is gone.
LONGEST_COUNTDOWN: Final = 600.0


class SyncTask(Task[Any, Any]):
    """Base of all tasks: turns the errors of `domain.errors` into what they ask for.

    RetryLater: the same message again, counted or not; the last counted attempt ends in `exhausted`.
    AccountBroken: the account is paused, the message waits. Anything unexpected fails loudly, after `failed`.
    """

    abstract = True
    acks_late = True
    ignore_result = True
    store_errors_even_if_ignored = True
    max_retries = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task under the retry rule. Raises ForeignMessage for arguments that the task does not have."""
        try:
            signature(self.run).bind(*args, **kwargs)
        except TypeError as error:
            raise ForeignMessage(f"{self.name}: {error}") from None
        try:
            return self.run(*args, **kwargs)
        except (Retry, Ignore, Reject):
            raise
        except AccountBroken as broken:
            return self.broken(broken, kwargs)
        except RetryLater as error:
            return self.again(error, kwargs)
        except RedisError as error:
            return self.again(RetryLater(type(error).__name__, after=_REDIS_SECONDS, counted=False), kwargs)
        except NeedsHuman as needs:
            return self.parked(needs, kwargs)
        except SyncError:
            raise
        except Exception as error:  # noqa: BLE001 - it fails loudly below
            self.failed(error, kwargs)
            raise without_message(error) from None

    def again(self, error: RetryLater, kwargs: Mapping[str, Any]) -> Any:
        """Send this message again, later. Raises Celery's Retry; or `error` itself after the last counted attempt.

        What cannot be sent goes back to the broker, or is found there as of a dead worker: it is never acknowledged.
        """
        attempt = self.request.retries + 1
        if error.counted and attempt >= MAX_ATTEMPTS:
            self.exhausted(error, kwargs)
            raise error
        seconds = wait_before(attempt) if error.after is None else error.after
        seconds = min(LONGEST_COUNTDOWN, max(0.05, seconds * random.uniform(1, 1 + _JITTER)))  # noqa: S311 - jitter
        signature = self.signature_from_request(
            self.request, countdown=seconds, retries=self.request.retries + int(error.counted)
        )
        self.postponed(kwargs, seconds)
        try:
            signature.apply_async()
        except OperationalError as unsent:  # the broker is away or full: this one comes again instead
            raise Reject(type(unsent).__name__, requeue=True) from None
        self.waits(error, kwargs, seconds)
        tell(error, f"{self.name} again in {seconds:.1f} s")
        raise Retry(exc=error, when=services().clock() + timedelta(seconds=seconds))

    def broken(self, error: AccountBroken, kwargs: Mapping[str, Any]) -> Any:
        """Pause the account named in the message and let the message wait. Raises Celery's Retry."""
        pause_account(str(kwargs["account"]), error)
        wait = services().pauses.paused(str(kwargs["account"]))
        return self.again(RetryLater(f"account paused: {error.reason}", after=wait + 1.0, counted=False), kwargs)

    def parked(self, error: NeedsHuman, kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002 - for subclasses
        """Only a person can help; a task about nothing that could be parked fails loudly."""
        raise error

    def postponed(self, kwargs: Mapping[str, Any], seconds: float) -> None:
        """The message is about to be sent again, to be due in `seconds`."""

    def waits(self, error: RetryLater, kwargs: Mapping[str, Any], seconds: float) -> None:
        """The message comes again in `seconds`."""

    def exhausted(self, error: RetryLater, kwargs: Mapping[str, Any]) -> None:
        """All counted attempts are used up; what is lost by giving up is parked by the subclass."""

    def failed(self, error: Exception, kwargs: Mapping[str, Any]) -> None:
        """A defect of ours ended the task; what is lost by that is parked by the subclass."""


class TickTask(SyncTask):
    """Base of tasks that come again by themselves every few seconds: they are never sent again."""

    abstract = True

    def again(self, error: RetryLater, kwargs: Mapping[str, Any]) -> str:  # noqa: ARG002 - the next tick has the same
        """Say why nothing could be done this time; during an outage messages must not pile up."""
        tell(error, self.name)
        return f"later: {error.reason}"


class OrderTask(SyncTask):
    """Base of tasks about one order: whatever goes wrong in the end is parked, so nothing disappears."""

    abstract = True

    def postponed(self, kwargs: Mapping[str, Any], seconds: float) -> None:
        """Say that this order has a message under way, so that nobody sends a second one."""
        with suppress(RedisError):  # an economy only, and Redis may be what is away
            services().lanes.attempted(str(kwargs["account"]), str(kwargs["order_id"]), wait=seconds)

    def waits(self, error: RetryLater, kwargs: Mapping[str, Any], seconds: float) -> None:
        """What is nobody's fault holds up the account's other orders as well: not all of them need to try."""
        ref = order_ref(kwargs)
        if not error.counted and ref.account in services().accounts:
            with suppress(RedisError):
                services().gate.rest(services().accounts[ref.account].database, ref, seconds)

    def parked(self, error: NeedsHuman, kwargs: Mapping[str, Any]) -> str:
        """Park the order; the task has done what could be done."""
        self._park(error, kwargs)
        return str(Outcome(OutcomeKind.PARKED, error.code))

    def exhausted(self, error: RetryLater, kwargs: Mapping[str, Any]) -> None:
        """Park the order; it is tried again when Amazon changes it or somebody says so."""
        remedy = "Look at the reason; when its cause is gone, retry this item."
        self._park(NeedsHuman(ATTEMPTS_EXHAUSTED, f"{MAX_ATTEMPTS} attempts failed: {error.reason}", remedy), kwargs)

    def failed(self, error: Exception, kwargs: Mapping[str, Any]) -> None:
        """Park the order with the defect's name; its traceback is in the log and in Flower."""
        remedy = "Report it with the traceback in the worker's log. After an upgrade that mends it, retry this item."
        self._park(NeedsHuman(UNEXPECTED, f"unexpected {type(error).__name__}", remedy), kwargs)

    def _park(self, error: NeedsHuman, kwargs: Mapping[str, Any]) -> None:
        ref = order_ref(kwargs)
        there = services()
        if ref.account not in there.accounts:
            log.error("there is no account %s any more: its orders are left alone", ref.account)
            return
        try:
            park(there.database_of(ref.account), ref, error, there.clock())
            if ref.updated is None:
                there.lanes.rested(ref.account, ref.order_id)
            else:
                there.lanes.landed(ref.account, list(there.accounts[ref.account].groups()), ref.order_id, ref.updated)
        except RetryLater as unreachable:
            unreachable.counted = False  # Odoo is away: the order must not be given up without a trace
            self.again(unreachable, kwargs)


def order_ref(kwargs: Mapping[str, Any]) -> OrderRef:
    """Return the order a message is about. Raises ForeignMessage for one of another program."""
    updated = kwargs.get("updated")
    try:
        version = datetime.fromisoformat(str(updated)).astimezone(UTC) if updated else None
    except (ValueError, OverflowError):
        raise ForeignMessage("a version that is no time") from None
    return OrderRef(account=word(kwargs, "account"), order_id=word(kwargs, "order_id"), updated=version)


def word(kwargs: Mapping[str, Any], name: str) -> str:
    """Return the id `name` of a message. Raises ForeignMessage when there is none."""
    value = kwargs.get(name)
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ForeignMessage(f"no {name.replace('_', ' ')}")
    return value


def order_kwargs(ref: OrderRef) -> dict[str, str]:
    """Return the message of `ref`: ids and a version, nothing of a person.

    The order comes first: Flower shows the beginning only.
    """
    version = {"updated": ref.updated.isoformat()} if ref.updated else {}
    return {"order_id": ref.order_id, "account": ref.account, **version}


def tell(error: RetryLater, what: str) -> None:
    """Log that `what` is done again and why; what is nobody's fault once a minute, with its remedy if there is one."""
    if isinstance(error, DatabaseBroken):
        log.error("%s: %s. %s", what, error.reason, error.remedy, extra={"once": error.reason})
    elif error.counted:
        log.warning("%s: %s", what, error.reason)
    else:
        log.info("%s: %s", what, error.reason, extra={"once": f"{what.split(' again', maxsplit=1)[0]} {error.reason}"})


def wait_before(attempt: int) -> float:
    """Return the seconds to wait after the failed attempt number `attempt` (1, 2, ...)."""
    return [seconds for since, seconds in PATTERN.items() if since <= attempt][-1]


def pause_account(account: str, error: AccountBroken) -> None:
    """Pause `account`, tell the log once, and show it in Odoo if that can be reached."""
    there = services()
    if there.pauses.pause(account, error.reason):
        log.error("account %s paused: %s Remedy: %s", account, error.reason, error.remedy)
        try:
            odoo = there.database_of(account).odoo
            write_account(odoo, there.accounts[account], reason=error.reason, remedy=error.remedy)
        except (RetryLater, NeedsHuman) as unreachable:
            log.warning("account %s: its pause cannot be shown in Odoo now: %s", account, unreachable)
