"""load(): import rows keyed by external id, all of them or none; what is wrong comes back as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.odoo.engine.cells import CellError, Converter
from simulator.odoo.engine.errors import SHOWN, OdooFault, builtin
from simulator.odoo.engine.rows import Raw, paths, records
from simulator.odoo.engine.schema import Field
from simulator.odoo.engine.xmlids import assign, full, lookup

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

_UNWRAPPED = "Resolve other errors first"
_TOO_MANY = 10
_GIVING_UP = (
    "Found more than 10 errors and more than one error per 10 records, interrupted to avoid showing too many errors."
)


def load(env: Env, model: str, fields: Sequence[str], data: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """{ids, messages, nextrow}: ids of the records in order, or False with nothing written."""
    env = env.with_context(_import_current_module=env.context.get("_import_current_module", ""))
    columns = paths(env, model, fields)
    messages: list[dict[str, Any]] = []
    ids: list[int] = []
    faults: list[OdooFault] = []
    mark = env.store.mark()
    failed = 0
    for number, raw in enumerate(records(env, model, columns, data)):
        done, wrong = _import(env, model, raw, number, messages)
        ids += done
        faults += wrong
        failed += not done
        if failed >= _TOO_MANY and failed >= number / 10:
            messages.append({"type": "warning", "message": _GIVING_UP})
            break
    if any(message["type"] == "error" for message in messages):
        messages[:0] = _of_all(env, faults, messages)
        env.store.rollback_to(mark)
        return {"ids": False, "messages": messages, "nextrow": 0}
    return {"ids": ids, "messages": messages, "nextrow": 0}


def _of_all(env: Env, faults: Sequence[OdooFault], messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """19 tries all records at once before each alone, and tells what was wrong with all as if it were the first's."""
    for fault in faults[:1]:
        meant_for_people = fault.name.rpartition(".")[2] in SHOWN and fault.bare == fault.message
        told = _failure(env, fault, {"rows": {"from": 0, "to": 0}, "record": 0})
        known = [(one.get("record"), one["message"]) for one in messages]
        if env.series >= 19 and meant_for_people and (0, told["message"]) not in known:
            return [told]
    return []


def _import(
    env: Env, model: str, raw: Raw, number: int, messages: list[dict[str, Any]]
) -> tuple[list[int], list[OdooFault]]:
    """Import one record; its id, or what was wrong with it, and a message more."""
    place = {"rows": {"from": raw.first, "to": raw.last}, "record": number}
    vals = _converted(env, model, raw, place, messages)
    try:
        with env.store.savepoint():
            return [_upsert(env, model, raw.values, vals)], []
    except OdooFault as fault:
        if fault.name == "builtins.AttributeError":
            raise
        messages.append(_failure(env, fault, place))
        return [], [fault]


def _converted(
    env: Env, model: str, raw: Raw, place: Mapping[str, Any], messages: list[dict[str, Any]]
) -> dict[str, Any]:
    known = env.model(model).fields
    converter = Converter(env)
    vals: dict[str, Any] = {}
    record_id = raw.values.get(".id")
    if record_id and not env.exists(model, int(record_id)):
        text = f"Unknown database identifier '{record_id}'"
        messages.append({**place, "type": "error", "field": ".id", "message": text})
    for name, cell in raw.values.items():
        if name in {"id", ".id"}:
            continue
        try:
            vals[name] = converter.value(model, known[name], cell)
        except CellError as error:
            messages.append(_complaint(env, "error", known[name], (error.message, error.more), place))
        except AttributeError as error:
            raise builtin("AttributeError", str(error)) from None
    for name, message, more in converter.warnings:
        messages.append(_complaint(env, "warning", known[name], (message, more), place))
    return vals


def _complaint(env: Env, kind: str, field: Field, told_of: tuple[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    message, more = told_of
    told = {**place, "type": kind, "field": field.name, "message": message}
    if more is not None:
        told["moreinfo"] = more
    # Where Odoo has no more to say it does not name the field either.
    named = env.series >= 19 and not message.startswith("Invalid external ID")
    return {**told, "field_name": field.label} if named else told


def _failure(env: Env, fault: OdooFault, place: Mapping[str, Any]) -> dict[str, Any]:
    told = {**place, "type": "error", "message": fault.bare}
    if fault.field:
        told["field"] = fault.field
    if not fault.shown_by_import(env.series):
        kind = fault.name.removeprefix("builtins.")
        told["message"] = f"Unknown error during import: <class '{kind}'>: {fault.message}"
        told["moreinfo"] = _UNWRAPPED
    return told


def _upsert(env: Env, model: str, raw: Mapping[str, Any], vals: Mapping[str, Any]) -> int:
    """Create the record, or find it by its external id and write it unless that is protected."""
    updating = env.context.get("mode", "init") == "update"
    record_id = raw.get(".id")
    if record_id and env.exists(model, int(record_id)):
        env.write(model, [int(record_id)], vals)
        return int(record_id)
    xmlid = str(raw.get("id") or "")
    if not xmlid:
        return _create_unnamed(env, model, vals, updating=updating)
    return _upsert_named(env, model, full(env, xmlid), vals, updating=updating)


def _upsert_named(env: Env, model: str, name: str, vals: Mapping[str, Any], *, updating: bool) -> int:
    found = lookup(env, name)
    noupdate = bool(env.context.get("noupdate"))
    if found is not None:
        row, other, record = found
        if env.series >= 19 and other != model:
            told = f"For external id {name} when trying to create/update a record of model {model} "
            text = f"{told}found record of different model {other} ({row})"
            raise OdooFault("odoo.exceptions.ValidationError", text)
        if env.exists(other, record):
            if not (updating and env.row("ir.model.data", row)["noupdate"]):
                env.write(model, [record], vals)
            return record
        env.store.delete("ir.model.data", row)
    (record,) = env.create(model, vals)
    assign(env.sudo(), model, record, name, noupdate=noupdate)
    return record


def _create_unnamed(env: Env, model: str, vals: Mapping[str, Any], *, updating: bool) -> int:
    if updating:
        if env.series < 19:
            raise builtin("KeyError", "'record'")
        raise OdooFault("odoo.exceptions.ValidationError", "Cannot update a record without specifying its id or xml_id")
    return env.create(model, vals)[0]
