"""What of people's Python is understood: as much as a connector's buttons and counters need.

Of a server action `records.write({...})`, and `.filtered(lambda one: ...)` before it, which compares a field with `==`
or `in` and a constant. Of a computed field a loop over `self` that counts records by a domain, as `sudo()`. Other code
is refused when it is given, where a real server fails when it runs it. A program of several statements is run as it is
(action_code).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import user_error
from simulator.odoo.engine.reading import search


@dataclass(frozen=True)
class Write:
    """`values` for those records that `wanted` takes."""

    wanted: Callable[[Mapping[str, Any]], bool]
    values: dict[str, Any]


def is_write(code: str) -> bool:
    """Whether `code` is one expression, as a button's is, and no program."""
    body = ast.parse(code.strip()).body
    return len(body) == 1 and isinstance(body[0], ast.Expr)


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


def counter(model: str, name: str, code: str) -> Callable[[Env, int], int]:
    """Return the reader of the field `name` of `model`, computed by `code`. Raises Odoo's UserError."""
    try:
        match ast.parse(code.strip()).body:
            case [
                ast.For(
                    target=ast.Name(id=one),
                    iter=ast.Name(id="self"),
                    body=[
                        ast.Assign(
                            targets=[ast.Subscript(value=ast.Name(id=set_on), slice=ast.Constant(value=set_field))],
                            value=ast.Call(
                                func=ast.Attribute(
                                    value=ast.Call(
                                        func=ast.Attribute(
                                            value=ast.Subscript(slice=ast.Constant(value=str(of))), attr="sudo"
                                        )
                                    ),
                                    attr="search_count",
                                ),
                                args=[ast.List(elts=terms)],
                            ),
                        )
                    ],
                )
            ] if (set_on, set_field) == (one, name):
                return _counting(model, of, one, terms)
    except (SyntaxError, ValueError):
        pass
    raise user_error("The simulated Odoo computes no other fields than counts of records by a domain")


def _counting(model: str, of: str, one: str, terms: list[ast.expr]) -> Callable[[Env, int], int]:
    """A reader; what the domain compares with is a constant, or a field of the record."""
    read_terms: list[tuple[str, str, Any, bool]] = []
    for term in terms:
        match term:
            case ast.Tuple(elts=[left, operator, ast.Attribute(value=ast.Name(id=name), attr=field)]) if name == one:
                read_terms.append((ast.literal_eval(left), ast.literal_eval(operator), field, True))
            case _:
                read_terms.append((*ast.literal_eval(term), False))

    def count(env: Env, record: int) -> int:
        domain = [
            (left, operator, env.get(model, record, right) if of_record else right)
            for left, operator, right, of_record in read_terms
        ]
        return len(search(env, of, domain))

    return count


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
