"""Errors as an Odoo server reports them: the exception's name and message, and JSON-2's HTTP status."""

from __future__ import annotations

from collections.abc import Sequence

_STATUS = {
    "odoo.exceptions.UserError": 422,
    "odoo.exceptions.ValidationError": 422,
    "odoo.exceptions.AccessError": 403,
    "odoo.exceptions.AccessDenied": 401,
    "odoo.exceptions.MissingError": 404,
    "werkzeug.exceptions.BadRequest": 400,
    "werkzeug.exceptions.Unauthorized": 401,
    "werkzeug.exceptions.NotFound": 404,
    "werkzeug.exceptions.UnprocessableEntity": 422,
}
# What 19's load() shows as it is; anything else is wrapped in "Unknown error during import". 14 wraps these too:
# only a constraint of the database comes through, with a wording of its own (`bare`).
SHOWN = {"UserError", "ValidationError", "AccessError", "MissingError"}


class OdooFault(Exception):
    """One failed call: rolled back, then reported. `field`: the field a missing value belongs to, "" otherwise."""

    def __init__(self, name: str, message: str, *, field: str = "", bare: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.field = field
        self.bare = bare or message

    @property
    def status(self) -> int:
        """The HTTP status JSON-2 answers with."""
        return _STATUS.get(self.name, 500)

    @property
    def arguments(self) -> list[object]:
        """`arguments` of the error body; werkzeug's errors carry their status too."""
        return [self.message, self.status] if self.name.startswith("werkzeug") else [self.message]

    def shown_by_import(self, series: int) -> bool:
        """Whether load() reports the message unwrapped."""
        if self.bare != self.message or self.name.startswith("psycopg2"):
            return True
        return series >= 19 and self.name.rpartition(".")[2] in SHOWN


def user_error(message: str) -> OdooFault:
    """A refusal meant for people."""
    return OdooFault("odoo.exceptions.UserError", message)


def validation_error(message: str) -> OdooFault:
    """A constraint that does not hold."""
    return OdooFault("odoo.exceptions.ValidationError", message)


def access_error(message: str) -> OdooFault:
    """The user lacks a right."""
    return OdooFault("odoo.exceptions.AccessError", message)


def access_denied() -> OdooFault:
    """Login and key do not fit."""
    return OdooFault("odoo.exceptions.AccessDenied", "Access Denied")


def missing_error(model: str, ids: Sequence[int], uid: int) -> OdooFault:
    """A record that is gone."""
    gone = f"({', '.join(str(one) for one in ids)},)" if len(ids) == 1 else str(tuple(ids))
    text = f"Record does not exist or has been deleted.\n(Record: {model}{gone}, User: {uid})"
    return OdooFault("odoo.exceptions.MissingError", text)


def builtin(kind: str, message: str) -> OdooFault:
    """A Python error the server did not expect: ValueError, KeyError, TypeError, AttributeError."""
    return OdooFault(f"builtins.{kind}", message)


def http_error(kind: str, message: str) -> OdooFault:
    """A refusal of the HTTP layer: NotFound, Unauthorized, UnprocessableEntity, BadRequest."""
    return OdooFault(f"werkzeug.exceptions.{kind}", message)


def required_missing(series: int, model_label: str, model: str, label: str, field: str) -> OdooFault:
    """A mandatory field without a value. load() shows the sentence without its opening."""
    if series < 19:
        head = (
            "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n- Delete: another "
            "model requires the record being deleted. If possible, archive it instead.\n\n"
        )
        text = f"{head}Model: {model_label} ({model}), Field: {label} ({field})"
        bare = f"Missing required value for the field '{label}' ({field})"
    else:
        bare = (
            f"Missing required value for the field '{label}' ({field}).\nModel: '{model_label}' ({model})\n"
            "- create/update: a mandatory field is not set\n"
            "- delete: another model requires the record being deleted, you can archive it instead\n"
        )
        text = f"The operation cannot be completed: {bare}"
    return OdooFault("odoo.exceptions.ValidationError", text, field=field, bare=bare)


def constraint(series: int, name: str, text: str, *, field: str = "", label: str = "") -> OdooFault:
    """A constraint of the database by its name in 14 and its text; `field` for one that keeps a field unique."""
    fault = "odoo.exceptions.ValidationError"
    if series >= 19:
        return OdooFault(fault, f"The operation cannot be completed: {text}", bare=text, field=field)
    bare = f"The value for the field '{field}' already exists (this is probably '{label}' in the current model)."
    return OdooFault(fault, name, bare=bare if field else f"'{text}'", field=field)


def in_use(series: int, model_label: str, model: str, label: str, field: str) -> OdooFault:
    """A foreign key that does not hold, on deletion or on writing an id that does not exist."""
    if series < 19:
        constraint = f"{model.replace('.', '_')}_{field}_fkey"
        return validation_error(
            "The operation cannot be completed: another model requires the record being deleted. If possible, "
            f"archive it instead.\n\nModel: {model_label} ({model}), Constraint: {constraint}"
        )
    return validation_error(
        "The operation cannot be completed: Another model is using the record you are trying to delete.\n\n"
        f"The troublemaker is: '{model_label}' ({model})\nThanks to the following constraint: '{label}' ({field})\n"
        "How about archiving the record instead?"
    )
