"""The data of setup: models, fields and rights that the product keeps in Odoo. No code acts here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ACCOUNT: Final = "x_amazon_account"
CURSOR: Final = "x_amazon_cursor"
OFFER: Final = "x_amazon_offer"
ISSUE: Final = "x_amazon_issue"

MODELS: Final = {
    ACCOUNT: "Amazon Account",
    CURSOR: "Amazon Cursor",
    OFFER: "Amazon Offer",
    ISSUE: "Amazon Issue",
}


@dataclass(frozen=True, slots=True)
class FieldSeed:
    """A manual field. `values`: of a selection, (value, label); `relation`: of a many2one.

    `counts`: (model, field, further conditions) of a field that counts records whose `field` is the account's key: all
    of them, since who may see the account need not see the records, and Odoo would refuse the whole list.
    """

    model: str
    name: str
    label: str
    type: str = "char"
    relation: str = ""
    values: tuple[tuple[str, str], ...] = ()
    index: bool = False
    counts: tuple[str, str, tuple[tuple[str, str, object], ...]] | None = None

    @property
    def compute(self) -> str:
        """The Python that Odoo runs when somebody looks; '' for a field that is stored."""
        if self.counts is None:
            return ""
        model, field, more = self.counts
        wanted = ", ".join([f"('{field}', '=', record.x_key)", *map(str, more)])
        return f"for record in self: record['{self.name}'] = self.env['{model}'].sudo().search_count([{wanted}])"


_CHANNEL: Final = (("fba", "Amazon (FBA)"), ("fbm", "Own warehouse (FBM)"))
_SYNC: Final = (("pending", "Pending"), ("done", "Done"), ("error", "Error"))

FIELDS: Final = (
    FieldSeed(ACCOUNT, "x_name", "Name"),
    FieldSeed(ACCOUNT, "x_key", "Key", index=True),
    FieldSeed(ACCOUNT, "x_seller_ref", "Seller ID"),
    FieldSeed(ACCOUNT, "x_region", "Region"),
    FieldSeed(ACCOUNT, "x_marketplaces", "Marketplaces"),
    FieldSeed(
        ACCOUNT,
        "x_state",
        "State",
        "selection",
        values=(("active", "Active"), ("paused", "Paused"), ("stopped", "Stopped by hand")),
    ),
    FieldSeed(ACCOUNT, "x_reason", "Reason", "text"),
    FieldSeed(ACCOUNT, "x_remedy", "Remedy", "text"),
    FieldSeed(ACCOUNT, "x_last_sync", "Last Synchronisation", "datetime"),
    FieldSeed(ACCOUNT, "x_company_id", "Company", "many2one", "res.company"),
    FieldSeed(ACCOUNT, "x_orders", "Orders", "integer", counts=("sale.order", "x_amazon_account", ())),
    FieldSeed(
        ACCOUNT,
        "x_untold",
        "Not Told",
        "integer",
        counts=("stock.picking", "x_amazon_account", (("x_amazon_sync_status", "in", ("pending", "error")),)),
    ),
    FieldSeed(
        ACCOUNT,
        "x_attention",
        "Need Attention",
        "integer",
        counts=(ISSUE, "x_account", (("x_state", "in", ("open", "retry")),)),
    ),
    FieldSeed(CURSOR, "x_name", "Name"),
    FieldSeed(CURSOR, "x_account", "Account", index=True),
    FieldSeed(CURSOR, "x_group", "Fetch Group"),
    FieldSeed(CURSOR, "x_until", "Fetched Until", "datetime"),
    FieldSeed(OFFER, "x_name", "SKU"),
    FieldSeed(OFFER, "x_account", "Account", index=True),
    FieldSeed(OFFER, "x_marketplace", "Marketplace"),
    FieldSeed(OFFER, "x_sku", "Seller SKU", index=True),
    FieldSeed(OFFER, "x_asin", "ASIN"),
    FieldSeed(OFFER, "x_title", "Listing Title"),
    FieldSeed(OFFER, "x_product_id", "Product", "many2one", "product.product"),
    FieldSeed(OFFER, "x_needs_pairing", "Needs Pairing", "boolean"),
    FieldSeed(OFFER, "x_company_id", "Company", "many2one", "res.company"),
    FieldSeed(ISSUE, "x_name", "Name"),
    FieldSeed(ISSUE, "x_order_ref", "Amazon Order", index=True),
    FieldSeed(ISSUE, "x_account", "Account", index=True),
    FieldSeed(ISSUE, "x_marketplace", "Marketplace"),
    FieldSeed(ISSUE, "x_code", "Code"),
    FieldSeed(ISSUE, "x_reason", "Reason", "text"),
    FieldSeed(ISSUE, "x_remedy", "Remedy", "text"),
    FieldSeed(
        ISSUE,
        "x_state",
        "State",
        "selection",
        values=(("open", "Open"), ("retry", "Retry"), ("done", "Done"), ("dismissed", "Dismissed")),
        index=True,
    ),
    FieldSeed(ISSUE, "x_order_id", "Sales Order", "many2one", "sale.order"),
    FieldSeed(ISSUE, "x_version", "Version of the Order", "datetime"),
    FieldSeed(ISSUE, "x_since", "Since", "datetime"),
    FieldSeed(ISSUE, "x_attempts", "Attempts", "integer"),
    FieldSeed("sale.order", "x_amazon_account", "Amazon Account", index=True),
    FieldSeed("sale.order", "x_amazon_channel", "Amazon Channel", "selection", values=_CHANNEL),
    FieldSeed("sale.order", "x_amazon_marketplace", "Amazon Marketplace"),
    FieldSeed("sale.order", "x_amazon_status", "Amazon Status"),
    FieldSeed("sale.order", "x_amazon_last_update", "Amazon Last Update", "datetime"),
    FieldSeed("sale.order", "x_amazon_service_level", "Amazon Service Level"),
    FieldSeed("sale.order", "x_amazon_purchase_order", "Amazon Purchase Order"),
    FieldSeed("sale.order", "x_amazon_programs", "Amazon Programs"),
    FieldSeed("sale.order", "x_amazon_replaces", "Replaces Amazon Order", index=True),
    FieldSeed("sale.order", "x_amazon_replaced_id", "Replaces Sales Order", "many2one", "sale.order"),
    FieldSeed("sale.order", "x_amazon_cancel_reason", "Amazon Cancel Reason"),
    FieldSeed("sale.order", "x_amazon_cancel_status", "Amazon Cancellation", "selection", values=_SYNC, index=True),
    FieldSeed("sale.order", "x_amazon_cancel_note", "Amazon Cancellation Note", "text"),
    FieldSeed("sale.order", "x_amazon_cancel_key", "Amazon Cancellation Key"),
    FieldSeed("sale.order.line", "x_amazon_item_ref", "Amazon Order Item", index=True),
    FieldSeed("stock.picking", "x_amazon_account", "Amazon Account", index=True),
    FieldSeed("stock.picking", "x_amazon_channel", "Amazon Channel", "selection", values=_CHANNEL),
    FieldSeed(
        "stock.picking",
        "x_amazon_sync_status",
        "Amazon Synchronisation",
        "selection",
        values=_SYNC,
        index=True,
    ),
    FieldSeed("stock.picking", "x_amazon_sync_reason", "Amazon Synchronisation Reason", "text"),
    FieldSeed("stock.picking", "x_amazon_sync_key", "Amazon Synchronisation Key"),
)

BOT_GROUP: Final = "group_bot"
SALESMAN: Final = "sales_team.group_sale_salesman"
SALES_MANAGER: Final = "sales_team.group_sale_manager"
ADMINISTRATOR: Final = "base.group_system"


@dataclass(frozen=True, slots=True)
class Access:
    """What a group may do with one of our models: any of the letters c, r, u, d."""

    model: str
    group: str
    rights: str


ACCESS: Final = tuple(
    Access(model, group, "ru" if group == SALESMAN and model in {OFFER, ISSUE} else rights)
    for model in MODELS
    for group, rights in ((BOT_GROUP, "crud"), (SALESMAN, "r"), (SALES_MANAGER, "crud"), (ADMINISTRATOR, "crud"))
)

# What the bot's group may do besides, where an account's policy lets it activate currencies: by Odoo's own rights only
# accountants and administrators may, and 14 writes an item with every new price list.
CURRENCY_ACCESS: Final = (
    ("res.currency", "ru"),
    ("product.pricelist", "cr"),
    ("product.pricelist.item", "cr"),
)

# What the bot user needs besides group_bot, and why.
BOT_GROUPS: Final = (
    "base.group_user",
    "sales_team.group_sale_salesman_all_leads",  # orders of every salesperson
    "stock.group_stock_user",  # validates FBA deliveries, reads tracking
    "base.group_partner_manager",  # makes contacts
)

# What the daily work does with Odoo's own models, for `odoo check`.
NEEDED_RIGHTS: Final = (
    ("sale.order", ("create", "read", "write")),
    ("sale.order.line", ("create", "read", "write")),
    ("res.partner", ("create", "read", "write")),
    ("product.product", ("read",)),
    ("stock.picking", ("read", "write")),
    ("stock.move", ("read", "write")),
    *((model, ("create", "read", "write")) for model in MODELS),
)
