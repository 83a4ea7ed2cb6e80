"""Views of the product's own models. `<list>` stands for what the server calls a list."""

from __future__ import annotations

from typing import Final

from clients.odoo.setup.schema import ACCOUNT, ISSUE, OFFER
from clients.odoo.setup.seeds import ViewSeed

OWN_VIEWS: Final = (
    ViewSeed(
        "view_account_list",
        ACCOUNT,
        """<list create="0" delete="0" default_order="x_name"><field name="x_name" string="Account"/>
        <field name="x_marketplaces"/><field name="x_company_id"/>
        <field name="x_seller_ref" optional="hide"/><field name="x_region" optional="hide"/>
        <field name="x_last_sync" string="Read Until" width="150px"/><field name="x_orders" width="80px"/>
        <field name="x_untold" width="90px"/><field name="x_attention" width="120px"/>
        <field name="x_state" widget="badge" width="90px" decoration-success="x_state == 'active'"
        decoration-danger="x_state == 'paused'" decoration-warning="x_state == 'stopped'"/>
        <field name="x_reason" string="Why It Is Not Active"/></list>""",
    ),
    ViewSeed(
        "view_account_form",
        ACCOUNT,
        """<form create="0" edit="0" delete="0"><header>
        <button name="%(action_account_stop)d" type="action" string="Stop" invisible="x_state == 'stopped'"/>
        <button name="%(action_account_start)d" type="action" string="Start" class="btn-primary"
        invisible="x_state != 'stopped'"/>
        <field name="x_state" widget="statusbar"/></header><sheet>
        <div class="oe_title"><h1><field name="x_name"/></h1></div>
        <div class="alert alert-danger" role="alert" invisible="x_state == 'active'">
        <p><field name="x_reason"/></p><p><field name="x_remedy"/></p></div>
        <group><group><field name="x_company_id"/><field name="x_marketplaces"/><field name="x_region"/></group>
        <group><field name="x_seller_ref"/><field name="x_key" string="Name in the settings"/>
        <field name="x_last_sync" string="Read until"/></group></group><group string="In this database">
        <group><field name="x_orders"/><field name="x_untold" string="Deliveries to tell Amazon"/></group>
        <group><field name="x_attention" string="Needs attention"/></group></group></sheet></form>""",
    ),
    ViewSeed(
        "view_account_search",
        ACCOUNT,
        """<search><field name="x_name"/><field name="x_key"/><field name="x_marketplaces"/>
        <filter name="paused" string="Paused" domain="[('x_state', '=', 'paused')]"/>
        <filter name="stopped" string="Stopped by hand" domain="[('x_state', '=', 'stopped')]"/></search>""",
    ),
    ViewSeed(
        "view_offer_list",
        OFFER,
        """<list create="0" editable="bottom" multi_edit="1" default_order="x_needs_pairing desc, x_sku"
        decoration-warning="x_needs_pairing"><field name="x_sku" readonly="1" width="140px"/>
        <field name="x_title" readonly="1"/><field name="x_asin" readonly="1" width="115px"/>
        <field name="x_account" readonly="1" width="120px"/>
        <field name="x_marketplace" readonly="1" width="100px"/>
        <field name="x_product_id" options="{'no_create': True}"/>
        <field name="x_needs_pairing" string="To Pair" width="80px"/>
        <field name="x_company_id" optional="hide" readonly="1"/></list>""",
    ),
    ViewSeed(
        "view_offer_form",
        OFFER,
        """<form create="0"><sheet><div class="alert alert-warning" role="alert" invisible="not x_needs_pairing">
        Choose the product that this listing sells. Orders imported from then on use it.</div>
        <div class="oe_title"><h1><field name="x_sku" readonly="1"/></h1></div><group><group>
        <field name="x_product_id" options="{'no_create': True}"/>
        <field name="x_needs_pairing" string="To pair"/></group><group><field name="x_title" readonly="1"/>
        <field name="x_asin" readonly="1"/><field name="x_account" readonly="1"/>
        <field name="x_marketplace" readonly="1"/><field name="x_company_id" readonly="1"/></group></group>
        </sheet></form>""",
    ),
    ViewSeed(
        "view_offer_search",
        OFFER,
        """<search><field name="x_sku"/><field name="x_asin"/><field name="x_title"/><field name="x_account"/>
        <field name="x_product_id"/>
        <filter name="pairing" string="To pair" domain="[('x_needs_pairing', '=', True)]"/>
        <filter name="by_account" string="Account" context="{'group_by': 'x_account'}"/>
        <filter name="by_marketplace" string="Marketplace" context="{'group_by': 'x_marketplace'}"/></search>""",
    ),
    ViewSeed(
        "view_issue_list",
        ISSUE,
        """<list create="0" delete="0" default_order="x_since desc"
        decoration-muted="x_state in ('done', 'dismissed')"><header>
        <button name="%(action_issue_retry)d" type="action" string="Retry" class="btn-primary"/>
        <button name="%(action_issue_dismiss)d" type="action" string="Dismiss"/></header>
        <field name="x_order_ref" width="165px"/><field name="x_account" width="115px"/>
        <field name="x_marketplace" optional="hide"/><field name="x_code" optional="hide"/>
        <field name="x_reason" string="What Happened"/><field name="x_remedy" string="What To Do" optional="hide"/>
        <field name="x_since" width="150px"/><field name="x_attempts" optional="hide"/>
        <field name="x_state" widget="badge" width="90px" decoration-danger="x_state == 'open'"
        decoration-info="x_state == 'retry'" decoration-success="x_state == 'done'"/></list>""",
    ),
    ViewSeed(
        "view_issue_form",
        ISSUE,
        """<form create="0" delete="0"><header>
        <button name="%(action_issue_retry)d" type="action" string="Retry" class="btn-primary"
        invisible="x_state not in ('open', 'dismissed')"/>
        <button name="%(action_issue_dismiss)d" type="action" string="Dismiss"
        invisible="x_state not in ('open', 'retry')"/>
        <field name="x_state" widget="statusbar" statusbar_visible="open,retry,done"/></header><sheet>
        <div class="oe_title"><h1><field name="x_order_ref" readonly="1"/></h1></div>
        <group string="What happened"><field name="x_reason" readonly="1" nolabel="1" colspan="2"/></group>
        <group string="What to do"><field name="x_remedy" readonly="1" nolabel="1" colspan="2"/></group>
        <group><group><field name="x_account" readonly="1"/><field name="x_marketplace" readonly="1"/>
        <field name="x_order_id" readonly="1" invisible="not x_order_id"/>
        <field name="x_version" string="Amazon's last change" readonly="1"/></group><group>
        <field name="x_code" readonly="1"/><field name="x_since" readonly="1"/>
        <field name="x_attempts" readonly="1"/></group></group></sheet></form>""",
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
)
