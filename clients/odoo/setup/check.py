"""`odoo check`: what is missing in Odoo, and how to mend it; with the rights of the user of the daily work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from clients.odoo.bundle import TITLE, find_action
from clients.odoo.client import Odoo
from clients.odoo.errors import SETUP, OdooBug, OdooRefused
from clients.odoo.installed import CUSTOMERS, MODULE, PRODUCT_KINDS
from clients.odoo.setup.master_data import company_ids, used_companies
from clients.odoo.setup.plan import Finding, SetupPlan
from clients.odoo.setup.schema import BOT_GROUPS, FIELDS, MODELS, NEEDED_RIGHTS
from clients.odoo.setup.views import ACTIONS
from domain.errors import DatabaseBroken

_BOT_GROUP_HINT: Final = "The connector's Odoo user must be in the group 'Amazon Connector'."
_RIGHTS_HINT: Final = "Give the connector's Odoo user its groups: run `python -m worker odoo setup --bot LOGIN`."


def check_setup(odoo: Odoo, plan: SetupPlan) -> tuple[Finding, ...]:
    """Everything looked at, well or not; nothing is written. Raises what any call raises when Odoo is not there."""
    findings = [*_fields(odoo), *_rights(odoo), *_groups(odoo), *_records(odoo, plan), _bundles(odoo)]
    return tuple(findings)


def _fields(odoo: Odoo) -> Iterator[Finding]:
    for model in dict.fromkeys([*MODELS, *(seed.model for seed in FIELDS)]):
        try:
            known = odoo.fields(model)
        except DatabaseBroken as absent:
            yield Finding(f"model {model}", ok=False, remedy=absent.remedy)
            continue
        except OdooRefused as refused:
            yield Finding(f"model {model}", ok=False, remedy=refused.remedy)
            continue
        yield Finding(f"model {model}", ok=True)
        for seed in FIELDS:
            if seed.model != model:
                continue
            what = f"field {model}.{seed.name}"
            info = known.get(seed.name)
            if info is None:
                yield Finding(what, ok=False, remedy=SETUP)
            elif info.type != seed.type:
                remedy = f"It is {info.type} instead of {seed.type}: remove it (Settings > Technical > Fields). {SETUP}"
                yield Finding(what, ok=False, remedy=remedy)
            else:
                missing = {value for value, _label in seed.values} - {value for value, _label in info.selection}
                yield Finding(what, ok=not missing, remedy=SETUP if missing else "")


def _rights(odoo: Odoo) -> Iterator[Finding]:
    for model, operations in NEEDED_RIGHTS:
        for operation in operations:
            # An absent model is told of already.
            with suppress(DatabaseBroken):
                allowed = _may(odoo, model, operation)
                yield Finding(f"right to {operation} {model}", ok=allowed, remedy="" if allowed else _RIGHTS_HINT)


def _may(odoo: Odoo, model: str, operation: str) -> bool:
    try:
        return bool(odoo.call(model, "has_access", ids=[], operation=operation))
    except OdooBug as absent:
        # Up to 17 the method has another name.
        if absent.name != "builtins.AttributeError":
            raise
        return bool(odoo.call(model, "check_access_rights", operation=operation, raise_exception=False))


def _groups(odoo: Odoo) -> Iterator[Finding]:
    # Some groups open records rather than models, which the rights above do not show.
    own = odoo.first_field("res.users", "all_group_ids", "groups_id", "group_ids")
    mine = set(odoo.call("res.users", "read", ids=[odoo.uid], fields=[own])[0][own])
    for xmlid in BOT_GROUPS:
        ok = _there(odoo, xmlid) in mine
        yield Finding(f"group {xmlid} of the connector's user", ok=ok, remedy="" if ok else _RIGHTS_HINT)


def _records(odoo: Odoo, plan: SetupPlan) -> Iterator[Finding]:
    names = [f"product_{kind}" for kind in PRODUCT_KINDS]
    names += ["team", "menu_root", *(f"menu_{seed.name}" for seed in ACTIONS)]
    try:
        companies = used_companies(plan, company_ids(odoo, plan))
        yield Finding("companies", ok=True)
    except DatabaseBroken as absent:
        companies = ()
        yield Finding("companies", ok=False, remedy=absent.remedy)
    for company in companies:
        names += [f"location_{company}", f"route_fba_{company}", f"rule_fba_{company}"]
    names += [f"pricelist_{code}" for code in sorted(set(plan.currencies))]
    names += [f"account_{account.key}" for account in plan.accounts]
    for xmlid in (CUSTOMERS, *(f"{MODULE}.{name}" for name in names)):
        ok = _there(odoo, xmlid) is not None
        yield Finding(f"record {xmlid}", ok=ok, remedy="" if ok else SETUP)
    active = odoo.search_read("res.currency", [["name", "in", sorted(set(plan.currencies))]], ["name"])
    for code in sorted(set(plan.currencies) - {currency["name"] for currency in active}):
        yield Finding(f"currency {code}", ok=False, remedy=SETUP)
    yield from _own_connector(odoo)


def _bundles(odoo: Odoo) -> Finding:
    """Whether calls can be made together. Without that orders come in all the same, at half as much again for Odoo."""
    ok = find_action(odoo) is not None
    return Finding(f"action {TITLE!r}", ok=ok, remedy="" if ok else f"{SETUP} {_BOT_GROUP_HINT}")


def _own_connector(odoo: Odoo) -> Iterator[Finding]:
    """Odoo Enterprise has a connector of its own: both at once would import every order twice."""
    try:
        odoo.fields("amazon.account")
    except DatabaseBroken:
        yield Finding("Odoo's own Amazon connector is not installed", ok=True)
    except OdooRefused:
        yield Finding("Odoo's own Amazon connector", ok=False, remedy=_OWN_CONNECTOR)
    else:
        yield Finding("Odoo's own Amazon connector", ok=False, remedy=_OWN_CONNECTOR)


_OWN_CONNECTOR: Final = "Archive its accounts (Sales > Configuration > Amazon Accounts): two connectors double orders."


def _there(odoo: Odoo, xmlid: str) -> int | bool | None:
    """The id; True when it is there but not ours to read; None when absent."""
    try:
        return odoo.ref(xmlid)
    except OdooRefused:
        return True
