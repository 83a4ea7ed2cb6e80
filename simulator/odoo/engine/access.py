"""Rights of a user: the rules of ir.model.access over the user's groups and those they imply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.odoo.engine.errors import access_error

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

_VERBS = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}


def groups_of(env: Env, uid: int) -> frozenset[int]:
    """The user's groups with every group they imply."""
    field = env.named("groups_id", "group_ids")
    return implied(env, env.row("res.users", uid).get(field) or ())


def implied(env: Env, groups: Iterable[int]) -> frozenset[int]:
    """`groups` and whatever follows from them."""
    table = env.store.table("res.groups")
    todo = list(groups)
    found: set[int] = set()
    while todo:
        group = todo.pop()
        if group not in found and group in table:
            found.add(group)
            todo.extend(table[group].get("implied_ids") or ())
    return frozenset(found)


def check(env: Env, model: str, operation: str) -> None:
    """Refuse unless a rule allows `operation` on `model` to the user."""
    rules = env.store.table("ir.model.access")
    models = env.store.find("ir.model", "model", model)
    mine = groups_of(env, env.uid)
    allowed: set[int] = set()
    for number in models:
        for rule in env.store.find("ir.model.access", "model_id", number):
            row = rules[rule]
            if row.get("active", True) and row.get(f"perm_{operation}"):
                group = row.get("group_id")
                if not group or group in mine:
                    return
                allowed.add(group)
    raise access_error(_refusal(env, model, operation, allowed))


def _refusal(env: Env, model: str, operation: str, allowed: set[int]) -> str:
    head = f"You are not allowed to {_VERBS[operation]} '{env.model(model).label}' ({model}) records."
    names = sorted(str(env.sudo().get("res.groups", group, "full_name")) for group in allowed)
    middle = "No group currently allows this operation."
    if names:
        listed = "".join(f"\n\t- {name}" for name in names)
        middle = f"This operation is allowed for the following groups:{listed}"
    return f"{head}\n\n{middle}\n\nContact your administrator to request access if necessary."
