"""Fiscal positions: which taxes they put in place of others."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.odoo.engine.env import Env


def map_taxes(env: Env, position: int, taxes: Sequence[int]) -> list[int]:
    """The taxes a fiscal position puts in place of these."""
    if env.series < 19:
        rows = [env.row("account.fiscal.position.tax", one) for one in env.find("account.fiscal.position.tax")]
        table = {row["tax_src_id"]: row.get("tax_dest_id") for row in rows if row["position_id"] == position}
        mapped = [table.get(one, one) for one in taxes]
        return [int(one) for one in mapped if one]
    result: list[int] = []
    for tax in taxes:
        others = [
            one
            for one in env.find("account.tax", original_tax_ids=tax)
            if position in (env.row("account.tax", one).get("fiscal_position_ids") or ())
        ]
        result += others or [tax]
    return result
