"""The port of bundles: who may run them, what comes back, and what each failure means."""

from __future__ import annotations

from typing import Any

import pytest

from clients.odoo.bundle import CALLS, CONTEXTS, TITLE, Answers, Bundle, find_action, ref
from clients.odoo.errors import OdooBug, OdooRefused
from clients.odoo.setup.bundle import CODE
from domain.errors import Conflict, OutcomeUnknown
from domain.parked import ODOO_REFUSED
from simulator.odoo.business.action_code import check_code
from tests.unit.clients_odoo.fakes import FakeTransport, fake_odoo

BINDINGS = {"action": [{"id": 3, "name": "Other"}, {"id": 9, "name": TITLE}]}
REFUSED = OdooRefused(ODOO_REFUSED, "No", "Mend it")


def a_bundle() -> Bundle:
    bundle = Bundle()
    bundle.ensure("res.partner", {"__amazon_sync__.a": {"name": "A"}}, context={"quiet": True})
    bundle.write("res.partner", [ref("__amazon_sync__.a"), 7], {"city": "Bonn"}, context={"quiet": True})
    bundle.search_read("res.partner", [("id", "=", 7)], ("city",), expected=[{"city": "Bonn"}])
    return bundle


def run(answer: Any) -> tuple[Answers | None, FakeTransport]:
    odoo, transport = fake_odoo({"ir.actions.server.run": answer})
    return a_bundle().run(odoo, 9), transport


def test_the_action_is_found_by_its_name_and_remembered() -> None:
    odoo, transport = fake_odoo({"ir.actions.actions.get_bindings": BINDINGS})
    assert [find_action(odoo), find_action(odoo)] == [9, 9]
    assert transport.asked == [("ir.actions.actions.get_bindings", None, {"model_name": "x_amazon_cursor"}, {})]


@pytest.mark.parametrize(
    "told", [{}, {"action": []}, {"action": [{"id": 3, "name": "Other"}]}, {"report": [{"id": 1}]}]
)
def test_an_absent_action_is_looked_for_again(told: Any) -> None:
    answers = [told, BINDINGS]
    odoo, _ = fake_odoo({"ir.actions.actions.get_bindings": lambda _ids, _named: answers.pop(0)})
    assert [find_action(odoo), find_action(odoo)] == [None, 9]


def test_calls_are_sent_in_their_order_with_each_context_once() -> None:
    answers, transport = run({"answers": [[5], True, [{"id": 7, "city": "Bonn"}]]})
    assert answers is not None
    assert (answers.is_whole, answers[0], answers[1]) == (True, [5], True)
    ((_, ids, named, context),) = transport.asked
    assert (ids, named) == ([9], {})
    assert [call["method"] for call in context[CALLS]] == ["ensure", "write", "search_read"]
    assert context[CALLS][1]["ids"] == [{"$xid": "__amazon_sync__.a"}, 7]
    importing = {"_import_current_module": "__amazon_sync__", "noupdate": True, "tz": "UTC"}
    assert context[CONTEXTS] == {"0": {"quiet": True, **importing}, "1": {"quiet": True}, "2": {}}


def test_a_stopped_bundle_tells_which_calls_were_made() -> None:
    answers, _ = run({"answers": [[5], True]})
    assert answers is not None
    assert (answers.is_whole, 1 in answers, 2 in answers) == (False, True, False)


def test_a_refused_bundle_is_none_and_no_news(caplog: pytest.LogCaptureFixture) -> None:
    assert run(REFUSED)[0] is None
    assert caplog.messages == []


def test_an_action_that_fails_is_none_and_told(caplog: pytest.LogCaptureFixture) -> None:
    assert run(OdooBug("builtins.NameError", "name 'Anna' is not defined"))[0] is None
    told = "Odoo fails to run its action 'Amazon: calls in one transaction' (builtins.NameError)"
    assert caplog.messages == [f"{told}: orders come in call by call. Run `odoo setup`."]


@pytest.mark.parametrize("error", [Conflict("lost a race"), OutcomeUnknown("lost an answer")])
def test_what_concerns_all_calls_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        run(error)


@pytest.mark.parametrize("answer", [False, {}, {"answers": "x"}, {"answers": [1, 2, 3, 4]}, []])
def test_an_answer_of_another_form_may_have_written_and_the_repeat_is_no_bundle(
    answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    odoo, _ = fake_odoo({"ir.actions.actions.get_bindings": BINDINGS, "ir.actions.server.run": answer})
    assert find_action(odoo) == 9
    with pytest.raises(OutcomeUnknown, match="another form"):
        a_bundle().run(odoo, 9)
    assert find_action(odoo) is None
    assert [message.split(": ")[1] for message in caplog.messages] == ["calls in one transaction' (its answer is none)"]


def test_the_code_is_what_odoo_lets_pass() -> None:
    check_code(CODE)
