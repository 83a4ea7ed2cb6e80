"""Views, actions and menus: what Odoo checks when they are made, and what a client gets to show."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from typing_extensions import override

from simulator.odoo.engine import reading
from simulator.odoo.engine.behaviour import Behaviour, Compute
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import OdooFault, builtin, validation_error
from simulator.odoo.engine.methods import find
from simulator.odoo.engine.schema import X2MANY

_TYPES: Final = ("form", "graph", "pivot", "calendar", "kanban", "search", "qweb", "activity")
_SUBVIEWS: Final = {"tree", "list", "form", "kanban", "graph"}


def view_types(env: Env) -> tuple[str, ...]:
    """'tree' became 'list'."""
    return (env.named("tree", "list"), *_TYPES)


class View(Behaviour):
    """ir.ui.view."""

    compute: Mapping[str, Compute] = {
        "arch": lambda env, one: env.row("ir.ui.view", one).get("arch_db") or False,
        "arch_base": lambda env, one: env.row("ir.ui.view", one).get("arch_db") or False,
        "xml_id": lambda env, one: next(iter(env.xmlids("ir.ui.view", one)), ""),
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A primary view of the usual priority."""
        return {"priority": 16, "mode": "extension" if vals.get("inherit_id") else "primary"}

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Check the architecture; its root is the type."""
        return self._checked(env, vals, str(vals.get("model") or ""), str(vals.get("name") or ""))

    @override
    def writing(self, env: Env, ids: Sequence[int], vals: dict[str, Any]) -> dict[str, Any]:
        """Check a new architecture."""
        for one in ids:
            row = env.row("ir.ui.view", one)
            vals = self._checked(env, vals, str(row["model"]), str(row["name"]))
        return vals

    def _checked(self, env: Env, vals: dict[str, Any], model: str, name: str) -> dict[str, Any]:
        given = [key for key in ("arch", "arch_base", "arch_db") if vals.get(key)]
        if not given:
            return vals
        text = str(vals[given[0]])
        rest = {key: value for key, value in vals.items() if key not in given}
        if rest.get("inherit_id"):
            return {**rest, "arch_db": text}
        root = _parsed(env, text)
        if root.tag not in view_types(env):
            raise _wrong_type(env, root.tag)
        for problem in _problems(env, model, root):
            raise _invalid(env, problem, text, model=model, name=name)
        return {"type": root.tag, **rest, "arch_db": text}


def _parsed(env: Env, text: str) -> ET.Element:
    try:
        return ET.fromstring(text)  # noqa: S314  # the simulator binds to loopback; its clients are our own tests
    except ET.ParseError as error:
        if env.series < 19:
            raise OdooFault("lxml.etree.XMLSyntaxError", str(error)) from None
        raise validation_error(f"Error while parsing or validating view:\n\n{error}") from None


def _wrong_type(env: Env, tag: str) -> OdooFault:
    if env.series < 19:
        return builtin("ValueError", f"Wrong value for ir.ui.view.type: {tag!r}")
    return validation_error(
        f"Invalid view type: '{tag}'.\nYou might have used an invalid starting tag in the architecture.\n"
        f"Allowed types are: {', '.join(view_types(env))}"
    )


def _invalid(env: Env, problem: str, text: str, *, model: str, name: str) -> OdooFault:
    if env.series < 19:
        where = f"View name: {name}\nError context:\n view.model: {model}\n"
        return validation_error(f"Error while validating view:\n\n{problem}\n\n{where}")
    return validation_error(f"Error while validating view near:\n\n{text}\n{problem}")


def _problems(env: Env, model: str, node: ET.Element) -> Iterator[str]:
    """What is wrong with the nodes below `node`, in reading order."""
    known = env.store.schema.get(model)
    if known is None:
        yield f"Model not found: {model}"
        return
    for child in node:
        name = child.get("name", "")
        if child.tag == "field":
            if name not in known.fields:
                yield f'Field "{name}" does not exist in model "{model}"'
                continue
            field = known.fields[name]
            inner = [view for view in child if view.tag in _SUBVIEWS]
            for view in inner if field.type in X2MANY else ():
                yield from _problems(env, field.relation, view)
            continue
        if child.tag == "button" and child.get("type") == "object" and not _callable(env, model, name):
            yield f"{name} is not a valid action on {model}"
        if child.tag == "button" and child.get("type") == "action" and not _action(env, name):
            yield f"Action {name} (id: {name}) does not exist for button of type action."
        if child.tag == "filter":
            yield from _filter(env, model, child)
        yield from _problems(env, model, child)


def _callable(env: Env, model: str, name: str) -> bool:
    try:
        find(env, model, name)
    except OdooFault:
        return False
    return True


def _action(env: Env, name: str) -> bool:
    models = ("ir.actions.act_window", "ir.actions.server")
    if name.isdecimal():
        return any(env.exists(model, int(name)) for model in models)
    return bool(env.ref(name.removeprefix("%(").removesuffix(")d")))


def _filter(env: Env, model: str, node: ET.Element) -> Iterator[str]:
    text = node.get("domain") or "[]"
    leaves = ast.literal_eval(text) if "uid" not in text and "context" not in text else []
    for leaf in leaves:
        field = str(leaf[0]).partition(".")[0] if isinstance(leaf, tuple) else ""
        if field and field not in env.model(model).fields:
            shown = f'"{text}"' if env.series < 19 else f"({text}))"
            yield f'Unknown field "{model}.{field}" in domain of <filter name="{node.get("name")}"> {shown}'


def views_of(env: Env, model: str, views: Sequence[Sequence[Any]], options: Mapping[str, Any] | None = None) -> Any:
    """load_views (14) or get_views (19): architectures by type, with the fields they may name."""
    del options
    env.may(model, "read")
    shown = {}
    for number, kind in views:
        wanted = env.named("tree" if kind == "list" else str(kind), "list" if kind == "tree" else str(kind))
        found = (
            [number] if number else env.sudo().active("ir.ui.view", env.find("ir.ui.view", model=model, type=wanted))
        )
        arch = env.sudo().row("ir.ui.view", found[0])["arch_db"] if found else f"<{wanted}/>"
        shown[kind] = {"arch": arch, "id": found[0] if found else False, "model": model, "type": wanted}
    fields = reading.fields_get(env, model)
    if env.series < 19:
        return {"fields_views": {kind: {**view, "fields": fields} for kind, view in shown.items()}, "fields": fields}
    return {"views": shown, "models": {model: {"fields": fields}}}


def _menu_path(env: Env, menu: int) -> str:
    row = env.row("ir.ui.menu", menu)
    parent = row.get("parent_id")
    return f"{_menu_path(env, parent)}/{row['name']}" if parent else str(row["name"])


class Menu(Behaviour):
    """ir.ui.menu, called by its path."""

    compute: Mapping[str, Compute] = {"complete_name": _menu_path}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """In the middle."""
        return {"sequence": 10}

    @override
    def display_name(self, env: Env, record: int) -> str:
        """The path."""
        return _menu_path(env, record)
