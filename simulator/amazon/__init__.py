"""A simulated Amazon over HTTP, with quotas, life and faults.

Login with Amazon, Orders API 2026-01-01, confirmShipment of Orders API v0, Feeds API 2021-06-30.
"""

from simulator.amazon.app import create_app
from simulator.amazon.sellers import Seller, parse_seller, read_sellers
from simulator.amazon.server import serve
from simulator.amazon.world import CLIENT_ID, CLIENT_SECRET, World

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "Seller", "World", "create_app", "parse_seller", "read_sellers", "serve"]
