"""Search domains in Polish notation, evaluated record by record after an index narrowed the records down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from simulator.odoo.engine.errors import builtin
from simulator.odoo.engine.schema import RELATIONAL, X2MANY, Field

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

Test = Callable[[int], bool]
_OPERATORS: Final = frozenset(
    {"=", "!=", "in", "not in", "like", "ilike", "not like", "not ilike", "=like", "=ilike", "<", ">", "<=", ">="}
)
_NEGATIVE: Final = {"!=": "=", "not in": "in", "not like": "like", "not ilike": "ilike"}
_LIKE: Final = re.compile(r"\\?.", re.DOTALL)
_EMPTY: Final = (False, None, "", ())
# Beyond this, going from value to records costs more than it saves.
_FEW: Final = 500


def matching(env: Env, model: str, domain: Sequence[Any]) -> list[int]:
    """Ids, ascending, of the records of `model` in `domain`; archived ones only where the domain asks."""
    leaves = list(domain)
    if "active" in env.model(model).fields and env.context.get("active_test", True):
        asked = any(isinstance(leaf, (list, tuple)) and leaf and leaf[0] == "active" for leaf in leaves)
        if not asked:
            leaves = ["&", ["active", "=", True], *_conjunction(leaves)] if leaves else [["active", "=", True]]
    test = compiled(env, model, leaves)
    return [record for record in sorted(_candidates(env, model, leaves)) if test(record)]


def _conjunction(leaves: list[Any]) -> list[Any]:
    """The domain as one term, so that it can follow an operator."""
    terms = missing = 0
    for leaf in leaves:
        if leaf in ("&", "|"):
            missing += 1
        elif leaf != "!":
            terms += 1
    return ["&"] * (terms - missing - 1) + leaves


def compiled(env: Env, model: str, domain: Sequence[Any]) -> Test:
    """A test of records. Raises what Odoo raises for an operator, a field or a shape it does not know."""
    stack: list[Test] = []
    for leaf in reversed(domain):
        if leaf == "!":
            stack.append(_not(stack.pop()))
        elif leaf in ("&", "|"):
            stack.append(_both(stack.pop(), stack.pop()) if leaf == "&" else _either(stack.pop(), stack.pop()))
        else:
            stack.append(_leaf(env, model, leaf))
    return lambda record: all(test(record) for test in stack)


def _not(one: Test) -> Test:
    return lambda record: not one(record)


def _both(one: Test, other: Test) -> Test:
    return lambda record: one(record) and other(record)


def _either(one: Test, other: Test) -> Test:
    return lambda record: one(record) or other(record)


def _candidates(env: Env, model: str, leaves: Sequence[Any]) -> Iterable[int]:
    table = env.store.table(model)
    if "|" in leaves or "!" in leaves:
        return table
    best: Iterable[int] = table
    size = len(table)
    for leaf in leaves:
        found = _indexed(env, model, leaf) if isinstance(leaf, (list, tuple)) and len(leaf) == 3 else None
        if found is not None and len(found) < size:
            best, size = found, len(found)
    return best


def _indexed(env: Env, model: str, leaf: Sequence[Any]) -> set[int] | None:
    name, operator, value = leaf
    head, _, rest = str(name).partition(".")
    field = env.model(model).fields.get(head)
    if field is None or operator not in {"=", "in"}:
        return None
    values = value if operator == "in" and isinstance(value, (list, tuple)) else [value]
    if rest:
        found = _indexed(env, field.relation, [rest, operator, value]) if field.type == "many2one" else None
        return _holding(env, model, field, list(found)) if found is not None and len(found) <= _FEW else None
    return _holding(env, model, field, values)


def _holding(env: Env, model: str, field: Field, values: Sequence[Any]) -> set[int] | None:
    """Records that may have one of `values` in the field; None where only trying all tells."""
    lookup = env.behaviour(model).lookups.get(field.name)
    if lookup is not None and len(values) <= _FEW and all(one and one is not True for one in values):
        return lookup(env, values)
    if field.name in env.behaviour(model).compute or not field.stored:
        return None
    if field.name == "id":
        return {one for one in values if isinstance(one, int) and env.exists(model, one)}
    wanted = int if field.type == "many2one" else str if field.type in {"char", "selection"} else None
    if wanted is None or not all(isinstance(one, wanted) and one and one is not True for one in values):
        return None
    return {record for one in values for record in env.store.find(model, field.name, one)}


def _leaf(env: Env, model: str, leaf: Any) -> Test:
    if not isinstance(leaf, (list, tuple)) or len(leaf) != 3:
        old = builtin("IndexError", "string index out of range")
        raise old if env.series < 19 else builtin("ValueError", f"Domain() invalid item in domain: {leaf!r}")
    name, operator, value = leaf
    if name in (1, 0):
        return lambda _record: (name == value) is (operator == "=")
    head, _, rest = str(name).partition(".")
    field = env.model(model).fields.get(head)
    shown = (name, operator, value)
    if field is None:
        place = f"{env.named('leaf', 'condition')} {shown}"
        raise builtin("ValueError", f"Invalid field {model}.{head} in {place}")
    if operator not in _OPERATORS:
        raise builtin("ValueError", env.named(f"Invalid leaf {shown}", f"Invalid operator in condition {shown}"))
    if rest:
        return _dotted(env, model, field, [rest, operator, value])
    if operator in _NEGATIVE:
        return _not(_positive(env, model, field, _NEGATIVE[operator], value))
    return _positive(env, model, field, operator, value)


def _dotted(env: Env, model: str, field: Field, leaf: Sequence[Any]) -> Test:
    inner = _leaf(env, field.relation, leaf)

    def test(record: int) -> bool:
        value = env.get(model, record, field.name)
        return any(inner(one) for one in (value if isinstance(value, tuple) else (value,)) if one)

    return test


def _positive(env: Env, model: str, field: Field, operator: str, value: Any) -> Test:
    judge = _judge_ids(env, field, operator, value) if field.type in RELATIONAL else _judge(env, field, operator, value)
    return lambda record: judge(env.get(model, record, field.name))


def _judge_ids(env: Env, field: Field, operator: str, value: Any) -> Callable[[Any], bool]:
    if operator in {"=", "in"}:
        wanted = list(value) if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(one, str) for one in wanted):
            names = {one for one in wanted if isinstance(one, str)}
            return lambda got: any(env.name_of(field.relation, one) in names for one in _ids(got))
        ids = {one for one in wanted if one is not False and one is not None}
        empty = len(ids) < len(wanted)
        return lambda got: bool(ids.intersection(_ids(got))) or (empty and not _ids(got))
    match = _judge(env, field, operator, value)
    if operator in {"like", "ilike", "=like", "=ilike"}:
        return lambda got: any(match(env.name_of(field.relation, one)) for one in _ids(got))
    return match


def _ids(value: Any) -> tuple[int, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if value else ()


def _judge(env: Env, field: Field, operator: str, value: Any) -> Callable[[Any], bool]:
    if field.type in {"datetime", "date"}:
        value = _moments(env, field, operator, value)
    if operator in {"=", "in"}:
        wanted = list(value) if isinstance(value, (list, tuple)) else [value]
        empty = field.type not in {"integer", "float", "monetary"} and any(one in _EMPTY for one in wanted)
        return lambda got: got in wanted or (empty and got in _EMPTY)
    if operator in {"like", "ilike", "=like", "=ilike"}:
        return _like(operator, str(value or ""))
    bounds: dict[str, Callable[[Any], bool]] = {
        "<": lambda got: bool(got < value),
        ">": lambda got: bool(got > value),
        "<=": lambda got: bool(got <= value),
        ">=": lambda got: bool(got >= value),
    }
    within = bounds[operator]
    nothing = _EMPTY if field.type not in {"integer", "float", "monetary", "boolean"} else (None,)
    return lambda got: not any(got is none or got == none for none in nothing) and within(got)


def _like(operator: str, pattern: str) -> Callable[[Any], bool]:
    text = pattern if operator.startswith("=") else f"%{pattern}%"
    flags = re.IGNORECASE if "ilike" in operator else 0
    regex = re.compile("".join(_piece(part) for part in _LIKE.findall(text)) + r"\Z", flags | re.DOTALL)
    return lambda got: isinstance(got, str) and regex.match(got) is not None


def _piece(part: str) -> str:
    """A part of PostgreSQL's pattern as a regular expression: % any text, _ a character; a backslash quotes them."""
    return {"%": ".*", "_": "."}.get(part) or re.escape(part[-1])


def _moments(env: Env, field: Field, operator: str, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_moments(env, field, operator, one) for one in value]
    if not isinstance(value, str):
        return value
    if field.type == "date":
        return value[:10]
    if env.series >= 19 and ("T" in value or "Z" in value):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            raise builtin("ValueError", f"expecting only datetimes with no timezone: {value!r}")
        value = value.replace("T", " ")
    if len(value) == 10:
        return f"{value} {'23:59:59' if operator in {'>', '<='} else '00:00:00'}"
    return value


def x2many(field: Field) -> bool:
    """Whether the field holds several records."""
    return field.type in X2MANY
