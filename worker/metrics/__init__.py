"""Metrics for Prometheus: `python -m worker metrics`."""
