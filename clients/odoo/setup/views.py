"""The data of the Amazon menu: views, actions, menus. `<list>` stands for what the server calls a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clients.odoo.setup.schema import ACCOUNT, ISSUE, OFFER


@dataclass(frozen=True, slots=True)
class ViewSeed:
    """A view. In `arch`, %(name)d is the id of our record of that name."""

    name: str
    model: str
    arch: str


@dataclass(frozen=True, slots=True)
class ServerActionSeed:
    """A button: Python that Odoo runs on the chosen records, with the user's own rights."""

    name: str
    title: str
    model: str
    code: str


@dataclass(frozen=True, slots=True)
class ActionSeed:
    """A menu entry with its window; `list_view` and `search_view` name ViewSeeds."""

    name: str
    title: str
    model: str
    list_view: str
    search_view: str
    sequence: int
    domain: str = "[]"
    context: str = "{}"


# A field that only Odoo's delivery app has: left out of a view where that app is not installed.
OPTIONAL_FIELDS: Final = frozenset({"carrier_tracking_ref"})

SERVER_ACTIONS: Final = (
    ServerActionSeed(
        "action_issue_retry",
        "Retry",
        ISSUE,
        "records.filtered(lambda issue: issue.x_state in ('open', 'dismissed')).write({'x_state': 'retry'})",
    ),
    ServerActionSeed(
        "action_issue_dismiss",
        "Dismiss",
        ISSUE,
        "records.filtered(lambda issue: issue.x_state in ('open', 'retry')).write({'x_state': 'dismissed'})",
    ),
)

