"""Values on their way in (what RPC sends → what is stored) and out (what is stored → what RPC answers)."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from simulator.odoo.engine.errors import builtin, in_use
from simulator.odoo.engine.schema import Field

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

# Decimal places that are rounded away on storing; 14 rounds prices, 19 only shows them rounded.
_DIGITS: Final[Mapping[tuple[str, str], tuple[int | None, int | None]]] = {
    ("sale.order.line", "price_unit"): (2, None),
    ("sale.order.line", "product_uom_qty"): (2, 2),
    ("sale.order.line", "discount"): (2, 2),
    ("stock.move", "product_uom_qty"): (2, 2),
    ("stock.move", "quantity_done"): (2, 2),
    ("stock.move", "quantity"): (2, 2),
    ("product.template", "list_price"): (2, None),
}
_FULL: Final = "%Y-%m-%d %H:%M:%S"


def digits_of(series: int, model: str, name: str) -> list[int] | bool | None:
    """What fields_get tells as `digits`: precision and scale, False for 'as many as given', None: nothing is told."""
    if (model, name) not in _DIGITS:
        return None
    digits = _DIGITS[model, name][series >= 19]
    return False if digits is None else [16, digits]


def round_half_up(value: float, digits: int) -> float:
    """Rounded as Odoo rounds: half away from zero on the shortest decimal that means `value`."""
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def stored(env: Env, model: str, field: Field, value: Any) -> Any:  # noqa: PLR0911  # one line per type of field
    """`value` as it is kept in the row. Raises what Odoo raises for a value that does not fit the field."""
    if field.type == "selection":
        return _selection(env, model, field, value)
    if field.type == "many2one":
        return _many2one(env, model, field, value)
    if field.type == "boolean":
        return bool(value)
    if field.type == "integer":
        return int(value or 0)
    if field.type in {"float", "monetary"}:
        digits = _DIGITS.get((model, field.name), (None, None))[env.series >= 19]
        return float(value or 0) if digits is None else round_half_up(float(value or 0), digits)
    if value is None or value is False:
        return False
    if field.type in {"datetime", "date"}:
        return _moment(field, str(value))
    if field.type == "html" and value and not str(value).lstrip().startswith("<"):
        # It is read as HTML: an entity stands for its character.
        return f"<span>{html.escape(html.unescape(str(value)), quote=False)}</span>"
    return str(value) if field.type in {"char", "text", "html", "reference"} else value


def _selection(env: Env, model: str, field: Field, value: Any) -> Any:
    if value is None or value is False or value == "":
        return False
    allowed = {key for key, _label in selection_of(env, model, field)}
    if value not in allowed:
        raise builtin("ValueError", f"Wrong value for {model}.{field.name}: {value!r}")
    return value


def selection_of(env: Env, model: str, field: Field) -> Sequence[tuple[str, str]]:
    """The choices of a selection field; those of a manual field lie in its own records."""
    if not field.manual:
        return field.selection
    owner = [
        one for one in env.find("ir.model.fields", name=field.name) if env.get("ir.model.fields", one, "model") == model
    ]
    rows = env.store.table("ir.model.fields.selection")
    found = [rows[one] for number in owner for one in env.find("ir.model.fields.selection", field_id=number)]
    ranked = sorted(found, key=lambda row: (row.get("sequence") or 0, row["id"]))
    return tuple((str(row["value"]), str(row["name"])) for row in ranked)


def _many2one(env: Env, model: str, field: Field, value: Any) -> int | bool:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else False
    if not value:
        return False
    if not env.exists(field.relation, int(value)):
        raise in_use(env.series, env.model(model).label, model, field.label, field.name)
    return int(value)


def _moment(field: Field, text: str) -> str | bool:
    if not text:
        return False
    pattern = _FULL[:8] if field.type == "date" else _FULL[: max(len(text) - 2, 2)]
    try:
        moment = datetime.strptime(text[:10] if field.type == "date" else text, pattern)  # noqa: DTZ007  # Odoo's are naive UTC
    except ValueError as error:
        raise builtin("ValueError", str(error)) from None
    return moment.strftime("%Y-%m-%d" if field.type == "date" else _FULL)


def shown(env: Env, field: Field, value: Any, *, names: bool = True) -> Any:
    """`value` as read() answers: [id, name] for a many2one (or the bare id), a list of ids for x2many."""
    if field.type == "many2one":
        if not value or not env.exists(field.relation, value):
            return False
        return [value, env.name_of(field.relation, value)] if names else value
    if isinstance(value, tuple):
        return list(value)
    return False if value is None else value
