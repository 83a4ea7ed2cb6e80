"""What of a server action's Python is understood: `records.write({...})`, and `.filtered(lambda one: ...)` before it.

A filter compares a field with `==` or `in` and a constant; that is all that any button of a connector needs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.odoo.engine.errors import user_error


@dataclass(frozen=True)
class Write:
    """`values` for those records that `wanted` takes."""

    wanted: Callable[[Mapping[str, Any]], bool]
    values: dict[str, Any]


def read(code: str) -> Write:
    """Return what `code` does. Raises Odoo's UserError, saying what is not understood."""
    try:
        return _write(ast.parse(code.strip(), mode="eval").body)
    except (SyntaxError, ValueError) as other:
        raise user_error("The simulated Odoo runs no other code than records.write({...})") from other


def _write(code: ast.expr) -> Write:
    match code:
        case ast.Call(func=ast.Attribute(value=records, attr="write"), args=[values]):
            return Write(_filter(records), ast.literal_eval(values))
        case _:
            raise ValueError("no call of records.write")


def _filter(records: ast.expr) -> Callable[[Mapping[str, Any]], bool]:
    match records:
        case ast.Name(id="records"):
            return lambda _row: True
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="records"), attr="filtered"),
            args=[
                ast.Lambda(
                    body=ast.Compare(
                        left=ast.Attribute(attr=field), ops=[ast.Eq() | ast.In() as compared], comparators=[constant]
                    )
                )
            ],
        ):
            told = ast.literal_eval(constant)
            wanted = told if isinstance(compared, ast.In) else (told,)
            return lambda row: row.get(field) in wanted
    raise ValueError("no filter that is understood")
