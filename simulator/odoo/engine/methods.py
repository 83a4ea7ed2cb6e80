"""The public methods every model has, under the names and parameters the server has them by."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.odoo.engine import reading
from simulator.odoo.engine.behaviour import Method
from simulator.odoo.engine.domain import matching
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import OdooFault, access_error, builtin
from simulator.odoo.engine.load import load
from simulator.odoo.engine.schema import INHERITS
from simulator.odoo.engine.xmlids import assign

# The behaviour under this name serves every model.
EVERY_MODEL: Final = "*"


@dataclass(frozen=True, slots=True)
class Public:
    """A method RPC may call; `on_records`: it is called with ids first."""

    function: Method
    on_records: bool


def find(env: Env, model: str, name: str) -> Public:
    """The method `name` of `model`. Raises what Odoo says to a private or unknown one."""
    env.model(model)
    if name.startswith("_") or (name == "exists" and env.series >= 19):
        shown = env.named(name, f"'{model}.{name}'")
        raise access_error(f"Private methods (such as {shown}) cannot be called remotely.")
    for behaviour in (env.behaviour(model), env.behaviour(EVERY_MODEL)):
        if name in behaviour.on_records:
            return Public(behaviour.on_records[name], on_records=True)
        if name in behaviour.on_model:
            return Public(behaviour.on_model[name], on_records=False)
    if name in ON_RECORDS and not (name == "name_get" and env.series >= 19):
        return Public(ON_RECORDS[name], on_records=True)
    table = {**ON_MODEL, **(ONLY_14 if env.series < 19 else ONLY_19)}
    if name in table:
        return Public(table[name], on_records=False)
    raise no_method(env, model, name)


def no_method(env: Env, model: str, name: str) -> OdooFault:
    """The answer to a method the model does not have."""
    old = f"type object '{model}' has no attribute '{name}'"
    return builtin("AttributeError", env.named(old, f"The method '{model}.{name}' does not exist"))


def bound(function: Method, args: Sequence[Any], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
    """The arguments as `function` takes them (after env and model). Raises TypeError as Python does."""
    signature = inspect.signature(function)
    inner = signature.replace(parameters=list(signature.parameters.values())[2:])
    return inner.bind(*args, **kwargs)


def create(env: Env, model: str, vals_list: Any) -> Any:
    """One id for one dict, a list of ids for a list."""
    if isinstance(vals_list, Mapping):
        return env.create(model, vals_list)[0]
    return env.create(model, *vals_list)


def write(env: Env, model: str, ids: Sequence[int], vals: Mapping[str, Any]) -> bool:
    """Write on records."""
    env.write(model, ids, vals)
    return True


def unlink(env: Env, model: str, ids: Sequence[int]) -> bool:
    """Delete records."""
    env.unlink(model, ids)
    return True


def search_read(  # noqa: PLR0917  # the server's own signature
    env: Env,
    model: str,
    domain: Sequence[Any] | None = None,
    fields: Sequence[str] | None = None,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    *,
    load: str | None = "_classic_read",
) -> list[dict[str, Any]]:
    """Search and read in one call."""
    found = reading.search(env, model, domain or (), offset, limit, order)
    return reading.read(env, model, found, fields, load)


def search(  # noqa: PLR0917  # the server's own signature
    env: Env, model: str, domain: Sequence[Any], offset: int = 0, limit: int | None = None, order: str | None = None
) -> list[int]:
    """Ids in the domain."""
    return reading.search(env, model, domain, offset, limit, order)


def search_count(env: Env, model: str, domain: Sequence[Any], limit: int | None = None) -> int:
    """How many records lie in the domain."""
    env.may(model, "read")
    number = len(matching(env.sudo(), model, domain))
    return min(number, limit) if limit else number


def _search_14(  # noqa: PLR0917  # the server's own signature
    env: Env,
    model: str,
    args: Sequence[Any],
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    count: bool = False,  # noqa: FBT001, FBT002  # the server's own signature
) -> Any:
    found = reading.search(env, model, args, offset, limit, order)
    return len(found) if count else found


def _search_count_14(env: Env, model: str, args: Sequence[Any]) -> int:
    return search_count(env, model, args)


def _name_search_14(  # noqa: PLR0917  # the server's own signature
    env: Env, model: str, name: str = "", args: Sequence[Any] = (), operator: str = "ilike", limit: int = 100
) -> list[list[Any]]:
    return reading.name_search(env, model, name, args or (), operator, limit)


def read(
    env: Env, model: str, ids: Sequence[int], fields: Sequence[str] | None = None, load: str | None = "_classic_read"
) -> list[dict[str, Any]]:
    """Values of records."""
    return reading.read(env, model, ids, fields, load)


def name_get(env: Env, model: str, ids: Sequence[int]) -> list[list[Any]]:
    """[id, display name] of records."""
    env.may(model, "read")
    return [[one, env.name_of(model, one)] for one in ids if env.exists(model, one)]


def exists(env: Env, model: str, ids: Sequence[int]) -> list[int]:
    """Those of the ids that exist."""
    return [one for one in ids if env.exists(model, one)]


def get_external_id(env: Env, model: str, ids: Sequence[int]) -> dict[str, str]:
    """'module.name' (the oldest) by id, "" where there is none."""
    return {str(one): next(iter(env.xmlids(model, one)), "") for one in ids}


def export_data(env: Env, model: str, ids: Sequence[int], fields_to_export: Sequence[str]) -> dict[str, Any]:
    """Rows of text as load() would take them: id, plain fields, many2one/id."""
    env.may(model, "read")
    return {"datas": [[_exported(env, model, one, path) for path in fields_to_export] for one in ids]}


def _exported(env: Env, model: str, record: int, path: str) -> Any:
    name, _, rest = path.partition("/")
    if name == "id":
        known = env.xmlids(model, record)
        if not known:
            assign(env.sudo(), model, record, f"__export__.{model.replace('.', '_')}_{record}", noupdate=False)
        return env.xmlids(model, record)[0]
    value = env.get(model, record, "id" if name == ".id" else name)
    field = env.field(model, "id" if name == ".id" else name)
    if field.type != "many2one":
        return value if value is not False else ""
    if not value:
        return ""
    return _exported(env, field.relation, value, rest) if rest else env.name_of(field.relation, value)


def default_get(env: Env, model: str, fields: Sequence[str] | None = None) -> dict[str, Any]:
    """Default values of a new record."""
    link, parent = INHERITS.get(model, ("", ""))
    vals = env.behaviour(parent).defaults(env.sudo(), {}) if link else {}
    vals |= env.behaviour(model).defaults(env.sudo(), {})
    names = fields if fields is not None else vals
    return {name: vals[name] for name in names if vals.get(name) not in (None, False)}


def message_post(env: Env, model: str, ids: Sequence[int], *, body: str = "", **more: Any) -> Any:
    """Log a note on one record."""
    values = {"model": model, "res_id": ids[0], "body": body, "date": env.now(), "message_type": "notification"}
    new = env.sudo().create("mail.message", {**values, "subject": more.get("subject") or False})
    return new[0] if env.series < 19 else new


ON_RECORDS: Final[Mapping[str, Method]] = {
    "write": write,
    "unlink": unlink,
    "read": read,
    "get_external_id": get_external_id,
    "export_data": export_data,
    "message_post": message_post,
    "name_get": name_get,
    "exists": exists,
}
ON_MODEL: Final[Mapping[str, Method]] = {
    "create": create,
    "search_read": search_read,
    "fields_get": reading.fields_get,
    "load": load,
    "default_get": default_get,
}
ONLY_14: Final[Mapping[str, Method]] = {
    "search": _search_14,
    "search_count": _search_count_14,
    "name_search": _name_search_14,
}
ONLY_19: Final[Mapping[str, Method]] = {
    "search": search,
    "search_count": search_count,
    "name_search": reading.name_search,
}
