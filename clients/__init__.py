"""The only code that knows HTTP or RPC; foreign errors become ours here."""
