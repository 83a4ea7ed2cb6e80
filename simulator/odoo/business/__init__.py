"""The behaviour of the models the connector works with, for Odoo 14 and 19."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from simulator.odoo.business import (
    actions,
    activity,
    invoice,
    lines,
    partner,
    pickings,
    product,
    sale,
    stock,
    technical,
    views,
    warehouse,
)
from simulator.odoo.engine.behaviour import Behaviour, Method
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.methods import EVERY_MODEL


class _Given(Behaviour):
    """A model that needs nothing but default values."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """The values it was made with."""
        return dict(self._values)


class _Tag(Behaviour):
    """crm.tag."""

    unique = ((("name",), "crm_tag_name_uniq", "Tag name already exists!"),)


class _EveryModelOf14(Behaviour):
    """What any model answers in 14."""

    on_model: Mapping[str, Method] = {
        "load_views": views.views_of,
        "check_access_rights": technical.check_access_rights,
    }


class _EveryModelOf19(Behaviour):
    """What any model answers in 19."""

    on_model: Mapping[str, Method] = {"get_views": views.views_of}
    on_records: Mapping[str, Method] = {"has_access": technical.has_access}


def behaviours(series: int) -> dict[str, Behaviour]:
    """Behaviour by model."""
    old = series < 19
    return {
        EVERY_MODEL: _EveryModelOf14() if old else _EveryModelOf19(),
        "res.partner": partner.Partner(),
        "res.users": partner.Users(),
        "res.groups": partner.Groups(),
        "res.company": partner.Company(),
        "res.currency": product.Currency(),
        "product.template": product.Template(),
        "product.product": product.Product(),
        "product.pricelist": product.Pricelist(),
        "account.tax": product.TaxOf14() if old else product.TaxOf19(),
        "sale.order": sale.OrderOf14() if old else sale.OrderOf19(),
        "sale.order.line": lines.OrderLine(),
        "stock.warehouse": warehouse.Warehouse(),
        "stock.location": warehouse.Location(),
        "stock.picking.type": warehouse.PickingType(),
        ("stock.location.route" if old else "stock.route"): warehouse.Route(),
        "stock.rule": warehouse.Rule(),
        "stock.picking": pickings.Picking(),
        "stock.move": stock.MoveOf14() if old else stock.MoveOf19(),
        "stock.move.line": stock.MoveLine(),
        "stock.quant": stock.Quant(),
        "ir.model": technical.IrModel(),
        "ir.model.fields": technical.IrModelFields(),
        "ir.model.access": technical.Access(),
        "ir.model.data": technical.ModelData(),
        "ir.ui.view": views.View(),
        "ir.ui.menu": views.Menu(),
        "ir.actions.act_window": actions.ActWindow(),
        "ir.actions.actions": actions.Actions(),
        "ir.actions.server": actions.ServerAction(),
        "crm.team": _Given(sequence=10),
        "crm.tag": _Tag(),
        "ir.sequence": _Given(implementation="standard", number_increment=1, number_next=1, active=True),
        "mail.message": _Given(message_type="email"),
        "mail.activity": activity.Activity(),
        "mail.activity.type": _Given(sequence=10, active=True),
        "account.move": invoice.Move(),
        "account.fiscal.position": _Given(company_id=1, sequence=10),
        "ir.model.fields.selection": _Given(sequence=1000),
    }
