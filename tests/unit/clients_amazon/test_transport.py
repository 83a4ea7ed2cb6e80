"""What goes over the line, and what a broken line becomes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from clients.amazon import transport
from clients.amazon.protocol import GET_ORDER, SEARCH_ORDERS, AmazonBug, Operation
from clients.amazon.transport import TIMEOUT, NoAnswer, Transport, pooled_http, send
from domain.errors import OutcomeUnknown, Unavailable

WRITE = Operation(name="confirmShipment", rate=2, burst=10, root=None, writes=True)
TOKEN = "Atza|secret"
GOOD = httpx.Response(200, json={"order": {"orderId": "1"}}, headers={"x-amzn-RateLimit-Limit": "0.5"})


class Line:
    """A server that keeps requests and answers, or fails, as told."""

    def __init__(self, outcome: httpx.Response | Exception) -> None:
        self.outcome = outcome
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def over(line: Line, operation: Operation = GET_ORDER) -> Transport:
    return Transport(httpx.Client(transport=httpx.MockTransport(line)), operation)


def test_judged_answer_is_what_the_library_reads() -> None:
    answer = over(Line(GOOD)).request("GET", "https://spapi.test/x", params={"a": "1,2"}, headers={})
    assert answer.json() == {"order": {"orderId": "1"}, "pagination": {}}
    assert answer.status_code == 200
    assert answer.headers.get("x-amzn-RateLimit-Limit") == "0.5"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("https://spapi.test:444/x", "spapi.test:444"),
        ("https://spapi.test/x", "spapi.test"),
    ],
)
def test_host_is_that_of_the_url_and_every_wait_is_limited(url: str, host: str) -> None:
    line = Line(GOOD)
    over(line).request("GET", url, headers={"host": "27.0.0.1:8080", "x-amz-access-token": TOKEN})
    (request,) = line.requests
    assert request.headers.get_list("host") == [host]
    assert request.headers["x-amz-access-token"] == TOKEN
    assert request.headers.get_list("user-agent") == ["amazon-odoo-connector/0.1 (Language=Python)"]
    assert request.extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 10.0, "pool": 10.0}


def test_the_shared_pool_has_the_same_limits_and_follows_no_redirect() -> None:
    with pooled_http() as http:
        assert http.timeout == TIMEOUT
        assert http.follow_redirects is False


@pytest.mark.parametrize("operation", [GET_ORDER, WRITE])
@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_never_sent(operation: Operation, failure: type[httpx.TransportError]) -> None:
    with pytest.raises(Unavailable) as raised:
        over(Line(failure(f"no way with {TOKEN}")), operation).request("GET", "https://spapi.test/x")
    assert str(raised.value) == f"Amazon {operation.name}: {failure.__name__}"
    assert raised.value.counted is False
    assert raised.value.__context__ is None


@pytest.mark.parametrize(("operation", "kind"), [(GET_ORDER, Unavailable), (WRITE, OutcomeUnknown)])
@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
    ],
)
def test_sent_and_no_answer(operation: Operation, kind: type[Unavailable], failure: type[httpx.RequestError]) -> None:
    with pytest.raises(kind) as raised:
        over(Line(failure(f"gone with {TOKEN}")), operation).request("GET", "https://spapi.test/x")
    assert type(raised.value) is kind
    assert str(raised.value) == f"Amazon {operation.name}: {failure.__name__}"
    assert raised.value.counted is False
    assert raised.value.__context__ is None


@pytest.mark.parametrize("failure", [httpx.UnsupportedProtocol, httpx.LocalProtocolError])
def test_a_request_that_cannot_be_sent_is_our_bug(failure: type[httpx.TransportError]) -> None:
    with pytest.raises(AmazonBug, match=f"the request cannot be sent \\({failure.__name__}\\)"):
        over(Line(failure("x"))).request("GET", "https://spapi.test/x")


class Drip(httpx.SyncByteStream):
    """A body that never ends."""

    def __init__(self) -> None:
        self.sent = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.sent += 1
            yield b" " * 1024

    def close(self) -> None:
        self.closed = True


def test_an_answer_that_grows_for_ever_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LARGEST", 10_000)
    drip = Drip()
    with pytest.raises(Unavailable, match="searchOrders: answer larger than 10000 bytes"):
        over(Line(httpx.Response(200, stream=drip)), SEARCH_ORDERS).request("GET", "https://spapi.test/x")
    assert drip.sent == 10
    assert drip.closed


def test_an_answer_that_drips_for_ever_is_cut() -> None:
    drip = Drip()
    http = httpx.Client(transport=httpx.MockTransport(Line(httpx.Response(200, stream=drip))))
    with pytest.raises(NoAnswer, match="answer not complete after 0 s") as raised:
        send(http, http.build_request("GET", "https://spapi.test/x"), within=0.0)
    assert raised.value.sent is True
    assert drip.closed


def test_closing_one_call_leaves_the_pool_open() -> None:
    line = Line(GOOD)
    one = over(line)
    one.close()
    assert one.http.is_closed is False
    assert TOKEN not in repr(one)
