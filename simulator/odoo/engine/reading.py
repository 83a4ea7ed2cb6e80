"""search, read and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.odoo.engine.domain import matching
from simulator.odoo.engine.errors import builtin
from simulator.odoo.engine.schema import X2MANY, Field
from simulator.odoo.engine.values import digits_of, selection_of, shown

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

# PostgreSQL sorts NULL after everything; a sort key says so with its first element.
_NULL: Final = (1, "")


def search(  # noqa: PLR0917  # the server's own signature
    env: Env,
    model: str,
    domain: Sequence[Any] = (),
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
) -> list[int]:
    """Ids in `domain`, in `order` (or the model's own)."""
    env.may(model, "read")
    found = ordered(env, model, matching(env.sudo(), model, domain), order or own_order(env, model))
    end = offset + limit if limit else None
    return found[offset or 0 : end]


def own_order(env: Env, model: str) -> str:
    """The model's own order, as far as its fields are simulated."""
    known = env.model(model)
    terms = [term.strip() for term in known.order.split(",")]
    return ", ".join(term for term in terms if term.split()[0] in known.fields) or "id"


def ordered(env: Env, model: str, ids: Sequence[int], order: str) -> list[int]:
    """`ids` sorted by "a desc, b"; false values last as PostgreSQL sorts NULL (first when descending)."""
    result = list(ids)
    terms = [term.split() for term in order.split(",")]
    for name, *direction in reversed(terms):
        field = env.model(model).fields.get(name)
        if field is None:
            raise env.invalid_field(model, name) if env.series < 19 else _invalid_order(model, name)
        down = bool(direction) and direction[0].lower() == "desc"
        keys = {record: _sort_key(env, model, record, field) for record in result}
        result.sort(key=keys.__getitem__, reverse=down)
    return result


def _invalid_order(model: str, name: str) -> Exception:
    return builtin("ValueError", f"Invalid field '{name}' on model '{model}'")


def _sort_key(env: Env, model: str, record: int, field: Field) -> tuple[int, Any]:
    value = env.sudo().get(model, record, field.name)
    if field.type == "boolean" or field.type in {"integer", "float", "monetary"}:
        return (0, value or 0)
    if value is False or value is None or value == ():
        return _NULL
    if field.type == "many2one":
        return (0, env.name_of(field.relation, value).casefold())
    return (0, str(value).casefold())


def read(
    env: Env, model: str, ids: Sequence[int], fields: Sequence[str] | None = None, load: str | None = "_classic_read"
) -> list[dict[str, Any]]:
    """Values of `fields` (all when none are named) of the records that exist; `id` always."""
    env.may(model, "read")
    known = env.model(model).fields
    names = list(dict.fromkeys(fields)) if fields else [name for name in known if name != "password"]
    for name in names:
        if name not in known:
            raise env.invalid_field(model, name)
    inner = env.sudo()
    rows = []
    for record in ids:
        if not env.exists(model, record):
            continue
        row: dict[str, Any] = {"id": record}
        for name in names:
            row[name] = _read_one(inner, model, record, known[name], names=load == "_classic_read")
        rows.append(row)
    return rows


def _read_one(env: Env, model: str, record: int, field: Field, *, names: bool) -> Any:
    if field.name == "password":
        return "********"
    value = env.get(model, record, field.name)
    if field.type in X2MANY and value:
        if field.type == "many2many":
            value = tuple(one for one in env.active(field.relation, value))
        value = tuple(ordered(env, field.relation, value, own_order(env, field.relation)))
    return shown(env, field, value, names=names)


# Real servers tell this of every field: what it is computed from.
_DEPENDS: Final = {
    ("sale.order", "fiscal_position_id"): ((), ("partner_shipping_id", "partner_id", "company_id")),
}


def fields_get(
    env: Env, model: str, allfields: Sequence[str] | None = None, attributes: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """Descriptions of the fields: the attributes that clients look at."""
    told = {}
    for name, field in env.model(model).fields.items():
        if allfields and name not in allfields:
            continue
        entry: dict[str, Any] = {
            "type": field.type,
            "string": field.label,
            "name": name,
            "required": field.required,
            "readonly": field.readonly,
            "store": field.stored or field.type == "one2many" or bool(field.via),
            "manual": field.manual,
            "searchable": True,
            "sortable": field.stored,
            "company_dependent": False,
        }
        if field.relation:
            entry["relation"] = field.relation
        if field.inverse:
            entry["relation_field"] = field.inverse
        if field.type == "selection":
            entry["selection"] = [list(pair) for pair in selection_of(env, model, field)]
        if (digits := digits_of(env.series, model, name)) is not None:
            entry["digits"] = digits
        if (model, name) in _DEPENDS:
            entry["depends"] = list(_DEPENDS[model, name][env.series >= 19])
        if env.series < 19:
            entry.pop("name")
        told[name] = {key: value for key, value in entry.items() if not attributes or key in attributes}
    return told


def name_search(  # noqa: PLR0917  # the server's own signature
    env: Env, model: str, name: str = "", domain: Sequence[Any] = (), operator: str = "ilike", limit: int | None = 100
) -> list[list[Any]]:
    """[id, display name] of the records called like `name`."""
    env.may(model, "read")
    found = matching(env.sudo(), model, domain)
    wanted = name.casefold()
    result = []
    for record in ordered(env, model, found, own_order(env, model)):
        label = env.name_of(model, record)
        plain = str(env.behaviour(model).display_name(env.sudo().with_context(_naming=model), record) or "")
        texts = {label, plain, str(env.get(model, record, env.model(model).rec_name or "id") or "")}
        hit = name in texts if operator == "=" else any(wanted in text.casefold() for text in texts)
        if hit or not name:
            result.append([record, label])
    return result[:limit] if limit else result
