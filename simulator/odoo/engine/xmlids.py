"""External ids: rows of ir.model.data, unique by (module, name)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.odoo.engine.errors import OdooFault

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

_PLAIN_MODULE = "__import__"


def full(env: Env, xmlid: str) -> str:
    """'module.name' of what a cell holds; a name without module belongs to the current import."""
    return xmlid if "." in xmlid else f"{env.context.get('_import_current_module') or _PLAIN_MODULE}.{xmlid}"


def lookup(env: Env, xmlid: str) -> tuple[int, str, int] | None:
    """(row id, model, record id) behind 'module.name'."""
    module, _, name = xmlid.partition(".")
    found = env.find("ir.model.data", module=module, name=name)
    if not found:
        return None
    row = env.row("ir.model.data", found[0])
    return found[0], str(row["model"]), int(row["res_id"])


def assign(env: Env, model: str, record: int, xmlid: str, *, noupdate: bool) -> None:
    """Give `record` the external id, moving it here if it stood elsewhere."""
    module, _, name = full(env, xmlid).partition(".")
    if " " in name:
        text = 'new row for relation "ir_model_data" violates check constraint "ir_model_data_name_nospaces"\n'
        raise OdooFault("psycopg2.IntegrityError", text, bare=text)
    found = env.find("ir.model.data", module=module, name=name)
    if found:
        env.put("ir.model.data", found[0], model=model, res_id=record, write_date=env.now())
        return
    row = {"module": module, "name": name, "model": model, "res_id": record, "noupdate": noupdate}
    env.store.insert("ir.model.data", {**row, "create_date": env.now(), "write_date": env.now()})


def forget(env: Env, model: str, record: int) -> None:
    """Drop the external ids of a record that is deleted."""
    for one in env.find("ir.model.data", model=model, res_id=record):
        env.store.delete("ir.model.data", one)
