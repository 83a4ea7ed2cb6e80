"""Odoo's external API."""
