"""What Odoo and the way to it can answer, as one table of what to do next.

Sources: the error bodies of Odoo 14.0 (`/jsonrpc`: `error.data.name`) and 19.0 (JSON-2: `name` of the body),
odoo/service/model.py (`retrying`: which database errors pass), and RFC 9110 for the statuses of proxies.
The exception's name decides; its text only where Odoo uses one name for two things.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from domain.errors import Conflict, DatabaseBroken, NeedsHuman, OutcomeUnknown, RetryLater, Unavailable
from domain.parked import ODOO_REFUSED

SETUP = "Run `python -m worker odoo setup` with an administrator's key."
KEY = "Make a new API key for the connector's Odoo user (Preferences > Account Security) and put it into the secrets."
LONGEST_TEXT: Final = 500

READS: Final = frozenset(
    {
        "search", "read", "search_read", "search_count", "fields_get", "name_search", "name_get", "read_group",
        "default_get", "check_object_reference", "get_external_id", "get_metadata", "export_data", "context_get",
        "has_group", "has_access", "check_access_rights", "get_views", "get_view", "fields_view_get", "load_views",
        "version", "authenticate", "get_bindings",
    }
)  # fmt: skip

_REFUSALS: Final = frozenset(
    f"odoo.exceptions.{name}" for name in ("UserError", "ValidationError", "RedirectWarning", "Warning", "except_orm")
)
_DENIALS: Final = frozenset({"odoo.exceptions.AccessDenied", "werkzeug.exceptions.Unauthorized"})
_ROLLED_BACK: Final = frozenset(
    {
        "psycopg2.errors.SerializationFailure", "psycopg2.errors.DeadlockDetected", "psycopg2.errors.LockNotAvailable",
        "psycopg2.errors.QueryCanceled", "psycopg2.errors.InFailedSqlTransaction", "psycopg2.errors.UniqueViolation",
        "psycopg2.extensions.TransactionRollbackError", "psycopg2.extensions.QueryCanceledError",
        "psycopg2.IntegrityError", "odoo.exceptions.ConcurrencyError", "odoo.exceptions.LockError",
    }
)  # fmt: skip
_BUSY: Final = frozenset({"psycopg2.pool.PoolError", "werkzeug.exceptions.ServiceUnavailable"})
_CONNECTION: Final = frozenset(
    {"psycopg2.OperationalError", "psycopg2.InterfaceError", "psycopg2.DatabaseError", "psycopg2.errors.AdminShutdown"}
)
# Faults of the call itself: their texts name models, methods and parameters, never values.
_OF_THE_CALL: Final = frozenset(
    {
        "builtins.TypeError", "builtins.AttributeError", "builtins.KeyError",
        "werkzeug.exceptions.NotFound", "werkzeug.exceptions.UnprocessableEntity", "werkzeug.exceptions.BadRequest",
    }
)  # fmt: skip

# PostgreSQL words these by the server's lc_messages; load() hands the text on without the code.
_SERIALIZATION: Final = re.compile(
    r"could not serialize|deadlock|could not obtain lock|lock timeout|Zugriff nicht serialisieren"
    r"|sérialiser un accès|interblocage|serializar el acceso|serializzare l'accesso",
    re.IGNORECASE,
)
# Two transactions let one partner follow one record; 14 hands on the constraint's bare name.
_TWICE: Final = re.compile(r"^(?:mail_)+followers_\w+_uniq\w*$|cannot follow twice the same object")
_NO_DATABASE: Final = re.compile(r'database "[^"]*" does not exist')
_NOT_CONNECTED: Final = re.compile(r"connection to server|could not connect|starting up|too many (clients|connections)")
_NO_MODEL: Final = re.compile(r"^(?:Object (?P<old>[\w.]+) doesn't exist|the model '(?P<new>[\w.]+)' does not exist)")
_NO_FIELD: Final = re.compile(r"^(?:Invalid field '?(?:[\w.]+\.)?(?P<field>\w+)|'(?P<key>x_\w+)'$)")

_GROUPS: Final = (
    ("x_amazon_", "Amazon Connector"),
    ("sale.", "Sales / User: All Documents"),
    ("stock.", "Inventory / User"),
    ("res.partner", "Contact Creation"),
    ("product.", "Sales / User: All Documents"),
)


class OdooRefused(NeedsHuman):
    """Odoo's own rules refuse this record; the same call never succeeds until somebody changes something."""


class OdooBug(Exception):
    """Odoo rejected the form of a call: a defect of this program, not of the data. `name` is Odoo's exception."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.name, self.message))


@dataclass(frozen=True, slots=True)
class Call:
    """Which method is called; decides what a lost answer means."""

    model: str
    method: str

    @property
    def reads(self) -> bool:
        """Whether the method only reads, so that a lost answer costs nothing."""
        return self.method in READS

    def __str__(self) -> str:
        return f"{self.model}.{self.method}"


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as Odoo reports it: the exception's dotted name, and its text, which may name persons."""

    name: str
    message: str = field(repr=False)


def is_serialization(text: str) -> bool:
    """Whether a database text says that a concurrent transaction won (load() reports it as a plain message)."""
    return _SERIALIZATION.search(text) is not None


def cut(text: str) -> str:
    """The first 500 characters of a text of Odoo's, in one line."""
    return " ".join(text.split())[:LONGEST_TEXT]


