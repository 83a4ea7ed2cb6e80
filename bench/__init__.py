"""Measurements of the whole fleet; see docs/performance.md."""
