"""What Amazon answers: pages of orders all the way through the mappers, errors, tokens, feeds and their reports."""

from __future__ import annotations

import json
import re
from random import Random

import httpx

from clients.amazon.client import read_document
from clients.amazon.lwa import judge_token
from clients.amazon.operations import CONFIRM_SHIPMENT, CREATE_FEED, GET_FEED, GET_FEEDS
from clients.amazon.page import read_page
from clients.amazon.protocol import GET_ORDER, SEARCH_ORDERS, AlreadyDone, AmazonBug, judge, rate
from clients.amazon.report import read_report
from domain.errors import SyncError
from mappers.sale_order import plan
from tests.builders import NOW, an_account, facts
from tests.fuzz.boundary import Boundary
from tests.fuzz.mutate import body, odd, raw, spoilt, text
from tests.unit.clients_amazon.given_feeds import FEED
from tests.unit.clients_amazon.test_full_order import FULL

_REPORT = b"""<?xml version="1.0" encoding="UTF-8"?><AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion>
</Header><MessageType>ProcessingReport</MessageType><Message><MessageID>1</MessageID><ProcessingReport>
<DocumentTransactionID>50</DocumentTransactionID><StatusCode>Complete</StatusCode><ProcessingSummary>
<MessagesProcessed>2</MessagesProcessed><MessagesSuccessful>1</MessagesSuccessful>
<MessagesWithError>1</MessagesWithError>
<MessagesWithWarning>0</MessagesWithWarning></ProcessingSummary><Result><MessageID>2</MessageID>
<ResultCode>Error</ResultCode><ResultMessageCode>25</ResultMessageCode>
<ResultDescription>No such order</ResultDescription>
</Result></ProcessingReport></Message></AmazonEnvelope>"""
_ERRORS = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota", "details": ""}]}
_TOKEN = {"access_token": "Atza|x", "token_type": "bearer", "expires_in": 3600, "refresh_token": "Atzr|x"}
_STATUSES = [200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504]
_ACCOUNT = an_account()


def headers(rng: Random) -> httpx.Headers:
    given = {"x-amzn-RateLimit-Limit": "0.0056", "x-amzn-RequestId": "4711", "retry-after": "2"}
    some = {name: text(rng, value) for name, value in given.items() if rng.random() < 0.5}
    return httpx.Headers([(name, value.encode("ascii", "ignore").decode()) for name, value in some.items()])


def page(rng: Random) -> None:
    """A page of searchOrders, and what becomes of its orders."""
    whole = {"orders": [FULL, FULL], "pagination": {"nextToken": "t"}}
    given = headers(rng)
    value = judge(SEARCH_ORDERS, rng.choice(_STATUSES[:3]), given, body(rng, whole), resuming=rng.random() < 0.5)
    for order in read_page(value["orders"], next_token=None, rate=rate(given), now=NOW).orders:
        document(order.document)


def order(rng: Random) -> None:
    """One order with something wrong in it, all the way to the decision."""
    for found in read_page([spoilt(rng, FULL)], next_token=None, rate=None, now=NOW).orders:
        document(found.document)


def document(given: bytes) -> None:
    plan(_ACCOUNT, read_document(given), facts())


def stored(rng: Random) -> None:
    """A document that was spoilt where it was kept."""
    document(raw(rng, json.dumps(FULL).encode()))


def answer(rng: Random) -> None:
    """Any operation, any status."""
    operation = rng.choice([SEARCH_ORDERS, GET_ORDER, CONFIRM_SHIPMENT, CREATE_FEED, GET_FEED, GET_FEEDS])
    given = body(rng, rng.choice([_ERRORS, FEED, {"feeds": [FEED]}, {"order": FULL}]))
    judge(operation, rng.choice(_STATUSES), headers(rng), given, resuming=rng.random() < 0.3)


def token(rng: Random) -> None:
    judge_token(rng.choice(_STATUSES), headers(rng), body(rng, rng.choice([_TOKEN, {"error": "invalid_grant"}])))


def report(rng: Random) -> None:
    kind = rng.randrange(3)
    if kind == 0:
        read_report(raw(rng, _REPORT))
    elif kind == 1:
        read_report(text(rng, _REPORT.decode()).encode("utf-8", "ignore"))
    else:
        inside = rng.choice([*re.finditer(rb"(?<=>)[^<>]+(?=<)", _REPORT)])
        told = str(odd(rng)).encode("utf-8", "ignore")
        read_report(_REPORT[: inside.start()] + told + _REPORT[inside.end() :])


_ALLOWED = (SyncError, AmazonBug, AlreadyDone)
BOUNDARIES = [
    Boundary("Amazon: a page of orders", page, _ALLOWED, share=4),
    Boundary("Amazon: an order", order, _ALLOWED, share=10, quiet=False),
    Boundary("Amazon: a stored order", stored, _ALLOWED, share=4, quiet=False),
    Boundary("Amazon: any answer", answer, _ALLOWED, share=4, quiet=False),
    Boundary("Amazon: a token", token, _ALLOWED, share=2),
    Boundary("Amazon: a feed's report", report, _ALLOWED, share=2, quiet=False),
]
