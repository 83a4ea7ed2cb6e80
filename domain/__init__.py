"""Values and errors that every layer shares; imports nothing that does input or output."""
