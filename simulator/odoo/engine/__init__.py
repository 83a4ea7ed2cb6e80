"""What every model shares: fields, transactions, searching, access, import."""
