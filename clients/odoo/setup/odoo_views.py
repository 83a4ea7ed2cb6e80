"""Views of Odoo's sales orders and deliveries: lists of their own, and a page in Odoo's forms."""

from __future__ import annotations

from typing import Final

from clients.odoo.setup.seeds import ViewSeed

ODOO_VIEWS: Final = (
    ViewSeed(
        "view_order_list",
        "sale.order",
        """<list create="0" decoration-muted="state == 'cancel'"><field name="client_order_ref" string="Amazon Order"
        width="170px"/><field name="name" string="Order" width="80px"/>
        <field name="date_order" string="Ordered" width="140px"/><field name="partner_id"/>
        <field name="x_amazon_account" string="Account" width="115px"/>
        <field name="x_amazon_marketplace" string="Marketplace" width="100px"/>
        <field name="x_amazon_channel" string="Shipped From" width="150px"/>
        <field name="commitment_date" string="Ship By" width="140px" optional="hide"/>
        <field name="amount_total" width="100px"/>
        <field name="x_amazon_status" string="At Amazon" widget="badge" width="175px"
        decoration-success="x_amazon_status == 'SHIPPED'" decoration-muted="x_amazon_status == 'CANCELLED'"
        decoration-warning="x_amazon_status in ('UNSHIPPED', 'PARTIALLY_SHIPPED')"/>
        <field name="state" widget="badge" width="110px" decoration-success="state in ('sale', 'done')"
        decoration-info="state in ('draft', 'sent')"/>
        <field name="company_id" optional="hide"/><field name="currency_id" optional="hide"/></list>""",
    ),
    ViewSeed(
        "view_order_search",
        "sale.order",
        """<search><field name="client_order_ref" string="Amazon order"/><field name="name" string="Order"/>
        <field name="partner_id"/><field name="x_amazon_account" string="Account"/>
        <field name="x_amazon_marketplace" string="Marketplace"/>
        <filter name="to_ship" string="To ship" domain="[('x_amazon_channel', '=', 'fbm'), ('state', '!=', 'cancel'),
        ('x_amazon_status', 'in', ('UNSHIPPED', 'PARTIALLY_SHIPPED'))]"/><separator/>
        <filter name="fba" string="From Amazon (FBA)" domain="[('x_amazon_channel', '=', 'fba')]"/>
        <filter name="fbm" string="From own warehouse (FBM)" domain="[('x_amazon_channel', '=', 'fbm')]"/>
        <separator/><filter name="date" string="Order date" date="date_order"/><separator/>
        <filter name="replacements" string="Replacements" domain="[('x_amazon_replaces', '!=', False)]"/>
        <filter name="cancel_wish" string="Cancellation wanted" domain="[('x_amazon_cancel_reason', '!=', False)]"/>
        <filter name="by_account" string="Account" context="{'group_by': 'x_amazon_account'}"/>
        <filter name="by_marketplace" string="Marketplace" context="{'group_by': 'x_amazon_marketplace'}"/>
        <filter name="by_channel" string="Shipped from" context="{'group_by': 'x_amazon_channel'}"/>
        <filter name="by_status" string="At Amazon" context="{'group_by': 'x_amazon_status'}"/></search>""",
    ),
    ViewSeed(
        "view_order_form",
        "sale.order",
        """<xpath expr="//notebook" position="inside"><page name="x_amazon" string="Amazon"
        invisible="not x_amazon_account"><group><group>
        <field name="client_order_ref" string="Amazon order" readonly="1"/>
        <field name="x_amazon_account" string="Account" readonly="1"/>
        <field name="x_amazon_marketplace" string="Marketplace" readonly="1"/>
        <field name="x_amazon_channel" string="Shipped from" readonly="1"/>
        <field name="x_amazon_service_level" string="Service level" readonly="1"/>
        <field name="x_amazon_programs" string="Programs" readonly="1" invisible="not x_amazon_programs"/>
        </group><group>
        <field name="x_amazon_status" string="At Amazon" readonly="1"/>
        <field name="x_amazon_last_update" string="Amazon's last change" readonly="1"/>
        <field name="x_amazon_purchase_order" string="Buyer's purchase order" readonly="1"/>
        <field name="x_amazon_replaces" string="Replaces" readonly="1" invisible="not x_amazon_replaces"/>
        <field name="x_amazon_replaced_id" string="Replaced sales order" readonly="1"
        invisible="not x_amazon_replaced_id"/>
        <field name="x_amazon_cancel_reason" string="Buyer wants to cancel" readonly="1"
        invisible="not x_amazon_cancel_reason"/>
        <field name="x_amazon_cancel_status" string="Cancellation told Amazon" readonly="1"
        invisible="not x_amazon_cancel_status"/>
        <field name="x_amazon_cancel_note" string="About the cancellation" readonly="1"
        invisible="not x_amazon_cancel_note"/></group></group></page></xpath>""",
        extends="sale.view_order_form",
    ),
    ViewSeed(
        "view_shipment_list",
        "stock.picking",
        """<list create="0" decoration-muted="state == 'cancel'"><field name="name" string="Delivery" width="130px"/>
        <field name="origin" string="Order" width="90px"/><field name="partner_id" string="Deliver To"/>
        <field name="x_amazon_account" string="Account" width="115px"/>
        <field name="scheduled_date" string="Scheduled" width="150px"/>
        <field name="date_done" string="Delivered" width="150px"/><field name="carrier_id" optional="hide"/>
        <field name="carrier_tracking_ref" string="Tracking"/>
        <field name="state" widget="badge" width="100px" decoration-success="state == 'done'"
        decoration-info="state == 'assigned'" decoration-warning="state in ('waiting', 'confirmed')"/>
        <field name="x_amazon_sync_status" string="Told Amazon" widget="badge" width="110px"
        decoration-success="x_amazon_sync_status == 'done'" decoration-info="x_amazon_sync_status == 'pending'"
        decoration-danger="x_amazon_sync_status == 'error'"/>
        <field name="x_amazon_sync_reason" string="Why Not" optional="hide"/></list>""",
    ),
    ViewSeed(
        "view_shipment_search",
        "stock.picking",
        """<search><field name="name" string="Delivery"/><field name="origin" string="Order"/>
        <field name="partner_id"/><field name="x_amazon_account" string="Account"/>
        <filter name="to_ship" string="To ship" domain="[('state', 'not in', ('done', 'cancel'))]"/><separator/>
        <filter name="failed" string="Amazon refused" domain="[('x_amazon_sync_status', '=', 'error')]"/>
        <filter name="pending" string="Not told yet" domain="[('x_amazon_sync_status', '=', 'pending')]"/>
        <filter name="confirmed" string="Told Amazon" domain="[('x_amazon_sync_status', '=', 'done')]"/>
        <filter name="by_account" string="Account" context="{'group_by': 'x_amazon_account'}"/>
        <filter name="by_state" string="Status" context="{'group_by': 'state'}"/></search>""",
    ),
    ViewSeed(
        "view_shipment_form",
        "stock.picking",
        """<xpath expr="//notebook" position="inside"><page name="x_amazon" string="Amazon"
        invisible="not x_amazon_account"><group><group>
        <field name="x_amazon_account" string="Account" readonly="1"/>
        <field name="x_amazon_channel" string="Shipped from" readonly="1"/></group><group>
        <field name="x_amazon_sync_status" string="Told Amazon" readonly="1"/>
        <field name="x_amazon_sync_reason" string="Why not" readonly="1" invisible="not x_amazon_sync_reason"/>
        </group></group><button name="%(action_shipment_retry)d" type="action" string="Tell Amazon again"
        class="btn-secondary" invisible="x_amazon_sync_status != 'error'"/></page></xpath>""",
        extends="stock.view_picking_form",
    ),
)
