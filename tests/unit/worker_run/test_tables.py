"""What is printed: progress and the closing table, to the character."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

from rich.console import Console, RenderableType

from sync.compare import Difference, ParkedOrder, Report, Row, Totals
from sync.compare_shipments import Outgoing, Untold
from worker.run.closing import agree, print_reports
from worker.run.events import Events, account_of
from worker.run.progress import Standing
from worker.run.supervisor import Status
from worker.run.view import processes, standings, summary


def console() -> Console:
    return Console(file=StringIO(), width=100, highlight=False)


def printed(*parts: RenderableType) -> list[str]:
    paper = console()
    for part in parts:
        paper.print(part)
    assert isinstance(paper.file, StringIO)
    return [line.rstrip() for line in paper.file.getvalue().splitlines()]


def a_report(differences: int = 0) -> Report:
    report = Report(account="acme-eu")
    report.rows["FR"] = Row(amazon=12, due=9, odoo=8, parked=1, cancelled=2, wrong=differences)
    report.rows["other"] = Row(amazon=1)
    report.rows["DE"] = Row(amazon=120, due=100, odoo=100)
    report.totals["EUR"] = Totals(amazon=Decimal("1234.50"), odoo=Decimal("1200.00"), parked=Decimal("34.50"))
    report.totals["JPY"] = Totals(amazon=Decimal(5000), odoo=Decimal(5000))
    report.parked = [ParkedOrder("302-1", "money_mismatch", "parts do not add up", "Retry it.")]
    report.differences = [Difference("acme-eu", "FR", f"302-{n}", "missing") for n in range(differences)]
    return report


def test_the_closing_table_of_two_sides_that_agree() -> None:
    paper = console()
    print_reports(paper, [a_report()])
    assert isinstance(paper.file, StringIO)
    assert [line.rstrip() for line in paper.file.getvalue().splitlines()] == [
        "account  marketplace  on Amazon  due  in Odoo  parked  cancelled  wrong",
        "acme-eu  DE                 120  100      100       0          0      0",
        "acme-eu  FR                  12    9        8       1          2      0",
        "acme-eu  other                1    0        0       0          0      0",
        "all                         133  109      108       1          2      0",
        "",
        "currency  due on Amazon   in Odoo  parked  difference",
        "EUR            1,234.50  1,200.00   34.50        0.00",
        "JPY               5,000     5,000       0           0",
        "",
        "Parked, 1 in all:",
        "acme-eu 302-1 money_mismatch: parts do not add up",
        "    Retry it.",
        "",
        "Amazon and Odoo agree.",
    ]


def test_both_ways_are_in_the_closing_table() -> None:
    paper = console()
    report, quiet = a_report(), Report(account="acme-us")
    untold = [Untold("302-7", "WH/OUT/7: the delivery has no tracking number.")]
    report.outgoing = Outgoing(
        validated=9, settled=6, waiting=1, refused=2, packages=8, confirmed=8, cancelled=3, notified=1,
        cancel_waiting=1, cancel_refused=1, untold=untold,
    )  # fmt: skip
    quiet.outgoing = Outgoing(validated=1, settled=1, packages=1, confirmed=1)
    print_reports(paper, [report, quiet])
    assert isinstance(paper.file, StringIO)
    lines = [line.rstrip() for line in paper.file.getvalue().splitlines()]
    assert lines[10:23] == [
        "deliveries  validated in Odoo  told  waiting  refused  packages told  at Amazon  wrong",
        "acme-eu                     9     6        1        2              8          8      0",
        "acme-us                     1     1        0        0              1          1      0",
        "all                        10     7        1        2              9          9      0",
        "",
        "cancelled orders  by hand in Odoo  at Amazon  waiting  refused",
        "acme-eu                         3          1        1        1",
        "acme-us                         0          0        0        0",
        "all                             3          1        1        1",
        "",
        "Amazon was not told, 1 in all:",
        "acme-eu 302-7: WH/OUT/7: the delivery has no tracking number.",
        "",
    ]


def test_differences_are_named_and_many_are_cut_short() -> None:
    paper = console()
    print_reports(paper, [a_report(52)])
    assert isinstance(paper.file, StringIO)
    lines = paper.file.getvalue().splitlines()
    assert lines[lines.index("Differences, 52 in all:") + 1] == "acme-eu FR 302-0: missing"
    assert lines[-3:] == ["acme-eu FR 302-49: missing", "… and 2 more", "Amazon and Odoo do not agree."]


def test_money_that_differs_is_no_agreement_and_neither_is_nothing() -> None:
    report = a_report()
    assert agree([report])
    report.totals["EUR"].odoo += Decimal("0.01")
    assert not agree([report])
    assert not agree([])


def test_progress_fits_and_says_what_is_not_known_by_leaving_it_out() -> None:
    known = Standing(pages=3, read=250, waiting=12, in_odoo=230, parked=1, told=40, to_tell=7, tokens=9)
    lines = printed(standings({"acme-eu": known, "acme-us": Standing(paused="the token was revoked")}))
    assert lines == [
        "account  pages  read  waiting  in Odoo  parked  to tell  told  searches",
        "acme-eu      3   250       12      230       1        7    40         9",
        "acme-us      0     0                                                     paused: the token was",
        "                                                                         revoked",
    ]


def test_a_line_for_a_log_sums_up() -> None:
    given = {"a": Standing(pages=1, read=5, waiting=2, in_odoo=3), "b": Standing(read=1, paused="why")}
    statuses = [Status("fetch", up=True, restarts=2), Status("beat", up=False, restarts=0)]
    assert summary(given, statuses) == (
        "1 pages, 6 orders read, 2 waiting, 3 in Odoo, 0 parked, 0 deliveries to tell, 0 told · "
        "1 of 2 processes up, 2 restarts · paused: b"
    )
    assert printed(processes(statuses)) == ["processes fetch (restart 2)  beat is down"]


def test_events_are_counted_by_account() -> None:
    events = Events("redis://127.0.0.1:1/0")
    fetch = {"name": "amazon.fetch_orders", "kwargs": "{'account': 'acme-eu', 'group': 'all'}"}
    for uuid, result in (("1", "'100 orders, 97 to import'"), ("2", "'3 orders, 0 to import'"), ("3", "'later: no'")):
        events.received({**fetch, "uuid": uuid})
        events.succeeded({"uuid": uuid, "result": result})
    events.succeeded({"uuid": "unheard of", "result": "'9 orders, 9 to import'"})
    assert (events.pages, events.read) == ({"acme-eu": 2}, {"acme-eu": 97})


def test_the_reason_of_a_retry_is_read_from_its_event() -> None:
    events = Events("redis://127.0.0.1:1/0")
    assert events.reason == ""
    events.retried({"exception": 'Retry(Retry(...), Throttled("searchOrders\' quota is used up"), datetime.dat'})
    assert events.reason == "searchOrders' quota is used up"
    events.retried({"exception": "something else"})
    assert events.reason == ""


def test_arguments_of_an_event_are_data_never_code() -> None:
    assert account_of("{'account': 'acme-eu'}") == "acme-eu"
    for text in ("", "None", "[1]", "{'account': open('x')}", "{'accou..."):
        assert account_of(text) == ""
