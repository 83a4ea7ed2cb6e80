from __future__ import annotations

import pickle

import httpx
import pytest

from clients.odoo.errors import (
    KEY,
    READS,
    SETUP,
    Call,
    Fault,
    OdooBug,
    OdooRefused,
    from_fault,
    from_page,
    from_transport,
)
from domain.errors import Conflict, DatabaseBroken, NeedsHuman, OutcomeUnknown, RetryLater, Unavailable

READ = Call("sale.order", "search_read")
WRITE = Call("sale.order", "load")
SECRET = "Jane Doe, 12 Elm Street"


@pytest.mark.parametrize(
    "name",
    [
        "odoo.exceptions.UserError",
        "odoo.exceptions.ValidationError",
        "odoo.exceptions.RedirectWarning",
        "odoo.exceptions.Warning",
        "odoo.exceptions.except_orm",
    ],
)
def test_a_refusal_is_for_a_person_and_keeps_odoos_words(name: str) -> None:
    error = from_fault(WRITE, Fault(name, "The tax is archived. " + "x" * 600))
    assert type(error) is OdooRefused
    assert isinstance(error, NeedsHuman)
    assert error.code == "odoo_refused"
    assert error.reason == "sale.order.load: " + ("The tax is archived. " + "x" * 600)[:500]
    assert error.remedy == "Correct what Odoo names, then retry."


@pytest.mark.parametrize(
    "text",
    [
        "mail_followers_mail_followers_res_partner_res_model_id_uniq",
        "Error, a partner cannot follow twice the same object.",
    ],
)
def test_a_unique_constraint_hit_by_two_at_once_is_a_lost_race(text: str) -> None:
    error = from_fault(Call("sale.order", "action_confirm"), Fault("odoo.exceptions.ValidationError", text))
    assert type(error) is Conflict
    assert error.counted


def test_a_missing_record_keeps_no_text() -> None:
    error = from_fault(WRITE, Fault("odoo.exceptions.MissingError", SECRET))
    assert type(error) is OdooRefused
    assert error.reason == "sale.order.load: a record was deleted in Odoo meanwhile"


@pytest.mark.parametrize(
    ("model", "group"),
    [
        ("sale.order.line", "the group 'Sales / User: All Documents'"),
        ("stock.picking", "the group 'Inventory / User'"),
        ("res.partner", "the group 'Contact Creation'"),
        ("product.product", "the group 'Sales / User: All Documents'"),
        ("x_amazon_issue", "the group 'Amazon Connector'"),
        ("account.move", "a group that may use account.move"),
    ],
)
def test_a_missing_right_names_the_group(model: str, group: str) -> None:
    error = from_fault(
        Call(model, "write"), Fault("odoo.exceptions.AccessError", f"You are not allowed.\n\n- {SECRET}")
    )
    assert type(error) is OdooRefused
    assert error.reason == f"no right to {model}.write: You are not allowed."
    assert error.remedy.startswith(f"Give the connector's Odoo user {group}, and the company of the record")


@pytest.mark.parametrize("name", ["odoo.exceptions.AccessDenied", "werkzeug.exceptions.Unauthorized"])
def test_a_refused_key_breaks_the_database(name: str) -> None:
    error = from_fault(WRITE, Fault(name, "Access Denied"))
    assert type(error) is DatabaseBroken
    assert error.remedy == KEY
    assert error.counted is False


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("psycopg2.OperationalError", 'FATAL:  database "nodb" does not exist\n', "Correct the database's name"),
        ("odoo.exceptions.UserError", "Object x_amazon_offer doesn't exist", SETUP),
        ("odoo.exceptions.UserError", "Object sale.order doesn't exist", "Install the app of Odoo"),
        ("werkzeug.exceptions.NotFound", "the model 'x_amazon_offer' does not exist", SETUP),
        ("builtins.ValueError", "Invalid field 'x_amazon_account' on model 'sale.order'", SETUP),
        ("builtins.ValueError", "Invalid field 'x_amazon_account' in 'sale.order'", SETUP),
        (
            "builtins.ValueError",
            "Invalid field sale.order.x_amazon_account in leaf ('x_amazon_account', '=', 1)",
            SETUP,
        ),
        ("builtins.ValueError", "Invalid field sale.order.x_amazon_account in condition ('x_amazon_acc", SETUP),
        ("builtins.KeyError", "'x_amazon_account'", SETUP),
    ],
)
def test_what_is_not_installed_breaks_the_database(name: str, text: str, remedy: str) -> None:
    error = from_fault(READ, Fault(name, text))
    assert type(error) is DatabaseBroken
    assert error.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("psycopg2.errors.SerializationFailure", ""),
        ("psycopg2.errors.DeadlockDetected", ""),
        ("psycopg2.errors.LockNotAvailable", ""),
        ("psycopg2.errors.QueryCanceled", ""),
        ("psycopg2.errors.InFailedSqlTransaction", ""),
        ("psycopg2.errors.UniqueViolation", ""),
        ("psycopg2.IntegrityError", ""),
        ("psycopg2.extensions.TransactionRollbackError", ""),
        ("psycopg2.extensions.QueryCanceledError", ""),
        ("odoo.exceptions.ConcurrencyError", ""),
        ("odoo.exceptions.LockError", ""),
        ("psycopg2.OperationalError", "could not serialize access due to concurrent update"),
        ("psycopg2.OperationalError", "konnte Zugriff nicht serialisieren wegen gleichzeitiger Aktualisierung"),
    ],
)
@pytest.mark.parametrize("call", [READ, WRITE])
def test_a_lost_race_is_retried_and_counted(name: str, text: str, call: Call) -> None:
    error = from_fault(call, Fault(name, text))
    assert type(error) is Conflict
    assert error.counted is True


