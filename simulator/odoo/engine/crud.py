"""create, write and unlink: defaults, checks, x2many commands, hooks, and the keys that must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.odoo.engine.commands import apply, split
from simulator.odoo.engine.errors import (
    builtin,
    constraint,
    in_use,
    missing_error,
    required_missing,
)
from simulator.odoo.engine.schema import Model
from simulator.odoo.engine.values import stored
from simulator.odoo.engine.xmlids import assign, forget

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env


def create(env: Env, model: str, vals_list: Sequence[Mapping[str, Any]]) -> list[int]:
    """Create one record for each of `vals_list`; returns their ids."""
    env.may(model, "create")
    return [_create_one(env.sudo(), model, dict(vals), env.uid) for vals in vals_list]


def _create_one(env: Env, model: str, given: dict[str, Any], uid: int) -> int:
    known = env.model(model)
    xmlid = given.pop("id", None)
    for name in given:
        if name not in known.fields:
            raise env.invalid_field(model, name, creating=True)
    behaviour = env.behaviour(model)
    vals = {name: value for name, value in given.items() if not _unwritable(known, name)}
    link, parent_vals = _inherited(known, vals)
    if link and not vals.get(link):
        (vals[link],) = env.with_context(_from_child=model).create(known.fields[link].relation, parent_vals)
    elif link:
        env.write(known.fields[link].relation, [vals[link]], parent_vals)
    defaults = {"active": True} if "active" in known.fields and not known.fields["active"].via else {}
    whole = behaviour.creating(env, {**defaults, **behaviour.defaults(env, vals), **vals})
    plain, commands = split(known, whole)
    row = {name: stored(env, model, known.fields[name], value) for name, value in plain.items()}
    _require(env, known, row)
    _require_unique(env, known, row, None)
    now = env.now()
    stamps = {"create_date": now, "write_date": now, "create_uid": uid, "write_uid": uid}
    record = env.store.insert(model, {**row, **stamps})
    for name, value in commands.items():
        apply(env, model, record, known.fields[name], value)
    behaviour.created(env, record, whole)
    if xmlid and "_import_current_module" in env.context:
        assign(env, model, record, str(xmlid), noupdate=bool(env.context.get("noupdate")))
    return record


def write(env: Env, model: str, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
    """Write `vals` on records. Ids that do not exist are refused when there is anything to write on a document."""
    env.may(model, "write")
    inner = env.sudo()
    known = env.model(model)
    for name in vals:
        if name not in known.fields:
            raise env.invalid_field(model, name) if env.series < 19 else builtin("KeyError", name)
    present = _present(env, model, ids)
    behaviour = env.behaviour(model)
    given = {name: value for name, value in vals.items() if not _unwritable(known, name)}
    link, parent_vals = _inherited(known, given)
    if parent_vals:
        parents = sorted({inner.row(model, one)[link] for one in present})
        inner.write(known.fields[link].relation, parents, parent_vals)
    whole = behaviour.writing(inner, present, given)
    plain, commands = split(known, whole)
    row = {name: stored(inner, model, known.fields[name], value) for name, value in plain.items()}
    for record in present:
        _require(inner, known, {**inner.row(model, record), **row})
        _require_unique(inner, known, {**inner.row(model, record), **row}, record)
        inner.store.update(model, record, {**row, "write_date": env.now(), "write_uid": env.uid})
        for name, value in commands.items():
            apply(inner, model, record, known.fields[name], value)
    behaviour.written(inner, present, whole)


def unlink(env: Env, model: str, ids: Sequence[int]) -> None:
    """Delete records, with what belongs to them; refused while another record needs them."""
    env.may(model, "unlink")
    inner = env.sudo()
    present = _present(env, model, ids)
    env.behaviour(model).unlinking(inner, present)
    for record in present:
        if inner.exists(model, record):
            _release(inner, model, record)
            forget(inner, model, record)
            inner.store.delete(model, record)


def _unwritable(known: Model, name: str) -> bool:
    field = known.fields[name]
    return field.computed or name == "id" or (bool(field.related) and field.readonly)


def _inherited(known: Model, vals: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Take out of `vals` what an inherited record stores; returns its many2one and those values."""
    link = next((field.via for field in known.fields.values() if field.via), "")
    named = [name for name in vals if known.fields[name].via]
    related = [name for name in vals if link and known.fields[name].related.startswith(f"{link}.")]
    parent = {name: vals.pop(name) for name in named}
    parent |= {known.fields[name].related.partition(".")[2]: vals.pop(name) for name in related}
    return link, parent


def _present(env: Env, model: str, ids: Sequence[int]) -> list[int]:
    gone = [one for one in ids if not env.exists(model, one)]
    # A plain UPDATE or DELETE misses silently; models with logic of their own read the record first, and fail.
    if gone and env.behaviour(model).reads_first:
        raise missing_error(model, gone[:1], env.uid)
    return [one for one in ids if env.exists(model, one)]


def _require(env: Env, known: Model, row: Mapping[str, Any]) -> None:
    for name, field in known.fields.items():
        if field.required and field.stored and field.type not in {"many2many", "boolean", "integer", "float"}:
            value = row.get(name)
            if value is None or value is False:
                raise required_missing(env.series, known.label, known.name, field.label, name)


def _require_unique(env: Env, known: Model, row: Mapping[str, Any], mine: int | None) -> None:
    for names, old, new in env.behaviour(known.name).unique:
        key = {name: row.get(name) for name in names}
        if not all(value in (None, False) for value in key.values()):
            others = set(env.find(known.name, **key)) - {mine}
            if others:
                raise constraint(env.series, old, new, field=names[0], label=known.fields[names[0]].label)


# Rows that go with their owner, as ON DELETE CASCADE does.
_CASCADE = frozenset(
    {
        ("sale.order.line", "order_id"),
        ("stock.move.line", "move_id"),
        ("ir.model.access", "model_id"),
        ("ir.model.fields", "model_id"),
        ("ir.model.fields.selection", "field_id"),
        ("ir.actions.act_window.view", "act_window_id"),
        ("product.product", "product_tmpl_id"),
    }
)


def _release(env: Env, model: str, record: int) -> None:
    for other in env.store.schema.values():
        for field in other.fields.values():
            if field.type != "many2one" or field.relation != model or not field.stored:
                continue
            for user in env.find(other.name, **{field.name: record}):
                if (other.name, field.name) in _CASCADE:
                    env.unlink(other.name, [user])
                elif field.required or (other.name, field.name) == ("sale.order.line", "product_id"):
                    raise in_use(env.series, other.label, other.name, field.label, field.name)
                else:
                    env.put(other.name, user, **{field.name: False})
