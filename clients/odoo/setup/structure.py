"""Models, fields, rights, views and menus: the part of setup that changes Odoo's structure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.setup.plan import Outcome, Step
from clients.odoo.setup.records import Link, Records, Seed
from clients.odoo.setup.schema import ACCESS, BOT_GROUP, CURRENCY_ACCESS, FIELDS, MODELS, SALESMAN, FieldSeed
from clients.odoo.setup.seeds import ActionSeed, ViewSeed
from clients.odoo.setup.views import ACTIONS, CONDITIONS, OPTIONAL_FIELDS, SERVER_ACTIONS, VIEWS
from domain.errors import NeedsHuman
from domain.parked import ODOO_REFUSED

# Character, its colour, and that of the square behind it.
_ICON: Final = "fa fa-amazon,#FFFFFF,#F08804"


def ensure_models(records: Records) -> dict[str, int]:
    """Create the missing models; ids of ours and of Odoo's own that get fields, by name."""
    odoo = records.odoo
    wanted = sorted({*MODELS, *(seed.model for seed in FIELDS)})
    found = odoo.search_read("ir.model", [["model", "in", wanted]], ["model"])
    ids = {entry["model"]: int(entry["id"]) for entry in found}
    for model, title in MODELS.items():
        if model in ids:
            records.steps.append(Step(f"model {model}", "unchanged"))
            continue
        values = {"name": title, "model": model, "state": "manual"}
        ids[model] = odoo.call("ir.model", "create", vals_list=[values])[0]
        records.steps.append(Step(f"model {model}", "created"))
    return ids


def ensure_fields(records: Records, model_ids: dict[str, int]) -> None:
    """Create the missing fields, a model's in one call.

    Raises NeedsHuman when a field of our name exists with another type: not ours to change.
    """
    odoo = records.odoo
    domain = [["model", "in", list(model_ids)], ["name", "in", [seed.name for seed in FIELDS]]]
    known = {
        (entry["model"], entry["name"]): entry
        for entry in odoo.search_read(
            "ir.model.fields", domain, ["model", "name", "ttype", "relation", "index", "compute"]
        )
    }
    for model, model_id in model_ids.items():
        seeds = [seed for seed in FIELDS if seed.model == model]
        missing = [seed for seed in seeds if (model, seed.name) not in known]
        if missing:
            odoo.call("ir.model.fields", "create", vals_list=[_field_values(seed, model_id) for seed in missing])
        for seed in seeds:
            changed = _correct_field(odoo, seed, known[model, seed.name]) if seed not in missing else False
            outcome: Outcome = "created" if seed in missing else "updated" if changed else "unchanged"
            records.steps.append(Step(f"field {model}.{seed.name}", outcome))
    odoo.forget()


def _field_values(seed: FieldSeed, model_id: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "model_id": model_id,
        "name": seed.name,
        "field_description": seed.label,
        "ttype": seed.type,
        "index": seed.index,
        # A duplicated sales order is not Amazon's order.
        "copied": False,
    }
    if seed.relation:
        values |= {"relation": seed.relation, "on_delete": "set null"}
    if seed.compute:
        values |= {"compute": seed.compute, "store": False, "readonly": True}
    if seed.values:
        values["selection_ids"] = [
            [0, 0, {"value": value, "name": label, "sequence": sequence}]
            for sequence, (value, label) in enumerate(seed.values)
        ]
    return values


def _correct_field(odoo: Odoo, seed: FieldSeed, found: dict[str, Any]) -> bool:
    if found["ttype"] != seed.type or (found["relation"] or "") != seed.relation:
        name = f"{seed.model}.{seed.name}"
        raise NeedsHuman(
            ODOO_REFUSED,
            f"field {name} exists as {found['ttype']}, not {seed.type}",
            f"Rename or remove {name} in Odoo (Settings > Technical > Fields), then run setup again.",
        )
    changes: dict[str, Any] = {}
    # x_name comes with the model, before we can ask for its index.
    if found["index"] != seed.index:
        changes["index"] = seed.index
    if (found["compute"] or "") != seed.compute:
        changes["compute"] = seed.compute
    if seed.values:
        there = {value for value, _label in odoo.fields(seed.model)[seed.name].selection}
        absent = [(value, label) for value, label in seed.values if value not in there]
        if absent:
            changes["selection_ids"] = [[0, 0, {"value": value, "name": label}] for value, label in absent]
    if changes:
        odoo.call("ir.model.fields", "write", ids=[found["id"]], vals=changes)
    return bool(changes)


def ensure_rights(records: Records, model_ids: dict[str, int]) -> None:
    """The bot's group, and who may do what with our models."""
    records.ensure("res.groups", [Seed(BOT_GROUP, "group Amazon Connector", at_first={"name": "Amazon Connector"})])
    seeds = []
    for access in ACCESS:
        title = access.group.partition(".")[2] or access.group
        links = {"model_id": Link(model_ids[access.model]), "group_id": Link(records.id_of(access.group))}
        name = f"access_{access.model}_{title}"
        what = f"rights of {title} to {access.model}"
        seeds.append(Seed(name, what, {"name": name, **links, **_perms(access.rights)}))
    records.ensure("ir.model.access", seeds)


