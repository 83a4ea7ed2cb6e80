"""Contacts, users, groups and companies."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from simulator.odoo.business.warehouse import create_warehouse
from simulator.odoo.engine.access import groups_of
from simulator.odoo.engine.behaviour import Behaviour, Compute, Method
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import OdooFault, constraint
from simulator.odoo.engine.values import selection_of

_MOST_INDEXED = 2704  # bytes of a row in an index of PostgreSQL
_ADDRESS = ("street", "street2", "city", "zip", "state_id", "country_id")


def messages(model: str) -> Any:
    """The reader of `message_ids` for records of `model`."""

    def compute(env: Env, record: int) -> tuple[int, ...]:
        return env.find("mail.message", model=model, res_id=record)

    return compute


def commercial(env: Env, record: int) -> int:
    """The company a contact belongs to, or the contact itself."""
    row = env.row("res.partner", record)
    return record if row.get("is_company") or not row.get("parent_id") else commercial(env, row["parent_id"])


def _company_name(env: Env, record: int) -> Any:
    """What letters to a contact show as its company: that it belongs to, or the name it has as text."""
    company = env.row("res.partner", commercial(env, record))
    named = company.get("name") if company.get("is_company") else False
    return named or env.row("res.partner", record).get("company_name") or False


def _require_indexable(env: Env, name: str) -> None:
    """PostgreSQL compresses what it indexes; zlib stands in for its own way."""
    size = min(len(name.encode()), len(zlib.compress(name.encode()))) + 16
    if size > _MOST_INDEXED:
        index = "res_partner__name_index" if env.series >= 19 else "res_partner_name_index"
        text = f'index row size {size} exceeds btree version 4 maximum {_MOST_INDEXED} for index "{index}"'
        raise OdooFault("psycopg2.errors.ProgramLimitExceeded", text)


class Partner(Behaviour):
    """res.partner: names with the company's in front; address, tax number and company name come from the parent."""

    reads_first = True
    compute: Mapping[str, Compute] = {
        "commercial_partner_id": commercial,
        "commercial_company_name": _company_name,
        "sale_order_count": lambda env, record: len(env.find("sale.order", partner_id=record)),
        "message_ids": messages("res.partner"),
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A contact in the user's language; one below a parent has the parent's address."""
        given: dict[str, Any] = {"type": "contact", "lang": env.get("res.users", env.uid, "lang") or "en_US"}
        parent = vals.get("parent_id")
        if parent and vals.get("type", "contact") == "contact" and not any(vals.get(name) for name in _ADDRESS):
            row = env.row("res.partner", parent)
            given |= {name: row.get(name, False) for name in _ADDRESS}
        return given

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Refuse a contact without a name."""
        if vals.get("type") == "contact" and not vals.get("name"):
            raise constraint(env.series, "res_partner_check_name", "Contacts require a name")
        return self.writing(env, (), vals)

    @override
    def writing(self, env: Env, ids: Sequence[int], vals: dict[str, Any]) -> dict[str, Any]:
        """Whoever is put below a parent loses the company's name as text; a name must fit into its index."""
        _require_indexable(env, str(vals.get("name") or ""))
        return {**vals, "company_name": False} if vals.get("parent_id") else vals

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """The parent's tax number."""
        self.written(env, [record], vals)

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """A tax number goes down to all that are below, but for companies; a new child takes its parent's."""
        for record in ids:
            if vals.get("parent_id") and commercial(env, record) != record:
                env.put("res.partner", record, vat=env.get("res.partner", commercial(env, record), "vat"))
            if "vat" in vals:
                for child in env.find("res.partner", parent_id=record):
                    if not env.row("res.partner", child).get("is_company"):
                        env.write("res.partner", [child], {"vat": vals["vat"]})

    @override
    def display_name(self, env: Env, record: int) -> str:
        """'Parent, Name'; an address without a name is called by its type."""
        row = env.row("res.partner", record)
        name = row.get("name") or ""
        if not name and row.get("type") in {"invoice", "delivery", "other"}:
            name = dict(selection_of(env, "res.partner", env.field("res.partner", "type")))[row["type"]]
        parent = row.get("parent_id")
        if parent and not row.get("is_company"):
            return f"{env.row('res.partner', parent).get('name') or ''}, {name}"
        return str(name)


def _context_get(env: Env, model: str) -> dict[str, Any]:
    told = env.sudo()
    lang, zone = told.get(model, env.uid, "lang"), told.get(model, env.uid, "tz")
    return {"lang": lang or "en_US", "tz": zone or False, "uid": env.uid}


def _has_group(env: Env, _model: str, ids: Sequence[int], group_ext_id: str) -> bool:
    return all(env.ref(group_ext_id) in groups_of(env, one) for one in ids)


class Users(Behaviour):
    """res.users: a login with a contact, groups and companies."""

    reads_first = True
    on_model: Mapping[str, Method] = {"context_get": _context_get}
    on_records: Mapping[str, Method] = {"has_group": _has_group}
    unique = ((("login",), "res_users_login_key", "You can not have two users with the same login!"),)

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """An internal user of the caller's company."""
        groups = env.named("groups_id", "group_ids")
        company = vals.get("company_id") or env.company
        given = {"company_id": company, "company_ids": [[6, 0, [company]]], "notification_type": "email"}
        return {**given, groups: [[6, 0, [env.ref("base.group_user")]]]}

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """`new_password` is the password."""
        self.written(env, [record], vals)

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """`new_password` is the password, and is not kept beside it."""
        if vals.get("new_password"):
            for record in ids:
                env.put("res.users", record, password=vals["new_password"], new_password=False)


class Groups(Behaviour):
    """res.groups; membership is kept with the users."""

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """Put the group on the users."""
        self.written(env, [record], vals)
        if not vals.get("full_name"):
            env.put("res.groups", record, full_name=vals["name"])

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """Members listed on the group become groups of those users."""
        members = env.named("users", "user_ids")
        field = env.named("groups_id", "group_ids")
        if members not in vals:
            return
        for group in ids:
            for user in env.row("res.groups", group).get(members) or ():
                env.write("res.users", [user], {field: [[4, group]]})


class Company(Behaviour):
    """res.company: a company has a contact of its own, and a warehouse (19 makes that later)."""

    compute: Mapping[str, Compute] = {"user_ids": lambda env, record: env.find("res.users", company_ids=record)}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Currency and rounding of the caller's company."""
        mine = env.row("res.company", env.company)
        given = {"currency_id": mine["currency_id"], "tax_calculation_rounding_method": "round_per_line"}
        if env.series >= 19:
            given["account_price_include"] = "tax_excluded"
        return given

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """With its contact."""
        if not vals.get("partner_id"):
            country = {"country_id": vals["country_id"]} if vals.get("country_id") else {}
            (vals["partner_id"],) = env.create("res.partner", {"name": vals.get("name"), "is_company": True, **country})
        return vals

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """The maker may work in it."""
        user = env.row("res.users", env.uid)
        env.put("res.users", env.uid, company_ids=(*(user.get("company_ids") or ()), record))
        if env.series < 19:
            create_warehouse(env, record, str(vals["name"]), str(vals["name"])[:5])
