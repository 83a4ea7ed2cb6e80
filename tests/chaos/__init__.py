"""Fault campaigns: the whole fleet under load while faults strike, and a referee that compares both sides then."""
