"""A broker that is gone is a connection error, whatever kombu was doing: Celery recovers from that alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest.mock import Mock

import pytest
import redis
from kombu import Connection, Exchange, Producer, Queue
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


# ------------------------------------------------------------ messages in hand
@pytest.fixture
def connect(valkey: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Opens channels of connections of their own; a message that nobody keeps fresh is lost."""
    monkeypatch.setitem(TRANSPORT_ALIASES, "redis", "worker.transport:Transport")
    with ExitStack() as opened:

        def channel() -> Any:
            options = {"visibility_timeout": 20, "priority_steps": [0]}
            return opened.enter_context(Connection(redis_url, transport_options=options)).channel()

        yield channel


def grow_old(store: redis.Redis) -> None:
    """Let it be long ago that anybody said that they have any message."""
    tags = [bytes(tag) for tag in store.zrange("unacked_index", 0, -1) if isinstance(tag, bytes)]
    for tag in tags:
        store.zadd("unacked_index", {tag: 1})


def take(channel: Any, queue: Queue) -> Any:
    return queue(channel).get(no_ack=False)


@pytest.mark.valkey
def test_a_message_whose_worker_is_dead_comes_back_and_one_in_living_hands_does_not(
    connect: Callable[[], Any], valkey: redis.Redis
) -> None:
    queue = Queue("work", Exchange("work"), routing_key="work")
    dead, living, sweeper = connect(), connect(), connect()
    for body in ("first", "second"):
        Producer(dead).publish(body, exchange=queue.exchange, routing_key="work", declare=[queue])
    lost, kept = take(dead, queue), take(living, queue)
    assert (lost.payload, kept.payload, take(sweeper, queue)) == ("first", "second", None)

    grow_old(valkey)
    living.qos.keep_fresh()
    sweeper.qos.restore_visible(num=None, interval=1)
    again = take(sweeper, queue)
    assert (again.payload, again.headers["redelivered"], take(sweeper, queue)) == ("first", True, None)

    kept.ack()
    again.ack()
    living.qos.keep_fresh()
    assert (valkey.hlen("unacked"), valkey.zcard("unacked_index")) == (0, 0)


@pytest.mark.valkey
def test_commands_share_a_client_as_long_as_its_connections_last(connect: Callable[[], Any]) -> None:
    channel = connect()
    with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
        assert second is first
    assert channel._create_client(asynchronous=True) is not first
    channel._disconnect_pools()
    with channel.conn_or_acquire() as third:
        assert third is not first
        assert third.ping()


@pytest.mark.valkey
def test_a_broker_without_memory_loses_no_message_of_a_living_worker(
    connect: Callable[[], Any], valkey: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    queue = Queue("work", Exchange("work"), routing_key="work")
    channel = connect()
    Producer(channel).publish("one", exchange=queue.exchange, routing_key="work", declare=[queue])
    valkey.config_set("maxmemory", "1mb")
    try:
        message = take(channel, queue)
    finally:
        valkey.config_set("maxmemory", "0")
    assert message.payload == "one"
    assert "the broker notes no message in hand" in caplog.text
    message.ack()
    assert valkey.hlen("unacked") == 0


@pytest.mark.valkey
@pytest.mark.parametrize(("still_full", "connection"), [(True, "the same"), (True, "a new one"), (False, "the same")])
def test_what_was_taken_from_a_broker_without_memory_and_given_back_comes_again(
    connect: Callable[[], Any], valkey: redis.Redis, *, still_full: bool, connection: str
) -> None:
    queue = Queue("work", Exchange("work"), routing_key="work")
    channel, other = connect(), connect()
    for body in ("done", "given back"):
        Producer(channel).publish(body, exchange=queue.exchange, routing_key="work", declare=[queue])
    valkey.config_set("maxmemory", "1mb")
    try:
        done, given = take(channel, queue), take(channel, queue)
        done.ack()
        if still_full:
            given.requeue()
    finally:
        valkey.config_set("maxmemory", "0")
    if still_full:
        (channel if connection == "the same" else connect()).qos.keep_fresh()
        assert take(other, queue) is None, "not yet: somebody may have it in hand"
        grow_old(valkey)
        other.qos.restore_visible(num=None, interval=1)
    else:
        given.requeue()
    again = take(other, queue)
    assert (again.payload, take(other, queue)) == ("given back", None)
    again.ack()
    channel.qos.keep_fresh()
    assert (valkey.hlen("unacked"), valkey.zcard("unacked_index"), valkey.llen("work")) == (0, 0, 0)


@pytest.mark.valkey
@pytest.mark.parametrize("end", ["ack", "reject", "requeue"])
def test_what_cannot_be_noted_as_done_takes_up_no_room_and_comes_again(
    connect: Callable[[], Any], valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    queue = Queue("work", Exchange("work"), routing_key="work")
    channel, sweeper = connect(), connect()
    Producer(channel).publish("one", exchange=queue.exchange, routing_key="work", declare=[queue])
    channel.basic_qos(0, 1, False)
    message = take(channel, queue)
    assert not channel.qos.can_consume()
    with monkeypatch.context() as full:

        def refuse(*_: Any, **__: Any) -> Any:
            raise redis.ResponseError("MISCONF")

        full.setattr(channel.qos, "_remove_from_indices", refuse)
        getattr(message, end)()
    assert channel.qos.can_consume()
    grow_old(valkey)
    channel.qos.keep_fresh()
    sweeper.qos.restore_visible(num=None, interval=1)
    assert take(sweeper, queue).payload == "one"


@pytest.mark.valkey
def test_the_event_loop_keeps_them_fresh_and_is_told_of_a_dead_connection(connect: Callable[[], Any]) -> None:
    made: list[tuple[float, Callable[[], None]]] = []

    class Loop:
        poller = SimpleNamespace()
        on_tick: ClassVar[set[Any]] = set()

        def call_repeatedly(self, seconds: float, call: Callable[[], None]) -> Any:
            made.append((seconds, call))
            return SimpleNamespace(cancel=lambda: made.remove((seconds, call)))

        def __getattr__(self, _: str) -> Any:
            return lambda *_: None

    channel = connect()
    used = channel.connection
    channel._active_queues.append("work")
    for _ in range(2):  # a second time, as after a reconnection
        used.register_with_event_loop(SimpleNamespace(client=SimpleNamespace(transport_options={})), Loop())
    fresh = [call for seconds, call in made if seconds == transport.FRESH_SECONDS]
    assert fresh == [used.keep_fresh]
    used.keep_fresh()

    channel.qos.keep_fresh = lambda: (_ for _ in ()).throw(redis.TimeoutError())
    with pytest.raises(used.connection_errors):
        used.keep_fresh()
    channel.qos.keep_fresh = lambda: (_ for _ in ()).throw(redis.ResponseError("OOM"))
    used.keep_fresh()
    channel._active_queues.clear()


@pytest.mark.valkey
def test_what_is_nested_too_deeply_to_be_read_is_dropped(connect: Callable[[], Any], valkey: redis.Redis) -> None:
    channel, got = connect(), Mock()
    Queue("deep", routing_key="deep")(channel).declare()
    channel.basic_consume("deep", no_ack=True, callback=got, consumer_tag="one")
    valkey.lpush("deep", "[" * 100_000)
    channel.connection.drain_events(channel.connection, timeout=5)
    assert (valkey.llen("deep"), got.mock_calls) == (0, [])
