"""An Amazon and an Odoo that answer over HTTP, with faults on demand."""
