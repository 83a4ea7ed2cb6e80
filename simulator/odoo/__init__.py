"""The simulated Odoo."""
