"""The data of the Amazon menu: views, buttons, windows."""

from __future__ import annotations

from typing import Final

from clients.odoo.setup.odoo_views import ODOO_VIEWS
from clients.odoo.setup.own_views import OWN_VIEWS
from clients.odoo.setup.schema import ACCOUNT, ISSUE, OFFER
from clients.odoo.setup.seeds import ActionSeed, ServerActionSeed

VIEWS: Final = (*OWN_VIEWS, *ODOO_VIEWS)

# Fields that only Odoo's delivery app has: left out of a view where that app is not installed.
OPTIONAL_FIELDS: Final = frozenset({"carrier_id", "carrier_tracking_ref"})

# Conditions of the views as 17 and later read them, and the domains that say the same to older versions.
CONDITIONS: Final = {
    "x_state not in ('open', 'dismissed')": "[('x_state', 'not in', ('open', 'dismissed'))]",
    "x_state not in ('open', 'retry')": "[('x_state', 'not in', ('open', 'retry'))]",
    "x_state == 'active'": "[('x_state', '=', 'active')]",
    "x_state == 'stopped'": "[('x_state', '=', 'stopped')]",
    "x_state != 'stopped'": "[('x_state', '!=', 'stopped')]",
    "not x_needs_pairing": "[('x_needs_pairing', '=', False)]",
    "not x_amazon_account": "[('x_amazon_account', '=', False)]",
    "not x_amazon_sync_reason": "[('x_amazon_sync_reason', '=', False)]",
    "not x_amazon_programs": "[('x_amazon_programs', '=', False)]",
    "not x_amazon_replaces": "[('x_amazon_replaces', '=', False)]",
    "not x_amazon_replaced_id": "[('x_amazon_replaced_id', '=', False)]",
    "not x_amazon_cancel_reason": "[('x_amazon_cancel_reason', '=', False)]",
    "not x_amazon_cancel_status": "[('x_amazon_cancel_status', '=', False)]",
    "not x_amazon_cancel_note": "[('x_amazon_cancel_note', '=', False)]",
    "x_amazon_sync_status != 'error'": "[('x_amazon_sync_status', '!=', 'error')]",
    "not x_order_id": "[('x_order_id', '=', False)]",
}

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
    ServerActionSeed(
        "action_account_stop",
        "Stop",
        ACCOUNT,
        "records.write({'x_state': 'stopped', 'x_reason': 'stopped in Odoo',"
        " 'x_remedy': 'Start it again when it may work.'})",
    ),
    ServerActionSeed(
        "action_account_start",
        "Start",
        ACCOUNT,
        "records.filtered(lambda account: account.x_state == 'stopped').write("
        "{'x_state': 'active', 'x_reason': False, 'x_remedy': False})",
    ),
    # Without its key a delivery counts as never told: all its packages are told again, which edits them at Amazon.
    ServerActionSeed(
        "action_shipment_retry",
        "Tell Amazon again",
        "stock.picking",
        "records.filtered(lambda delivery: delivery.x_amazon_sync_status == 'error').write("
        "{'x_amazon_sync_status': 'pending', 'x_amazon_sync_reason': False, 'x_amazon_sync_key': False})",
    ),
)

_AMAZON: Final = "[('x_amazon_account', '!=', False)]"
_AMAZON_FBM: Final = "[('x_amazon_account', '!=', False), ('x_amazon_channel', '=', 'fbm')]"
_OPEN: Final = "{'search_default_open': 1}"

ACTIONS: Final = (
    ActionSeed(
        "orders",
        "Orders",
        "sale.order",
        "view_order_list",
        "view_order_search",
        10,
        ("No orders from Amazon yet", "The connector brings them in by itself; Accounts says up to when it has read."),
        domain=_AMAZON,
    ),
    ActionSeed(
        "offers",
        "Offers",
        OFFER,
        "view_offer_list",
        "view_offer_search",
        20,
        (
            "No offers yet",
            "One appears with a SKU's first order. Where no product has the SKU as internal reference, it is to pair.",
        ),
    ),
    ActionSeed(
        "shipments",
        "Shipments",
        "stock.picking",
        "view_shipment_list",
        "view_shipment_search",
        30,
        ("No deliveries for Amazon orders", "Orders that Amazon ships itself (FBA) are not listed here."),
        domain=_AMAZON_FBM,
    ),
    ActionSeed(
        "issues",
        "Needs attention",
        ISSUE,
        "view_issue_list",
        "view_issue_search",
        40,
        (
            "Nothing needs attention",
            "An order that cannot be brought in appears here, with what happened and what to do.",
        ),
        context=_OPEN,
    ),
    ActionSeed(
        "accounts",
        "Accounts",
        ACCOUNT,
        "view_account_list",
        "view_account_search",
        50,
        ("No seller accounts", "They are added in the connector's settings, then by python -m worker odoo setup."),
    ),
)
