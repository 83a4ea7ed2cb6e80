"""Use cases, one file one verb: gather facts, decide (pure), apply."""
