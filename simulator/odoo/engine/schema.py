"""Models and fields of Odoo 14 and 19, read from `data/models.txt`: a line with a number is of that series alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

DATA = Path(__file__).parent.parent / "data"

_HEAD: Final = re.compile(r"\[(?P<name>[^\]]+)\]  (?P<label>.*?)  (?P<order>.*)")
_TYPE: Final = re.compile(r"(?P<type>\w+)(?:\((?P<inside>.*)\))?(?P<required>\*?)(?P<readonly>!?)$", re.DOTALL)
X2MANY: Final = frozenset({"one2many", "many2many"})
RELATIONAL: Final = X2MANY | {"many2one"}
NUMERIC: Final = frozenset({"integer", "float", "monetary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `related`: a path it is read from; `via`: the many2one of an inherited record that stores it.

    `reader`: of a manual field with code of its own, called with the call's view and the record.
    """

    name: str
    type: str
    label: str
    relation: str = ""
    inverse: str = ""
    required: bool = False
    readonly: bool = False
    selection: tuple[tuple[str, str], ...] = ()
    manual: bool = False
    related: str = ""
    via: str = ""
    computed: bool = False
    reader: Callable[[Any, int], Any] | None = None

    @property
    def stored(self) -> bool:
        """Whether the value lies in the record's own row."""
        return self.type != "one2many" and not (self.related or self.via or self.computed)

    @property
    def empty(self) -> Any:
        """The value of a record where nothing was ever written."""
        if self.type in X2MANY:
            return ()
        if self.type == "integer":
            return 0
        return 0.0 if self.type in NUMERIC else False


@dataclass(slots=True, kw_only=True)
class Model:
    """One model; `rec_name` is the field records are called by."""

    name: str
    label: str
    order: str
    fields: dict[str, Field] = field(default_factory=dict)
    manual: bool = False

    @property
    def rec_name(self) -> str:
        """`name`, or `x_name` for a manual model, or "" where the model has neither."""
        return next((name for name in ("name", "x_name") if name in self.fields), "")


# fields_get of the real servers does not tell these.
RELATED: Final = {
    "product.template": {"currency_id": "company_id.currency_id"},
    "product.product": {"lst_price": "product_tmpl_id.list_price"},
    "sale.order.line": {
        "company_id": "order_id.company_id",
        "currency_id": "order_id.currency_id",
        "state": "order_id.state",
        "order_partner_id": "order_id.partner_id",
        "salesman_id": "order_id.user_id",
        "warehouse_id": "order_id.warehouse_id",
        "product_template_id": "product_id.product_tmpl_id",
        "product_type": "product_id.type",
    },
    "stock.picking": {"picking_type_code": "picking_type_id.code"},
    "stock.move": {"product_tmpl_id": "product_id.product_tmpl_id", "has_tracking": "product_id.tracking"},
    "stock.move.line": {"state": "move_id.state", "company_id": "move_id.company_id", "reference": "move_id.reference"},
    "ir.model.fields": {"model": "model_id.model"},
    "ir.actions.server": {"model_name": "model_id.model"},
    "mail.activity": {"res_model": "res_model_id.model"},
}
INHERITS: Final = {
    "product.product": ("product_tmpl_id", "product.template"),
    "res.users": ("partner_id", "res.partner"),
}
_DIFFERENT_PER_VARIANT: Final = frozenset({"active", "product_variant_ids", "product_variant_id"})


def read_schema(series: int) -> dict[str, Model]:
    """Every model of `series` (14 or 19) with its fields."""
    models: dict[str, Model] = {}
    current: Model | None = None
    for line in (DATA / "models.txt").read_text(encoding="utf-8").splitlines():
        mine, text = _for_series(line, series)
        head = _HEAD.match(text)
        if head and mine:
            current = Model(name=head["name"], label=head["label"], order=head["order"])
            models[current.name] = add_magic(current, series)
        elif text and mine and current and not head:
            name, kind, label = text.split("  ", 2)
            current.fields[name] = _field(current.name, name, kind, label)
    for child, (link, parent) in INHERITS.items():
        _inherit(models[child], link, models[parent])
    return models


def add_magic(model: Model, series: int) -> Model:
    """`model` with the fields every model has."""
    stamps = [("create_date", "datetime"), ("write_date", "datetime")]
    for name, kind in [("id", "integer"), ("display_name", "char"), *stamps]:
        label = name.replace("_", " ").title()
        computed = name == "display_name"
        model.fields[name] = Field(name=name, type=kind, label=label, readonly=True, computed=computed)
    for name in ("create_uid", "write_uid"):
        model.fields[name] = Field(name=name, type="many2one", label=name, relation="res.users", readonly=True)
    if series < 19:
        model.fields["__last_update"] = Field(
            name="__last_update", type="datetime", label="Last Modified on", readonly=True, related="write_date"
        )
    return model


def _for_series(line: str, series: int) -> tuple[bool, str]:
    if line[:3] in {"14:", "19:"}:
        return int(line[:2]) == series, line[3:]
    return True, line


def _field(model: str, name: str, kind: str, label: str) -> Field:
    parts = _TYPE.match(kind)
    if parts is None:
        raise ValueError(f"{model}.{name}: unreadable type {kind!r}")
    inside = parts["inside"] or ""
    relation, _, inverse = inside.partition(",")
    choices = tuple((key, text) for key, _, text in (pair.partition("=") for pair in inside.split(";")))
    selection = parts["type"] == "selection"
    return Field(
        name=name,
        type=parts["type"],
        label=label,
        relation="" if selection else relation,
        inverse="" if selection else inverse,
        required=bool(parts["required"]),
        readonly=bool(parts["readonly"]),
        selection=choices if selection else (),
        related=RELATED.get(model, {}).get(name, ""),
    )


def _inherit(child: Model, link: str, parent: Model) -> None:
    for name, one in parent.fields.items():
        if name not in child.fields and name not in _DIFFERENT_PER_VARIANT:
            child.fields[name] = Field(
                name=name,
                type=one.type,
                label=one.label,
                relation=one.relation,
                inverse=one.inverse,
                required=one.required,
                readonly=one.readonly,
                selection=one.selection,
                via=link,
            )
