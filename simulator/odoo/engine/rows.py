"""The rows of an import, folded into one nested record each: rows without a parent cell continue the one above."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.odoo.engine.errors import builtin

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as its cells say: values by field; a list of Raw for a one2many; `first`, `last` row numbers."""

    values: dict[str, Any]
    first: int
    last: int


def paths(env: Env, model: str, fields: Sequence[str]) -> list[Path]:
    """'order_line/product_id/.id' → ('order_line', 'product_id', '.id'), every step checked."""
    result = []
    for text in fields:
        path = tuple(text.split("/"))
        current = model
        for step in path:
            if step in {"id", ".id"}:
                break
            field = env.model(current).fields.get(step)
            if field is None:
                if env.series < 19:
                    raise builtin("KeyError", step)
                raise builtin("ValueError", f"Invalid field name '{step}'")
            current = field.relation or current
        result.append(path)
    return result


def records(env: Env, model: str, columns: Sequence[Path], data: Sequence[Sequence[Any]]) -> Iterator[Raw]:
    """The records of `data`, in order."""
    lines = [i for i, path in enumerate(columns) if _type(env, model, path[0]) == "one2many"]
    heads = [i for i in range(len(columns)) if i not in lines]
    start = 0
    while start < len(data):
        end = start + 1
        while end < len(data) and _continues(data[end], heads, lines):
            end += 1
        values: dict[str, Any] = {}
        for i in heads:
            _set(values, columns[i], data[start][i])
        for name in dict.fromkeys(columns[i][0] for i in lines):
            values[name] = _sub_records(env, model, columns, data[start:end], name)
        yield Raw(values, start, end - 1)
        start = end


def _type(env: Env, model: str, step: str) -> str:
    return "" if step in {"id", ".id"} else env.field(model, step).type


def _continues(row: Sequence[Any], heads: Sequence[int], lines: Sequence[int]) -> bool:
    return any(row[i] for i in lines) and not any(row[i] for i in heads)


def _set(values: dict[str, Any], path: Path, cell: Any) -> None:
    if len(path) == 1:
        values[path[0]] = cell
    else:
        inner = values.setdefault(path[0], {})
        inner[path[1]] = cell


def _sub_records(
    env: Env, model: str, columns: Sequence[Path], rows: Sequence[Sequence[Any]], name: str
) -> list[dict[str, Any]]:
    mine = [i for i, path in enumerate(columns) if path[0] == name]
    inner = [columns[i][1:] or ("id",) for i in mine]
    cells = [[row[i] for i in mine] for row in rows]
    filled = [row for row in cells if any(row)]
    relation = env.field(model, name).relation
    return [raw.values for raw in records(env, relation, inner, filled)]
