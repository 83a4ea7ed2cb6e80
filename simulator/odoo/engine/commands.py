"""x2many commands: (0, 0, vals) create, (1, id, vals) write, 2 delete, 3 unlink, 4 link, 5 clear, (6, 0, ids) set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.odoo.engine.errors import builtin
from simulator.odoo.engine.schema import X2MANY, Field, Model

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env


def split(known: Model, vals: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plain values, and the commands of x2many fields."""
    plain = {name: value for name, value in vals.items() if known.fields[name].type not in X2MANY}
    return plain, {name: value for name, value in vals.items() if name not in plain}


def apply(env: Env, model: str, record: int, field: Field, value: Any) -> None:
    """Carry out the commands on one record's field. A bare list of ids sets it."""
    commands = list(value or ())
    if commands and all(isinstance(one, int) for one in commands):
        commands = [[6, 0, commands]]
    for command in commands:
        if not isinstance(command, (list, tuple)) or not command:
            raise builtin("ValueError", f"Wrong value for {model}.{field.name}: {command}")
        padded = [*command, False, False][:3] if len(command) < 3 else list(command)
        if field.type == "one2many":
            _one2many(env, record, field, padded)
        else:
            _many2many(env, model, record, field, padded)
    if field.type == "many2many" and env.row(model, record).get(field.name) is None:
        env.put(model, record, **{field.name: ()})


def _one2many(env: Env, record: int, field: Field, command: Sequence[Any]) -> None:
    code, other, payload = command[0], command[1], command[2]
    mine = env.children(field, record, archived=True)
    if code == 0:
        env.create(field.relation, {**payload, field.inverse: record})
    elif code == 1:
        env.write(field.relation, [other], payload)
    elif code == 4:
        env.write(field.relation, [other], {field.inverse: record})
    elif code in {2, 3, 5}:
        _let_go(env, field, [other] if code in {2, 3} else mine, delete=code == 2)
    elif code == 6:
        _let_go(env, field, [one for one in mine if one not in payload], delete=False)
        env.write(field.relation, list(payload), {field.inverse: record})


def _let_go(env: Env, field: Field, ids: Sequence[int], *, delete: bool) -> None:
    if delete or env.field(field.relation, field.inverse).required:
        env.unlink(field.relation, list(ids))
    else:
        env.write(field.relation, list(ids), {field.inverse: False})


def _many2many(env: Env, model: str, record: int, field: Field, command: Sequence[Any]) -> None:
    code, other, payload = command[0], command[1], command[2]
    now: tuple[int, ...] = env.row(model, record).get(field.name) or ()
    if code == 0:
        now = (*now, *env.create(field.relation, payload))
    elif code == 1:
        env.write(field.relation, [other], payload)
    elif code == 2:
        env.unlink(field.relation, [other])
        now = tuple(one for one in now if one != other)
    elif code == 3:
        now = tuple(one for one in now if one != other)
    elif code == 4:
        now = (*now, other)
    elif code == 5:
        now = ()
    elif code == 6:
        now = tuple(payload)
    env.put(model, record, **{field.name: tuple(dict.fromkeys(now))})