def from_fault(call: Call, fault: Fault) -> Exception:
    """The error to raise for Odoo's `fault`: one of domain.errors, or `OdooBug` for a defect of ours."""
    absent = _absent(call, fault.message)
    if absent is not None:
        return absent
    if fault.name in _CONNECTION and is_serialization(fault.message):
        return _rolled_back(call, "")
    return next((make(call, fault.message) for names, make in _TABLE if fault.name in names), _bug(call, fault))


def from_transport(call: Call, error: httpx.TransportError) -> RetryLater:
    """The error to raise when no whole answer came: what it means depends on how far the request got."""
    told = type(error).__name__
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        return DatabaseBroken(f"the address of Odoo cannot be used ({told})", remedy="Correct the URL in the settings.")
    unsent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError))
    if unsent or call.reads:
        return Unavailable(f"{call}: Odoo cannot be reached ({told})", counted=False)
    return OutcomeUnknown(f"{call}: the answer was lost ({told})")


def from_page(call: Call, status: int) -> RetryLater:
    """The error to raise for an answer that is not Odoo's JSON: a proxy's page, a maintenance page, no database.

    502 and 504 come from a proxy that had passed the request on, so a write may have happened; 503 and 429 refuse it.
    """
    if status == httpx.codes.NOT_FOUND:
        return DatabaseBroken(
            "no such Odoo database, or no Odoo, at this address", remedy="Correct URL and database in the settings."
        )
    lost = status >= httpx.codes.INTERNAL_SERVER_ERROR and status != httpx.codes.SERVICE_UNAVAILABLE
    if lost and not call.reads:
        return OutcomeUnknown(f"{call}: a proxy lost the answer (HTTP {status})")
    passing = (httpx.codes.OK, httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in passing:
        return Unavailable(f"{call}: a page came instead of JSON (HTTP {status})", counted=False)
    remedy = "Look at the proxy in front of Odoo, and at the URL in the settings (https, no path)."
    return DatabaseBroken(f"{call}: HTTP {status} without JSON", remedy=remedy)


def from_form(call: Call) -> RetryLater:
    """The error to raise for JSON that is no answer of Odoo's to this call: somebody else speaks, or a part is lost."""
    if call.reads:
        return Unavailable(f"{call}: an answer of another form than Odoo's")
    return OutcomeUnknown(f"{call}: an answer of another form than Odoo's")


def _absent(call: Call, text: str) -> DatabaseBroken | None:
    if (found := _NO_MODEL.match(text)) is not None:
        model = found["old"] or found["new"]
        app = "" if model.startswith("x_") else "Install the app of Odoo that has it (Sales, Inventory). "
        return DatabaseBroken(f"{call}: the database has no model {model}", remedy=app + SETUP)
    if (found := _NO_FIELD.match(text)) is not None:
        name = found["field"] or found["key"]
        if name.startswith("x_"):
            return DatabaseBroken(f"{call}: the database has no field {name}", remedy=SETUP)
    return None


def _denied(_call: Call, _text: str) -> DatabaseBroken:
    return DatabaseBroken("Odoo refuses the key: wrong, revoked or expired", remedy=KEY)


def _no_right(call: Call, text: str) -> OdooRefused:
    group = next((group for prefix, group in _GROUPS if call.model.startswith(prefix)), None)
    wanted = f"the group '{group}'" if group else f"a group that may use {call.model}"
    remedy = (
        f"Give the connector's Odoo user {wanted}, and the company of the record; `python -m worker odoo check` tells."
    )
    # The paragraphs after the first list the records, with the names of persons.
    first = text.partition("\n\n")[0]
    return OdooRefused(ODOO_REFUSED, f"no right to {call}: {cut(first)}", remedy)


def _deleted(call: Call, _text: str) -> OdooRefused:
    remedy = "Retry: the record is looked up anew."
    return OdooRefused(ODOO_REFUSED, f"{call}: a record was deleted in Odoo meanwhile", remedy)


def _refused(call: Call, text: str) -> OdooRefused | Conflict:
    if _TWICE.search(text.strip()):
        return _rolled_back(call, text)
    return OdooRefused(ODOO_REFUSED, f"{call}: {cut(text)}", "Correct what Odoo names, then retry.")


def _rolled_back(call: Call, _text: str) -> Conflict:
    return Conflict(f"{call}: another transaction was quicker")


def _busy(call: Call, _text: str) -> Unavailable:
    return Unavailable(f"{call}: Odoo has no free database connection", counted=False)


def _database_lost(call: Call, text: str) -> RetryLater:
    if _NO_DATABASE.search(text):
        return DatabaseBroken("no such Odoo database", remedy="Correct the database's name in the settings.")
    if call.reads or _NOT_CONNECTED.search(text):
        return Unavailable(f"{call}: Odoo has lost its database", counted=False)
    return OutcomeUnknown(f"{call}: Odoo lost its database in the middle")


def _bug(call: Call, fault: Fault) -> OdooBug:
    return OdooBug(fault.name, cut(fault.message) if fault.name in _OF_THE_CALL else f"in {call}")


_TABLE: Final[tuple[tuple[frozenset[str], Callable[[Call, str], Exception]], ...]] = (
    (_DENIALS, _denied),
    (frozenset({"odoo.exceptions.AccessError"}), _no_right),
    (frozenset({"odoo.exceptions.MissingError"}), _deleted),
    (_REFUSALS, _refused),
    (_ROLLED_BACK, _rolled_back),
    (_BUSY, _busy),
    (_CONNECTION, _database_lost),
)