def ensure_currency_rights(records: Records) -> None:
    """What the bot's group needs to make a currency usable, and no more."""
    models = [model for model, _ in CURRENCY_ACCESS]
    found = records.odoo.search_read("ir.model", [["model", "in", models]], ["model"])
    ids = {one["model"]: one["id"] for one in found}
    seeds = []
    for model, rights in CURRENCY_ACCESS:
        name = f"access_{model.replace('.', '_')}_{BOT_GROUP}"
        links = {"model_id": Link(ids[model]), "group_id": Link(records.id_of(BOT_GROUP))}
        seeds.append(Seed(name, f"rights of {BOT_GROUP} to {model}", {"name": name, **links, **_perms(rights)}))
    records.ensure("ir.model.access", seeds)
    if any(step.outcome == "created" for step in records.steps[-len(seeds) :]):
        # 19 remembers who may not from before the rules were there, until they are touched again.
        touched = [records.id_of(seed.name) for seed in seeds]
        records.odoo.call("ir.model.access", "write", ids=touched, vals={"active": True})


def _perms(rights: str) -> dict[str, bool]:
    words = (("c", "create"), ("r", "read"), ("u", "write"), ("d", "unlink"))
    return {f"perm_{word}": letter in rights for letter, word in words}


def ensure_menu(records: Records, model_ids: dict[str, int]) -> None:
    """Server actions, views, window actions and the Amazon menu, in the order in which they name each other."""
    actions = [
        Seed(
            seed.name,
            f"button {seed.title}",
            {
                "name": seed.title,
                "model_id": Link(model_ids[seed.model]),
                "state": "code",
                "code": seed.code,
                "binding_model_id": Link(model_ids[seed.model]),
                "binding_view_types": "list",
            },
        )
        for seed in SERVER_ACTIONS
    ]
    records.ensure("ir.actions.server", actions)
    records.ensure("ir.ui.view", [_view(records, seed) for seed in VIEWS])
    records.ensure("ir.actions.act_window", [_window(records, seed) for seed in ACTIONS])
    groups = records.odoo.first_field("ir.ui.menu", "group_ids", "groups_id")
    allowed = tuple(sorted((records.id_of(SALESMAN), records.id_of(BOT_GROUP))))
    fixed: dict[str, Any] = {"parent_id": Link(0), groups: allowed, "web_icon": _ICON}
    root = Seed("menu_root", "menu Amazon", fixed, {"name": "Amazon", "sequence": 45})
    records.ensure("ir.ui.menu", [root])
    records.ensure("ir.ui.menu", [_menu(records, seed) for seed in ACTIONS])


def list_tag(odoo: Odoo) -> str:
    """What this server calls a list view: 'list', or 'tree' up to 17."""
    kinds = {value for value, _label in odoo.fields("ir.ui.view")["type"].selection}
    return "list" if "list" in kinds else "tree"


def arch(seed: ViewSeed, *, tag: str, known_fields: Sequence[str], ids: dict[str, int], domains: bool) -> str:
    """The view's XML for this server: its word for lists, its fields, its ids of our records.

    `domains`: whether its conditions are domains, as up to 16.
    """
    text = re.sub(r"(</?)list\b", rf"\1{tag}", seed.arch)
    for name in OPTIONAL_FIELDS - set(known_fields):
        text = re.sub(rf'<field name="{name}"[^>]*/>', "", text)
    if domains:
        text = re.sub(r'\binvisible="([^"]+)"', _as_domain, text)
    return re.sub(r"%\((\w+)\)d", lambda found: str(ids[found[1]]), text)


def _as_domain(found: re.Match[str]) -> str:
    return f"attrs=\"{{'invisible': {CONDITIONS[found[1]]}}}\""


def _view(records: Records, seed: ViewSeed) -> Seed:
    ids = {action.name: records.id_of(action.name) for action in SERVER_ACTIONS}
    known = tuple(records.odoo.fields(seed.model))
    # No field tells which language of conditions a server speaks.
    domains = records.odoo.version < (17, 0)
    text = arch(seed, tag=list_tag(records.odoo), known_fields=known, ids=ids, domains=domains)
    title = seed.name.replace("_", " ")
    # Late in line: a view of ours never becomes the one that Odoo's own menus show.
    fixed: dict[str, Any] = {"name": f"Amazon {title}", "model": seed.model, "priority": 99}
    extended = Link(records.id_of(seed.extends) if seed.extends else 0)
    return Seed(seed.name, title, {**fixed, "inherit_id": extended, "arch_base": text})


def _window(records: Records, seed: ActionSeed) -> Seed:
    title, text = seed.empty
    return Seed(
        f"action_{seed.name}",
        f"action {seed.title}",
        {
            "name": seed.title,
            "res_model": seed.model,
            "view_mode": f"{list_tag(records.odoo)},form",
            "domain": seed.domain,
            "context": seed.context,
            "help": f'<p class="o_view_nocontent_smiling_face">{title}</p><p>{text}</p>',
            "view_id": Link(records.id_of(seed.list_view)),
            "search_view_id": Link(records.id_of(seed.search_view)),
        },
    )


def _menu(records: Records, seed: ActionSeed) -> Seed:
    action = f"ir.actions.act_window,{records.id_of(f'action_{seed.name}')}"
    return Seed(
        f"menu_{seed.name}",
        f"menu Amazon > {seed.title}",
        {"parent_id": Link(records.id_of("menu_root")), "action": action},
        {"name": seed.title, "sequence": seed.sequence},
    )
