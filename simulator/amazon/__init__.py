"""The simulated Amazon."""
