"""What Redis remembers for a while; losing it costs time, never data."""
