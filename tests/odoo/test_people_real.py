"""Partners where only a real Odoo can judge: two workers at once, several companies and their users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier
from uuid import uuid4

import pytest

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.facts import Reference, account_facts, order_facts, reference
from clients.odoo.orders import create_orders
from clients.odoo.setup.run import run_setup
from domain.account import Account
from domain.errors import OutcomeUnknown, RetryLater
from domain.odoo import CreateOrder
from domain.odoo_facts import CountryFacts
from domain.order import Buyer, Order, TaxRegistration
from mappers.places import state_of
from mappers.sale_order import plan
from tests.builders import an_account, an_address, an_item, an_order
from tests.odoo.conftest import PLAN, Server
from tests.servers import lost_races, server_log

pytestmark = pytest.mark.odoo
CHANGES_SETUP = True

# Each of two kinds of buyers with each of three kinds of places.
ROUNDS = 6
MOST_TRIES = 8
SECOND = "People of a second company"


@dataclass(frozen=True)
class Worker:
    """A worker process' way to Odoo: a connection of its own."""

    odoo: Odoo
    known: Reference

    def plan(self, account: Account, order: Order) -> CreateOrder:
        about = {account.key: account_facts(self.odoo, account, self.known)}
        (facts,) = order_facts(self.odoo, [(account, order)], about, self.known)
        decision = plan(account, order, facts)
        assert isinstance(decision, CreateOrder)
        return decision

    def create(self, decision: CreateOrder, ready: Callable[[], object] = lambda: None) -> tuple[int, int]:
        """Create it as a task does, again when another was quicker; return the sale order and how often it lost."""
        ready()
        for lost in range(MOST_TRIES):
            try:
                (done,) = create_orders(self.odoo, [decision], self.known.defaults.rounding)
            except (RetryLater, OutcomeUnknown):
                continue
            assert isinstance(done, int), done
            return done, lost
        raise AssertionError(f"lost {MOST_TRIES} times")


@pytest.fixture
def workers(odoo_server: Server, admin: Odoo) -> Iterator[tuple[Worker, Worker]]:
    bots = [odoo_server.bot() for _ in range(2)]
    yield Worker(bots[0], reference(bots[0])), Worker(bots[1], reference(bots[1]))
    for bot in bots:
        bot.close()


def test_one_buyers_two_orders_at_once_on_two_workers_make_one_contact(
    workers: tuple[Worker, Worker], admin: Odoo
) -> None:
    account = an_account(key=f"race-{uuid4().hex[:6]}")
    ready = Barrier(2)
    log = server_log(admin.version[0])
    before = log.stat().st_size
    lost = 0
    with ThreadPoolExecutor(2) as threads:
        for number in range(ROUNDS):
            email = f"{uuid4().hex[:13]}@marketplace.amazon.de"
            buyer = Buyer(name="Max", email=email, company="Käufer AG" if number % 2 else "")
            numbers = (TaxRegistration(party="BUYER", kind="VAT", number="DE136695976"),) if number % 2 else ()
            planned = [
                worker.plan(
                    account,
                    an_order(
                        an_item(item_id=f"{uuid4().hex[:12]}"),
                        order_id=f"302-{uuid4().hex[:10]}",
                        buyer=buyer,
                        # Every third round the two go to two places.
                        address=an_address(lines=(f"Weg {place if number % 3 == 0 else 0}",)),
                        tax_registrations=numbers,
                    ),
                )
                for place, worker in enumerate(workers)
            ]
            jobs = [
                threads.submit(worker.create, one, ready.wait) for worker, one in zip(workers, planned, strict=True)
            ]
            results = [job.result(timeout=120) for job in jobs]
            lost += sum(times for _, times in results)
            ids = [sale_order for sale_order, _ in results]
            rows = admin.call("sale.order", "read", ids=ids, fields=["partner_id", "partner_shipping_id", "state"])
            (contact,) = admin.search_read("res.partner", [("email", "=", email)], ["child_ids", "vat"])
            assert [row["partner_id"][0] for row in rows] == [contact["id"]] * 2
            assert [row["state"] for row in rows] == ["sale", "sale"]
            addresses = {row["partner_shipping_id"][0] for row in rows}
            assert set(contact["child_ids"]) == addresses
            assert len(addresses) == (2 if number % 3 == 0 else 1)
            assert contact["vat"] == ("DE136695976" if numbers else False)
    # Else nothing was put to the test: 21 were seen in 12 rounds on 19, whose Odoo runs a bundle that lost again.
    assert lost + lost_races(log, before) > 0


