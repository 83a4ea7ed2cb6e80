"""Several calls in one transaction, on simulated and real servers: all of them or none, with the user's own rights."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from clients.odoo.bundle import Answers, Bundle, find_action, ref
from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.deliveries import plain
from clients.odoo.errors import OdooRefused
from clients.odoo.setup.schema import BOT_GROUPS
from tests.contract.odoo_desk import Desk, a_desk, a_target  # noqa: F401  # fixtures
from tests.contract.odoo_targets import Target

MODULE = "__amazon_sync__"


def xid(name: str) -> str:
    return f"{MODULE}.{name}_{uuid4().hex[:12]}"


def run(odoo: Odoo, bundle: Bundle) -> Answers | None:
    action = find_action(odoo)
    assert action is not None
    return bundle.run(odoo, action)


def partner(bundle: Bundle, name: str, **more: Any) -> int:
    return bundle.ensure("res.partner", {name: {"name": name, "type": "contact", **more}}, context={})


def there(desk: Desk, name: str) -> list[dict[str, Any]]:
    return desk.odoo.search_read("res.partner", [("name", "=", name)], ["name", "city", "parent_id"], order="id")


def test_a_later_call_names_records_of_an_earlier_one(desk: Desk) -> None:
    contact, address = xid("contact"), xid("address")
    bundle = Bundle()
    made = partner(bundle, contact)
    below = partner(bundle, address, type="delivery", parent_id=ref(contact))
    read = bundle.search_read("res.partner", [["id", "in", [ref(contact), ref(address)]]], ["parent_id"])
    answers = run(desk.odoo, bundle)
    assert answers is not None
    assert answers.is_whole
    (contact_id,), (address_id,) = answers[made], answers[below]
    assert [row["id"] for row in answers[read]] == [contact_id, address_id]
    assert [desk.admin.ref(one) for one in (contact, address)] == [contact_id, address_id]
    ((_, child),) = [(row["id"], row["parent_id"]) for row in there(desk, address)]
    assert child[0] == contact_id


def test_what_is_there_stays_as_it_is_and_keeps_its_id(desk: Desk) -> None:
    name = xid("contact")
    ids = []
    for city in ("Bonn", "Köln"):
        bundle = Bundle()
        made = partner(bundle, name, city=city)
        answers = run(desk.odoo, bundle)
        assert answers is not None
        ids += answers[made]
    assert len(set(ids)) == 1
    assert [row["city"] for row in there(desk, name)] == ["Bonn"]


def test_lines_get_the_external_ids_that_their_values_name(desk: Desk) -> None:
    contact, order, line = xid("contact"), xid("order"), xid("item")
    bundle = Bundle()
    partner(bundle, contact)
    values = {
        "partner_id": ref(contact),
        "order_line": [[0, 0, {"id": line, "name": "Note", "display_type": "line_note"}]],
    }
    bundle.ensure("sale.order", {order: values}, context={})
    assert run(desk.odoo, bundle) is not None
    (row,) = desk.odoo.search_read("sale.order.line", [("order_id", "=", desk.admin.ref(order))], ["name"])
    assert (row["id"], row["name"]) == (desk.admin.ref(line), "Note")


@pytest.mark.parametrize("names", [False, True])
def test_a_filled_link_is_an_id_or_comes_with_its_name(desk: Desk, names: bool) -> None:
    contact, address = xid("contact"), xid("address")
    bundle = Bundle()
    made = partner(bundle, contact)
    partner(bundle, address, type="delivery", parent_id=ref(contact))
    domain = [["id", "in", [ref(contact), ref(address)]]]
    read = bundle.search_read("res.partner", domain, ["parent_id", "city"], order="id desc", names=names)
    answers = run(desk.odoo, bundle)
    assert answers is not None
    (contact_id,) = answers[made]
    link = [contact_id, contact] if names else contact_id
    assert [row["parent_id"] for row in answers[read]] == [link, False]
    assert plain(answers[read]) == plain(
        desk.odoo.search_read(
            "res.partner", [("name", "in", [contact, address])], ["parent_id", "city"], order="id desc"
        )
    )


def test_each_record_gets_its_own_values_or_none_does(desk: Desk) -> None:
    contacts = [xid("contact") for _ in range(3)]
    first = Bundle()
    made = first.ensure("res.partner", {name: {"name": name} for name in contacts}, context={})
    answers = run(desk.odoo, first)
    assert answers is not None
    cities = dict(zip(answers[made], ("Bonn", "Köln", "Ulm"), strict=True))
    second = Bundle()
    second.write_each("res.partner", {one: {"city": city} for one, city in cities.items()}, context={})
    assert run(desk.odoo, second) is not None
    third = Bundle()
    third.write_each("res.partner", {one: {"city": "Kiel"} for one in cities}, context={})
    third.write_each("product.product", {1: {"name": "Mine"}}, context={})
    assert run(desk.odoo, third) is None
    assert [there(desk, name)[0]["city"] for name in contacts] == ["Bonn", "Köln", "Ulm"]


def test_of_a_refused_bundle_nothing_is_written(desk: Desk) -> None:
    name, order = xid("contact"), xid("order")
    bundle = Bundle()
    partner(bundle, name)
    bundle.ensure("sale.order", {order: {"partner_id": False}}, context={})
    assert run(desk.odoo, bundle) is None
    assert (there(desk, name), desk.admin.ref(name), desk.admin.ref(order)) == ([], None, None)


def test_a_record_that_must_be_new_and_is_not_refuses_the_bundle(desk: Desk) -> None:
    name, other = xid("contact"), xid("contact")
    first = Bundle()
    partner(first, name)
    assert run(desk.odoo, first) is not None
    second = Bundle()
    partner(second, other)
    second.ensure("res.partner", {name: {"name": "Other"}}, context={}, fresh=True)
    assert run(desk.odoo, second) is None
    assert (len(there(desk, name)), there(desk, other)) == (1, [])


def test_an_unexpected_answer_is_the_last_and_what_was_done_stays(desk: Desk) -> None:
    name, later = xid("contact"), xid("contact")
    bundle = Bundle()
    partner(bundle, name, city="Bonn")
    domain = [["id", "=", ref(name)]]
    good = bundle.search_read("res.partner", domain, ["city"], expected=[{"id": ref(name), "city": "Bonn"}])
    wrong = bundle.search_read("res.partner", domain, ["city"], expected=[{"city": "Köln"}])
    last = partner(bundle, later)
    answers = run(desk.odoo, bundle)
    assert answers is not None
    assert (answers.is_whole, good in answers, wrong in answers, last in answers) == (False, True, True, False)
    assert (len(there(desk, name)), there(desk, later)) == (1, [])


@pytest.mark.parametrize(("wanted", "same"), [(20.0, True), (20.0004, True), (20.001, False), (19.99, False)])
def test_amounts_are_the_same_to_less_than_their_last_decimal(desk: Desk, wanted: float, same: bool) -> None:
    name = xid("contact")
    bundle = Bundle()
    partner(bundle, name, partner_latitude=20.0)
    domain = [["id", "=", ref(name)]]
    bundle.search_read("res.partner", domain, ["partner_latitude"], expected=[{"partner_latitude": wanted}])
    last = bundle.search_read("res.partner", domain, ["city"])
    answers = run(desk.odoo, bundle)
    assert answers is not None
    assert (last in answers) is same


def test_a_refused_attempt_undoes_itself_alone(desk: Desk) -> None:
    (product,) = desk.admin.call("product.product", "create", vals_list=[{"name": xid("product")}])
    name, later = xid("contact"), xid("contact")
    bundle = Bundle()
    partner(bundle, name)
    tried = bundle.try_write("product.product", [["id", "=", product]], {"name": "Mine"}, context={})
    fine = bundle.try_write("res.partner", [["id", "=", ref(name)]], {"city": "Bonn"}, context={})
    partner(bundle, later)
    answers = run(desk.odoo, bundle)
    if desk.old:  # a savepoint is no object there: the whole bundle is refused, and nobody tries this on a 14
        assert answers is None
        assert there(desk, name) == []
        return
    assert answers is not None
    assert (answers[tried], answers[fine]) == (None, True)
    assert [row["city"] for row in there(desk, name)] == ["Bonn"]
    assert len(there(desk, later)) == 1


def test_each_call_needs_the_users_own_rights(desk: Desk) -> None:
    name, product = xid("contact"), xid("product")
    bundle = Bundle()
    partner(bundle, name)
    bundle.ensure("product.product", {product: {"name": "Mine"}}, context={})
    assert run(desk.odoo, bundle) is None
    assert (there(desk, name), desk.admin.ref(product)) == ([], None)


@pytest.mark.parametrize("method", ["unlink", "create", "sudo", "action_archive"])
def test_a_method_that_is_not_in_the_list_is_refused(desk: Desk, method: str) -> None:
    name = xid("contact")
    first = Bundle()
    made = partner(first, name)
    answers = run(desk.odoo, first)
    assert answers is not None
    bundle = Bundle()
    partner(bundle, other := xid("contact"))
    bundle.act("res.partner", method, answers[made], context={})
    assert run(desk.odoo, bundle) is None
    assert (len(there(desk, name)), there(desk, other)) == (1, [])


def test_only_external_ids_of_the_connector_are_given_or_found(desk: Desk) -> None:
    bundle = Bundle()
    bundle.ensure("res.partner", {"base.main_partner": {"name": "X"}}, context={})
    assert run(desk.odoo, bundle) is None


def test_a_user_outside_the_bots_group_may_neither_see_nor_run_it(desk: Desk, target: Target) -> None:
    action = find_action(desk.odoo)
    assert action is not None
    login, password = f"clerk-{uuid4().hex[:8]}", uuid4().hex
    field = desk.admin.first_field("res.users", "group_ids", "groups_id")
    groups = [desk.admin.ref(group) for group in BOT_GROUPS]
    values = {"name": "Clerk", "login": login, "password": password, field: [[6, 0, groups]]}
    desk.admin.call("res.users", "create", vals_list=[values], context={"no_reset_password": True})
    clerk = connect(Connection(target.url, target.database, login, password, protocol="jsonrpc"))
    try:
        assert find_action(clerk) is None
        name = xid("contact")
        bundle = Bundle()
        partner(bundle, name)
        assert bundle.run(clerk, action) is None
        assert there(desk, name) == []
        with pytest.raises(OdooRefused, match="enough access rights to run this action"):
            clerk.call("ir.actions.server", "run", ids=[action], context={})
        with pytest.raises(OdooRefused, match="no right to"):
            clerk.call("ir.actions.server", "write", ids=[action], vals={"code": "pass"})
    finally:
        clerk.close()