VIEWS: Final = (
    ViewSeed(
        "view_account_list",
        ACCOUNT,
        """<list create="0" decoration-danger="x_state == 'paused'"><field name="x_name"/><field name="x_key"/>
        <field name="x_region"/><field name="x_marketplaces"/><field name="x_state"/><field name="x_reason"/>
        <field name="x_last_sync"/><field name="x_company_id"/></list>""",
    ),
    ViewSeed(
        "view_account_form",
        ACCOUNT,
        """<form create="0"><header><field name="x_state" widget="statusbar"/></header><sheet><group><group>
        <field name="x_name"/><field name="x_key" readonly="1"/><field name="x_seller_ref"/><field name="x_region"/>
        <field name="x_marketplaces"/></group><group><field name="x_company_id"/><field name="x_last_sync"/>
        </group></group><group string="Why it is paused"><field name="x_reason" readonly="1"/>
        <field name="x_remedy" readonly="1"/></group></sheet></form>""",
    ),
    ViewSeed(
        "view_account_search",
        ACCOUNT,
        """<search><field name="x_name"/><field name="x_key"/><field name="x_marketplaces"/>
        <filter name="paused" string="Paused" domain="[('x_state', '=', 'paused')]"/></search>""",
    ),
    ViewSeed(
        "view_offer_list",
        OFFER,
        """<list decoration-warning="x_needs_pairing"><field name="x_sku"/><field name="x_title"/>
        <field name="x_asin"/><field name="x_account"/><field name="x_marketplace"/><field name="x_product_id"/>
        <field name="x_needs_pairing"/></list>""",
    ),
    ViewSeed(
        "view_offer_form",
        OFFER,
        """<form><sheet><group><group><field name="x_name"/><field name="x_sku"/><field name="x_title"/>
        <field name="x_asin"/></group><group><field name="x_account"/><field name="x_marketplace"/>
        <field name="x_product_id"/><field name="x_needs_pairing"/><field name="x_company_id"/></group></group>
        </sheet></form>""",
    ),
    ViewSeed(
        "view_offer_search",
        OFFER,
        """<search><field name="x_sku"/><field name="x_asin"/><field name="x_title"/><field name="x_account"/>
        <field name="x_product_id"/>
        <filter name="pairing" string="Needs pairing" domain="[('x_needs_pairing', '=', True)]"/>
        <filter name="by_marketplace" string="Marketplace" context="{'group_by': 'x_marketplace'}"/></search>""",
    ),
    ViewSeed(
        "view_issue_list",
        ISSUE,
        """<list create="0" decoration-danger="x_state == 'open'" decoration-muted="x_state in ('done', 'dismissed')">
        <field name="x_order_ref"/><field name="x_account"/><field name="x_marketplace"/><field name="x_code"/>
        <field name="x_reason"/><field name="x_remedy"/><field name="x_since"/><field name="x_attempts"/>
        <field name="x_state"/></list>""",
    ),
    ViewSeed(
        "view_issue_form",
        ISSUE,
        """<form create="0"><header>
        <button name="%(action_issue_retry)d" type="action" string="Retry" class="btn-primary"/>
        <button name="%(action_issue_dismiss)d" type="action" string="Dismiss"/>
        <field name="x_state" widget="statusbar"/></header><sheet><group><group>
        <field name="x_order_ref" readonly="1"/><field name="x_order_id" readonly="1"/>
        <field name="x_account" readonly="1"/><field name="x_marketplace" readonly="1"/></group><group>
        <field name="x_code" readonly="1"/><field name="x_since" readonly="1"/><field name="x_version" readonly="1"/>
        <field name="x_attempts" readonly="1"/></group></group><group><field name="x_reason" readonly="1"/>
        <field name="x_remedy" readonly="1"/></group></sheet></form>""",
    ),
    ViewSeed(
        "view_issue_search",
        ISSUE,
        """<search><field name="x_order_ref"/><field name="x_account"/><field name="x_code"/><field name="x_reason"/>
        <filter name="open" string="Open" domain="[('x_state', '=', 'open')]"/>
        <filter name="waiting" string="To be retried" domain="[('x_state', '=', 'retry')]"/>
        <filter name="closed" string="Closed" domain="[('x_state', 'in', ('done', 'dismissed'))]"/>
        <filter name="by_code" string="Code" context="{'group_by': 'x_code'}"/>
        <filter name="by_account" string="Account" context="{'group_by': 'x_account'}"/></search>""",
    ),
    ViewSeed(
        "view_order_list",
        "sale.order",
        """<list create="0"><field name="name"/><field name="client_order_ref" string="Amazon Order"/>
        <field name="date_order"/><field name="partner_id"/><field name="x_amazon_account"/>
        <field name="x_amazon_marketplace"/><field name="x_amazon_channel"/><field name="x_amazon_status"/>
        <field name="commitment_date"/><field name="amount_total"/><field name="currency_id"/><field name="state"/>
        </list>""",
    ),
    ViewSeed(
        "view_order_search",
        "sale.order",
        """<search><field name="client_order_ref"/><field name="name"/><field name="partner_id"/>
        <field name="x_amazon_account"/><field name="x_amazon_marketplace"/>
        <filter name="fba" string="FBA" domain="[('x_amazon_channel', '=', 'fba')]"/>
        <filter name="fbm" string="FBM" domain="[('x_amazon_channel', '=', 'fbm')]"/><separator/>
        <filter name="cancel_wish" string="Cancellation wanted" domain="[('x_amazon_cancel_reason', '!=', False)]"/>
        <filter name="by_marketplace" string="Marketplace" context="{'group_by': 'x_amazon_marketplace'}"/></search>""",
    ),
    ViewSeed(
        "view_shipment_list",
        "stock.picking",
        """<list create="0" decoration-danger="x_amazon_sync_status == 'error'"><field name="name"/>
        <field name="origin"/><field name="x_amazon_account"/><field name="scheduled_date"/><field name="date_done"/>
        <field name="carrier_tracking_ref"/><field name="x_amazon_sync_status"/><field name="x_amazon_sync_reason"/>
        <field name="state"/></list>""",
    ),
    ViewSeed(
        "view_shipment_search",
        "stock.picking",
        """<search><field name="name"/><field name="origin"/><field name="x_amazon_account"/>
        <filter name="failed" string="Failed" domain="[('x_amazon_sync_status', '=', 'error')]"/>
        <filter name="pending" string="Pending" domain="[('x_amazon_sync_status', '=', 'pending')]"/>
        <filter name="confirmed" string="Confirmed" domain="[('x_amazon_sync_status', '=', 'done')]"/></search>""",
    ),
)

_AMAZON: Final = "[('x_amazon_account', '!=', False)]"
_AMAZON_FBM: Final = "[('x_amazon_account', '!=', False), ('x_amazon_channel', '=', 'fbm')]"
_OPEN: Final = "{'search_default_open': 1}"

ACTIONS: Final = (
    ActionSeed("orders", "Orders", "sale.order", "view_order_list", "view_order_search", 10, domain=_AMAZON),
    ActionSeed("offers", "Offers", OFFER, "view_offer_list", "view_offer_search", 20),
    ActionSeed(
        "shipments", "Shipments", "stock.picking", "view_shipment_list", "view_shipment_search", 30, domain=_AMAZON_FBM
    ),
    ActionSeed("issues", "Needs attention", ISSUE, "view_issue_list", "view_issue_search", 40, context=_OPEN),
    ActionSeed("accounts", "Accounts", ACCOUNT, "view_account_list", "view_account_search", 50),
)
