"""A broker that is gone is a connection error, whatever kombu was doing: Celery recovers from that alone."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES

from worker import logs, transport


@pytest.mark.parametrize("connection", [SimpleNamespace(client=None), None])
def test_a_closed_connection_is_a_connection_error(
    monkeypatch: pytest.MonkeyPatch, connection: SimpleNamespace | None
) -> None:
    channel = transport.Channel.__new__(transport.Channel)
    monkeypatch.setattr(channel, "connection", connection, raising=False)
    with pytest.raises(transport.Transport.connection_errors, match="the connection to the broker was closed"):
        channel._connparams()


def test_both_schemes_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSPORT_ALIASES, "redis", "kombu.transport.redis:Transport")
    monkeypatch.setitem(TRANSPORT_ALIASES, "rediss", "kombu.transport.redis:Transport")
    transport.install()
    assert [Connection(f"{scheme}://broker.test/0").get_transport_cls() for scheme in ("redis", "rediss")] == [
        transport.Transport
    ] * 2


def test_unacknowledged_messages_are_one_line_without_traceback() -> None:
    error = ConnectionError("refused")
    records = [
        logging.LogRecord(
            "celery", logging.CRITICAL, "", 1, "Couldn't ack %r, reason:%r", (tag, error), (type(error), error, None)
        )
        for tag in ("one", "two")
    ]
    lost, once = logs.Lost(), logs.Once()
    assert [lost.filter(record) and once.filter(record) for record in records] == [True, False]
    assert records[0].getMessage() == "messages could not be acknowledged and will come again: refused"
    assert (records[0].levelname, records[0].exc_info) == ("WARNING", None)
