"""Pure functions: typed Amazon order and typed Odoo facts in, typed Odoo commands out."""