@pytest.mark.parametrize(
    ("call", "name", "text", "kind"),
    [
        (WRITE, "psycopg2.pool.PoolError", "The Connection Pool Is Full", Unavailable),
        (WRITE, "werkzeug.exceptions.ServiceUnavailable", "", Unavailable),
        (WRITE, "psycopg2.OperationalError", 'connection to server at "db", port 5432 failed', Unavailable),
        (WRITE, "psycopg2.OperationalError", "FATAL:  the database system is starting up", Unavailable),
        (READ, "psycopg2.OperationalError", "server closed the connection unexpectedly", Unavailable),
        (WRITE, "psycopg2.OperationalError", "server closed the connection unexpectedly", OutcomeUnknown),
        (WRITE, "psycopg2.InterfaceError", "connection already closed", OutcomeUnknown),
        (READ, "psycopg2.errors.AdminShutdown", "terminating connection", Unavailable),
        (WRITE, "psycopg2.errors.AdminShutdown", "terminating connection", OutcomeUnknown),
    ],
)
def test_a_database_that_went_away(call: Call, name: str, text: str, kind: type[RetryLater]) -> None:
    error = from_fault(call, Fault(name, text))
    assert type(error) is kind
    assert error.counted is (kind is OutcomeUnknown)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("builtins.TypeError", "search() got an unexpected keyword argument 'foo'", None),
        ("builtins.AttributeError", "The method 'res.users.nope' does not exist", None),
        ("werkzeug.exceptions.NotFound", "The method 'res.users.nope' does not exist", None),
        ("werkzeug.exceptions.UnprocessableEntity", "missing a required argument: 'domain'", None),
        ("builtins.ValueError", "Invalid field 'nope' in 'sale.order'", "in sale.order.load"),
        ("builtins.ValueError", f"could not convert {SECRET}", "in sale.order.load"),
        ("unknown", SECRET, "in sale.order.load"),
    ],
)
def test_a_wrong_call_is_our_bug_and_tells_no_data(name: str, text: str, message: str | None) -> None:
    error = from_fault(WRITE, Fault(name, text))
    assert type(error) is OdooBug
    assert (error.name, error.message) == (name, text if message is None else message)
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("raised", "of_read", "of_write"),
    [
        (httpx.ConnectError("refused"), Unavailable, Unavailable),
        (httpx.ConnectTimeout("slow"), Unavailable, Unavailable),
        (httpx.PoolTimeout("busy"), Unavailable, Unavailable),
        (httpx.ProxyError("no"), Unavailable, Unavailable),
        (httpx.ReadTimeout("slow"), Unavailable, OutcomeUnknown),
        (httpx.ReadError("reset"), Unavailable, OutcomeUnknown),
        (httpx.WriteError("reset"), Unavailable, OutcomeUnknown),
        (httpx.WriteTimeout("slow"), Unavailable, OutcomeUnknown),
        (httpx.RemoteProtocolError("disconnected"), Unavailable, OutcomeUnknown),
        (httpx.UnsupportedProtocol("ftp"), DatabaseBroken, DatabaseBroken),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_a_lost_connection(raised: httpx.TransportError, of_read: type[RetryLater], of_write: type[RetryLater]) -> None:
    assert type(from_transport(READ, raised)) is of_read
    assert type(from_transport(WRITE, raised)) is of_write
    assert from_transport(READ, raised).counted is False


@pytest.mark.parametrize(
    ("status", "of_read", "of_write"),
    [
        (200, Unavailable, Unavailable),
        (302, DatabaseBroken, DatabaseBroken),
        (401, DatabaseBroken, DatabaseBroken),
        (404, DatabaseBroken, DatabaseBroken),
        (408, Unavailable, Unavailable),
        (413, DatabaseBroken, DatabaseBroken),
        (429, Unavailable, Unavailable),
        (500, Unavailable, OutcomeUnknown),
        (502, Unavailable, OutcomeUnknown),
        (503, Unavailable, Unavailable),
        (504, Unavailable, OutcomeUnknown),
        (524, Unavailable, OutcomeUnknown),
    ],
)
def test_a_page_instead_of_json(status: int, of_read: type[RetryLater], of_write: type[RetryLater]) -> None:
    assert type(from_page(READ, status)) is of_read
    assert type(from_page(WRITE, status)) is of_write


def test_no_method_that_writes_counts_as_a_read() -> None:
    assert not READS & {"create", "write", "unlink", "load", "action_confirm", "button_validate", "run", "copy"}


def test_a_fault_hides_its_text() -> None:
    assert SECRET not in repr(Fault("odoo.exceptions.UserError", SECRET))


@pytest.mark.parametrize("error", [OdooBug("builtins.KeyError", "x"), OdooRefused("odoo_refused", "why", "what to do")])
def test_errors_travel_between_processes(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
