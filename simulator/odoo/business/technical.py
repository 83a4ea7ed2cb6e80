"""Models and fields made by RPC, access rules, external ids, groups of parameters."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from typing_extensions import override

from simulator.odoo.business.server_code import counter
from simulator.odoo.engine.access import check
from simulator.odoo.engine.behaviour import Behaviour, Compute, Method
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import OdooFault, builtin, constraint, user_error, validation_error
from simulator.odoo.engine.schema import RELATIONAL, Field, Model, add_magic


def _take(table: dict[str, Any], name: str) -> None:
    table.pop(name, None)


class IrModel(Behaviour):
    """ir.model: a row made by RPC is a new model at once, with `x_name` unless fields are given."""

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A manual model."""
        given: dict[str, Any] = {"state": "manual", "order": "id"}
        if env.context.get("_seeding"):
            return given
        name = {"name": "x_name", "field_description": "Name", "ttype": "char", "copied": True}
        return given | {"field_id": [[0, 0, name]]}

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Register the model before its fields."""
        name = str(vals.get("model") or "")
        if env.context.get("_seeding"):
            return vals
        if not name.startswith("x_"):
            raise validation_error("The model name must start with 'x_'.")
        if env.find("ir.model", model=name):
            raise constraint(env.series, "ir_model_obj_name_uniq", "Each model must have a unique name.")
        model = Model(name=name, label=str(vals["name"]), order=str(vals.get("order") or "id"), manual=True)
        env.store.schema[name] = add_magic(model, env.series)
        env.store.on_rollback(lambda: _take(env.store.schema, name))
        return vals

    @override
    def unlinking(self, env: Env, ids: Sequence[int]) -> None:
        """Only manual models can go."""
        for one in ids:
            row = env.row("ir.model", one)
            if row["state"] != "manual":
                old = f"Model '{row['name']}' contains module data and cannot be removed."
                raise user_error(env.named(old, "This column contains module data and cannot be removed!"))
            env.unlink("ir.model.fields", env.find("ir.model.fields", model_id=one))
            gone = env.store.schema.pop(str(row["model"]))
            env.store.on_rollback(partial(env.store.schema.update, {gone.name: gone}))


class IrModelFields(Behaviour):
    """ir.model.fields: a row made by RPC is a new field at once."""

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A manual field that is stored and copied."""
        return {"state": "manual", "field_description": "", "store": True, "copied": True, "on_delete": "set null"}

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Refuse what cannot be a field."""
        if env.context.get("_seeding"):
            return vals
        name = str(vals.get("name") or "")
        if not name.startswith("x_"):
            new = "Custom fields must have a name that starts with 'x_'!"
            old = validation_error("Custom fields must have a name that starts with 'x_' !")
            raise old if env.series < 19 else constraint(env.series, "", new)
        if env.find("ir.model.fields", model_id=vals.get("model_id"), name=name):
            raise constraint(env.series, "ir_model_fields_name_unique", "Field names must be unique per model.")
        relation = vals.get("relation")
        if vals.get("ttype") in RELATIONAL and relation not in env.store.schema:
            old_error = user_error(f"Model {relation} does not exist!")
            raise (
                old_error if env.series < 19 else validation_error(f"Unknown model name '{relation}' in Related Model")
            )
        if vals.get("selection") and not vals.get("selection_ids"):
            pairs = ast.literal_eval(str(vals["selection"]))
            vals["selection_ids"] = [
                [0, 0, {"value": value, "name": label, "sequence": number}]
                for number, (value, label) in enumerate(pairs)
            ]
        return vals

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """Register the field."""
        if env.context.get("_seeding"):
            return
        row = env.row("ir.model.fields", record)
        model = env.store.schema[str(env.row("ir.model", row["model_id"])["model"])]
        name = str(row["name"])
        code = str(row.get("compute") or "")
        model.fields[name] = Field(
            name=name,
            type=str(row["ttype"]),
            label=str(row.get("field_description") or name),
            relation=str(row.get("relation") or ""),
            inverse=str(vals.get("relation_field") or ""),
            required=bool(row.get("required")),
            readonly=bool(row.get("readonly")),
            manual=True,
            computed=bool(code),
            reader=counter(model.name, name, code) if code else None,
        )
        env.store.on_rollback(lambda: _take(model.fields, name))

    @override
    def unlinking(self, env: Env, ids: Sequence[int]) -> None:
        """Only manual fields can go."""
        for one in ids:
            row = env.row("ir.model.fields", one)
            if row["state"] != "manual":
                raise user_error("This column contains module data and cannot be removed!")
            fields = env.store.schema[str(env.row("ir.model", row["model_id"])["model"])].fields
            gone = fields.pop(str(row["name"]), None)
            if gone is not None:
                env.store.on_rollback(partial(fields.update, {gone.name: gone}))


class Access(Behaviour):
    """ir.model.access."""

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing is allowed that is not named."""
        return {"active": True, "perm_read": False, "perm_write": False, "perm_create": False, "perm_unlink": False}


def _reference(env: Env, module: str, xml_id: str) -> list[Any]:
    found = env.find("ir.model.data", module=module, name=xml_id)
    if not found or not env.exists(*_target(env, found[0])):
        raise builtin("ValueError", f"External ID not found in the system: {module}.{xml_id}")
    model, record = _target(env, found[0])
    return [model, record if env.row(model, record).get("active", True) else False]


def _target(env: Env, row: int) -> tuple[str, int]:
    data = env.row("ir.model.data", row)
    return str(data["model"]), int(data["res_id"])


def check_object_reference(
    env: Env,
    model: str,
    module: str,
    xml_id: str,
    raise_on_access_error: bool = False,  # noqa: FBT001, FBT002  # the server's own signature
) -> list[Any]:
    """[model, id] behind 'module.xml_id'; the id is False for an archived record, unless the context asks for it."""
    del raise_on_access_error
    del model
    found = _reference(env.sudo(), module, xml_id)
    if found[1] is False and not env.context.get("active_test", True):
        found[1] = env.sudo().ref(f"{module}.{xml_id}")
    return found


class ModelData(Behaviour):
    """ir.model.data."""

    compute: Mapping[str, Compute] = {
        "complete_name": lambda env, one: ".".join(
            str(env.row("ir.model.data", one)[key]) for key in ("module", "name")
        ),
        "reference": lambda env, one: ",".join(str(part) for part in _target(env, one)),
    }
    on_model: Mapping[str, Method] = {"check_object_reference": check_object_reference}

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """One record per external id."""
        if env.find("ir.model.data", module=vals.get("module"), name=vals.get("name")):
            key = f"({vals.get('module')}, {vals.get('name')})"
            detail = f"DETAIL:  Key (module, name)={key} already exists.\n"
            text = f'duplicate key value violates unique constraint "ir_model_data_module_name_uniq_index"\n{detail}'
            raise validation_error(env.named(text, f"The operation cannot be completed: {text}"))
        return vals


def has_access(env: Env, model: str, ids: Sequence[int], operation: str) -> bool:
    """Whether the user may do `operation` (19)."""
    del ids
    return _allowed(env, model, operation)


def check_access_rights(
    env: Env,
    model: str,
    operation: str,
    raise_exception: bool = True,  # noqa: FBT001, FBT002  # the server's own signature
) -> bool:
    """The same, raising AccessError unless told not to (14)."""
    if raise_exception:
        check(env, model, operation)
    return _allowed(env, model, operation)


def _allowed(env: Env, model: str, operation: str) -> bool:
    try:
        check(env, model, operation)
    except OdooFault:
        return False
    return True
