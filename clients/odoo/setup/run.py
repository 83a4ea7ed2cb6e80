"""`odoo setup`: everything the product needs in Odoo, by RPC, without an addon."""

from __future__ import annotations

from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.installed import CUSTOMERS
from clients.odoo.setup.bundle import ensure_bundle
from clients.odoo.setup.master_data import (
    LOCATIONS,
    company_ids,
    ensure_accounts,
    ensure_bot,
    ensure_fba,
    ensure_pricelists,
    ensure_products,
    ensure_team,
    used_companies,
)
from clients.odoo.setup.plan import SetupPlan, SetupReport
from clients.odoo.setup.records import Records
from clients.odoo.setup.schema import ADMINISTRATOR, BOT_GROUPS, SALES_MANAGER, SALESMAN
from clients.odoo.setup.structure import (
    ensure_currency_rights,
    ensure_fields,
    ensure_menu,
    ensure_models,
    ensure_rights,
)
from clients.odoo.setup.views import VIEWS

_NAMED: Final = frozenset(
    {SALESMAN, SALES_MANAGER, ADMINISTRATOR, *BOT_GROUPS, CUSTOMERS, LOCATIONS}
    | {view.extends for view in VIEWS if view.extends}
)


def run_setup(odoo: Odoo, plan: SetupPlan) -> SetupReport:
    """Create what is missing and correct what differs; a second run writes nothing, a broken one is continued.

    `odoo`: connected as an administrator. Raises DatabaseBroken for a missing app, company, currency or warehouse, and
    NeedsHuman when Odoo refuses a record.
    """
    records = Records(odoo, _NAMED)
    companies = company_ids(odoo, plan)
    selling = used_companies(plan, companies)
    model_ids = ensure_models(records)
    ensure_fields(records, model_ids)
    ensure_rights(records, model_ids)
    if plan.activate_currencies:
        ensure_currency_rights(records)
    ensure_bundle(records, model_ids)
    ensure_menu(records, model_ids)
    ensure_products(records, selling)
    ensure_team(records)
    ensure_fba(records, selling)
    ensure_pricelists(records, plan.currencies)
    ensure_accounts(records, plan, companies)
    if plan.bot is not None:
        ensure_bot(records, plan.bot, selling)
    return SetupReport(tuple(records.steps))
