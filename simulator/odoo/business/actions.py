"""Windows and server actions: who may run them, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from simulator.odoo.business.action_code import check_code, run_code
from simulator.odoo.business.server_code import is_write, read
from simulator.odoo.engine.access import groups_of
from simulator.odoo.engine.behaviour import Behaviour, Compute, Method
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import access_error, validation_error


class ActWindow(Behaviour):
    """ir.actions.act_window."""

    compute: Mapping[str, Compute] = {
        "xml_id": lambda env, one: next(iter(env.xmlids("ir.actions.act_window", one)), "")
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A list and a form in the current place."""
        given = {"type": "ir.actions.act_window", "context": "{}", "target": "current", "limit": 80}
        shared = {"binding_type": "action", "binding_view_types": "list,form"}
        return {**given, **shared, "view_mode": env.named("tree,form", "list,form")}

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """The model must exist."""
        if vals.get("res_model") not in env.store.schema:
            old = f"Invalid model name '{vals.get('res_model')}' in action definition."
            raise validation_error(env.named(old, old.replace("'", "“", 1).replace("'", "”", 1)))
        return vals


def run(env: Env, model: str, ids: Sequence[int]) -> Any:
    """Run server actions: a write on the context's records, or a whole program."""
    answer: Any = False
    for one in ids:
        row = env.sudo().row(model, one)
        _may_run(env, row)
        code = str(row.get("code") or "")
        answer = _write_on_records(env, row, code) if is_write(code) else run_code(env, code)
    return answer


def _may_run(env: Env, row: Mapping[str, Any]) -> None:
    """The groups of an action alone decide; where it has none, who may write on its model."""
    groups = set(row.get(env.named("groups_id", "group_ids")) or ())
    if not groups:
        env.may(str(env.sudo().row("ir.model", row["model_id"])["model"]), "write")
    elif not groups & groups_of(env, env.uid):
        raise access_error("You don't have enough access rights to run this action.")


def _write_on_records(env: Env, row: Mapping[str, Any], code: str) -> bool:
    targets = env.context.get("active_ids") or [env.context.get("active_id")]
    write = read(code)
    target = str(env.sudo().row("ir.model", row["model_id"])["model"])
    env.write(target, [record for record in targets if record and write.wanted(env.row(target, record))], write.values)
    return False


def get_bindings(env: Env, _model: str, model_name: str) -> dict[str, list[dict[str, Any]]]:
    """The actions bound to a model that the user may run, by their kind."""
    inner = env.sudo()
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in ("ir.actions.act_window", "ir.actions.server"):
        for one in sorted(inner.store.table(kind)):
            row = inner.row(kind, one)
            bound = row.get("binding_model_id")
            groups = set(row.get(env.named("groups_id", "group_ids")) or ())
            if not bound or inner.row("ir.model", bound)["model"] != model_name:
                continue
            if not groups or groups & groups_of(env, env.uid):
                told = {"id": one, "name": row["name"], "binding_view_types": row["binding_view_types"]}
                found.setdefault(str(row["binding_type"]), []).append(told)
    return found


class Actions(Behaviour):
    """ir.actions.actions."""

    on_model: Mapping[str, Method] = {"get_bindings": get_bindings}


class ServerAction(Behaviour):
    """ir.actions.server."""

    compute: Mapping[str, Compute] = {"xml_id": lambda env, one: next(iter(env.xmlids("ir.actions.server", one)), "")}
    on_records: Mapping[str, Method] = {"run": run}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Code, to be started from the Action menu."""
        given = {"type": "ir.actions.server", "state": "code", "usage": "ir_actions_server", "sequence": 5}
        return {**given, "binding_type": "action", "binding_view_types": "list,form"}

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """The code must be Python."""
        check_code(str(vals.get("code") or ""))
        return vals

    @override
    def writing(self, env: Env, ids: Sequence[int], vals: dict[str, Any]) -> dict[str, Any]:
        """So must new code."""
        check_code(str(vals.get("code") or ""))
        return vals
