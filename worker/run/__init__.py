"""`run`: the fleet as real processes under one supervisor, with live progress and a closing comparison."""