def test_one_alias_in_accounts_of_two_companies_is_two_contacts_that_users_see_apart(
    odoo_server: Server, admin: Odoo
) -> None:
    (own,) = admin.search_read("res.company", [("id", "=", 1)], ["name"])
    second = _second_company(admin)
    run_setup(admin, replace(PLAN, companies=(own["name"], SECOND)))
    bot = odoo_server.bot()
    try:
        worker = Worker(bot, reference(bot))
        buyer = Buyer(name="Max", email=f"{uuid4().hex[:13]}@marketplace.amazon.de")
        created = []
        for company in (own["name"], SECOND):
            account = an_account(key=f"comp-{uuid4().hex[:6]}", company=company)
            order = an_order(an_item(item_id=uuid4().hex[:12]), order_id=f"302-{uuid4().hex[:10]}", buyer=buyer)
            created.append(worker.create(worker.plan(account, order))[0])
    finally:
        bot.close()
    fields = ["partner_id", "partner_shipping_id", "company_id"]
    rows = admin.call("sale.order", "read", ids=created, fields=fields)
    assert [row["company_id"][0] for row in rows] == [1, second]
    people = [[row["partner_id"][0], row["partner_shipping_id"][0]] for row in rows]
    assert len({*people[0], *people[1]}) == 4
    for company, seen in ((1, people[0]), (second, people[1])):
        clerk = _clerk(odoo_server, admin, company)
        found = clerk.search_read("res.partner", [("id", "in", [*people[0], *people[1]])], ["id"])
        assert sorted(one["id"] for one in found) == sorted(seen)
        clerk.close()


def test_every_prefecture_of_japan_is_found_by_the_name_that_either_version_gives_it(admin: Odoo) -> None:
    """19 has them in Japanese, 14 in Latin letters: both mean the same number of ISO 3166-2."""
    rows = admin.search_read("res.country.state", [("country_id.code", "=", "JP")], ["code", "name"])
    numbers = {row["name"]: row["code"].removeprefix("JP-") for row in rows}
    assert sorted(numbers.values()) == [f"{number:02}" for number in range(1, 48)]
    japan = CountryFacts(odoo_id=113, states={number: int(number) for number in numbers.values()})
    assert {name: state_of(name, "JP", japan) for name in numbers} == {name: int(no) for name, no in numbers.items()}


def _second_company(admin: Odoo) -> int:
    """A company with a warehouse, which 19 does not make by itself."""
    found = admin.search_read("res.company", [("name", "=", SECOND)], ["id"])
    company = found[0]["id"] if found else admin.call("res.company", "create", vals_list=[{"name": SECOND}])[0]
    if not admin.search_read("stock.warehouse", [("company_id", "=", company)], ["id"]):
        values = {"name": SECOND, "code": "PPL2", "company_id": company}
        admin.call("stock.warehouse", "create", vals_list=[values])
    return int(company)


def _clerk(server: Server, admin: Odoo, company: int) -> Odoo:
    """A salesperson of one company."""
    login = f"clerk-{company}-{server.key}"
    groups = admin.first_field("res.users", "group_ids", "groups_id")
    sales = admin.ref("sales_team.group_sale_salesman_all_leads")
    values = {
        "name": login, "login": login, "password": login, "company_id": company, "company_ids": [[6, 0, [company]]],
        groups: [[4, sales]],
    }  # fmt: skip
    admin.call("res.users", "create", vals_list=[values])
    return connect(Connection(server.url, server.database, login, login))
