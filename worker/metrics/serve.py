"""The exporter: a small HTTP server that answers Prometheus, and whoever asks whether it lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server
from prometheus_client.registry import CollectorRegistry

from settings import Settings
from worker.bootstrap import build_services, connect_broker, connect_redis
from worker.facts.odoo import Databases
from worker.metrics.collect import Collector


@contextmanager
def serving(given: Settings, address: str, port: int) -> Iterator[int]:
    """Answer on http://ADDRESS:PORT/metrics for the block; yields the port, a free one for 0. Raises OSError."""
    there, databases = build_services(given), Databases(given)
    state, broker = connect_redis(given), connect_broker(given)
    registry = CollectorRegistry()
    registry.register(Collector(there, databases, state, broker))
    server, thread = start_http_server(port, address, registry)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        databases.close()
        there.close()
        for store in (state, broker):
            if store is not None:
                store.close()
