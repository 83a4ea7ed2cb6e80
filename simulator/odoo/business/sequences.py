"""Numbers of documents. As PostgreSQL's sequences they are never given back, not by a rollback either."""

from __future__ import annotations

from simulator.odoo.engine.env import Env


def next_name(env: Env, sequence: int) -> str:
    """The next number of a sequence, with its prefix."""
    row = env.row("ir.sequence", sequence)
    number = env.store.next_id(f"ir.sequence:{sequence}")
    return f"{row.get('prefix') or ''}{number:0{int(row.get('padding') or 0)}d}"


def next_by_code(env: Env, code: str) -> str:
    """The next number of the sequence with this code."""
    return next_name(env, env.find("ir.sequence", code=code)[0])
