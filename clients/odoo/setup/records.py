"""Create what is missing, correct what differs, touch nothing else; keyed by external id."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from xml.etree.ElementTree import canonicalize

from clients.odoo.client import Odoo
from clients.odoo.installed import MODULE
from clients.odoo.setup.plan import Outcome, Step
from domain.errors import DatabaseBroken, NeedsHuman
from domain.parked import ODOO_REFUSED

# Archived records are ours too; up to 17, a menu without an entry the user may open is hidden even from load().
_EVERYTHING: Final = {"active_test": False, "ir.ui.menu.full_list": True}

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")

# What setup makes, but for the structure: the ids of orders, buyers and offers are ours too, and without number.
_MODELS: Final = (
    "res.groups", "ir.model.access", "ir.actions.server", "ir.ui.view", "ir.actions.act_window", "ir.ui.menu",
    "product.product", "crm.team", "stock.location", "stock.location.route", "stock.route", "stock.rule",
    "product.pricelist", "x_amazon_account",
)  # fmt: skip

# A cell: text, number, yes or no; a tuple of ids for a many2many; Link for a many2one.
Value = str | int | bool | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Link:
    """A many2one to the record with this id (0: to none)."""

    id: int


@dataclass(frozen=True, slots=True)
class Seed:
    """A record of ours. `values` are kept as they are here; `at_first` belongs to Odoo's users once it is created."""

    name: str
    what: str
    values: Mapping[str, Value | Link] = field(default_factory=dict)
    at_first: Mapping[str, Value | Link] = field(default_factory=dict)


class Records:
    """The records of our external-id module, and the steps taken so far. For one setup run, one thread.

    The external ids that setup meets are read at once: one by one they were half of all its calls.
    """

    def __init__(self, odoo: Odoo, named: Collection[str] = ()) -> None:
        """`named`: the external ids of Odoo's apps that setup will ask for."""
        self.odoo = odoo
        self.steps: list[Step] = []
        self._named = [xmlid.partition(".") for xmlid in sorted(named)]
        self._ours: dict[str, int] = {}

    @cached_property
    def _known(self) -> dict[str, int]:
        """Database ids by external id, as they were when setup began."""
        ours = ["&", ["module", "=", MODULE], ["model", "in", list(_MODELS)]]
        apps, names = sorted({app for app, _, _ in self._named}), sorted({name for _, _, name in self._named})
        domain = ["|", *ours, "&", ["module", "in", apps], ["name", "in", names]]
        found = self.odoo.search_read("ir.model.data", domain, ["module", "name", "res_id"])
        return {f"{entry['module']}.{entry['name']}": entry["res_id"] for entry in found}

    def find(self, xmlid: str) -> int | None:
        """The id of a record of ours ('team') or a `named` one that was there when setup began."""
        return self._known.get(xmlid if "." in xmlid else f"{MODULE}.{xmlid}")

    def id_of(self, xmlid: str) -> int:
        """The id of one of our records ('team'), or of another module's ('base.group_user').

        Raises DatabaseBroken when an app of Odoo is missing.
        """
        if "." not in xmlid:
            return self._ours[xmlid]
        found = self.find(xmlid) or self.odoo.ref(xmlid)
        if found is None:
            app = xmlid.partition(".")[0]
            raise DatabaseBroken(
                f"Odoo has no {xmlid}", remedy=f"Install Odoo's Sales and Inventory apps (module {app})."
            )
        return found

    def ensure(self, model: str, seeds: Sequence[Seed]) -> None:
        """Bring the records of `seeds` to what they say: one transaction for all with equal columns."""
        found = self._found(model, seeds)
        outcomes: dict[str, Outcome] = {}
        missing = [seed for seed in seeds if seed.name not in found]
        for seed in seeds:
            record = found.get(seed.name)
            if record is None:
                outcomes[seed.name] = "created"
                continue
            wanted = seed.values.items()
            changes = {name: _written(value) for name, value in wanted if not _same(record[name], value)}
            if changes:
                self.odoo.call(model, "write", ids=[record["id"]], vals=changes)
            outcomes[seed.name] = "updated" if changes else "unchanged"
        groups: dict[tuple[str, ...], list[Seed]] = {}
        for seed in missing:
            groups.setdefault(_columns(seed), []).append(seed)
        for columns, group in groups.items():
            self._create(model, columns, group)
        self.steps += [Step(seed.what, outcomes[seed.name]) for seed in seeds]

    def _create(self, model: str, columns: tuple[str, ...], seeds: Sequence[Seed]) -> None:
        rows = [[f"{MODULE}.{seed.name}", *_cells(seed)] for seed in seeds]
        loaded = self.odoo.load(model, ["id", *columns], rows, context=_EVERYTHING)
        if loaded.ids is None:
            told = "; ".join(message.text for message in loaded.messages)
            raise NeedsHuman(ODOO_REFUSED, f"setup of {model}: {told}", "Correct what Odoo names, run setup again.")
        self._ours.update(zip((seed.name for seed in seeds), loaded.ids, strict=True))

    def _found(self, model: str, seeds: Sequence[Seed]) -> dict[str, Mapping[str, Any]]:
        """The records there are, archived or not, by the names of their seeds, with the fields to compare."""
        known = {seed.name: there for seed in seeds if (there := self.find(seed.name)) is not None}
        if not known:
            return {}
        compared = sorted({"display_name", *(name for seed in seeds for name in seed.values)})
        domain = [["id", "in", list(known.values())]]
        records = self.odoo.search_read(model, domain, compared, context=_EVERYTHING)
        by_id = {record["id"]: record for record in records}
        found: dict[str, Mapping[str, Any]] = {name: by_id[one] for name, one in known.items() if one in by_id}
        self._ours.update((name, record["id"]) for name, record in found.items())
        return found


def _columns(seed: Seed) -> tuple[str, ...]:
    whole = {**seed.values, **seed.at_first}
    return tuple(f"{name}/.id" if isinstance(value, Link | tuple) else name for name, value in whole.items())


def _cells(seed: Seed) -> list[str]:
    return [_cell(value) for value in {**seed.values, **seed.at_first}.values()]


def _cell(value: Value | Link) -> str:
    if isinstance(value, Link):
        return str(value.id or "")
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value) if value not in (None, False) else ""


def _written(value: Value | Link) -> Any:
    if isinstance(value, Link):
        return value.id or False
    return [[6, 0, list(value)]] if isinstance(value, tuple) else value


def _same(found: Any, wanted: Value | Link) -> bool:
    if isinstance(wanted, Link):
        return (found[0] if found else 0) == wanted.id
    if isinstance(wanted, tuple):
        return set(found) == set(wanted)
    if isinstance(wanted, str) and wanted.startswith("<") and isinstance(found, str):
        return _canonical(found) == _canonical(wanted)
    return bool(found == wanted or (not found and not wanted))


def _canonical(text: str) -> str:
    """XML or well-formed HTML without its layout: Odoo stores both in its own, a view with a declaration at times."""
    return canonicalize(f"<all>{_DECLARATION.sub('', text)}</all>", strip_text=True)
