"""A broker that is gone without a word costs a process one time limit: who finds out warns all other connections."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery
from kombu import Connection, Exchange, Producer, Queue
from kombu.transport import TRANSPORT_ALIASES
from redis.exceptions import TimeoutError as RedisTimeoutError

from settings import load
from tests.chaos.proxy import HOST, turn
from tests.flow.processes import proxy
from tests.unit.settings.given import RIGHT, changed, set_secrets, write
from worker import bootstrap, connections

pytestmark = pytest.mark.valkey

LIMIT = 0.2
QUEUE = Queue("work", Exchange("work"), routing_key="work")


class Place:
    """The server behind a proxy."""

    def __init__(self, listening: int, orders: int, direct: int) -> None:
        self.url = f"redis://{HOST}:{listening}/0"
        self.direct = f"redis://{HOST}:{direct}/0"
        self._orders = orders

    def turn(self, mode: str) -> None:
        turn(self._orders, mode)

    def lose_all(self) -> None:
        """All connections of now are half open for ever; new ones work."""
        self.turn("swallow")
        self.turn("pass")


@pytest.fixture(scope="module")
def behind(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    port = urlsplit(redis_url).port or 0
    process, listening, orders = proxy(tmp_path_factory.mktemp("proxy"), "broker", port)
    try:
        yield Place(listening, orders, port)
    finally:
        process.kill()


@pytest.fixture
def place(behind: Place, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Place:
    assert valkey.ping()
    behind.turn("pass")
    monkeypatch.setattr(connections, "_silent", {})
    return behind


@pytest.fixture
def open_pool(place: Place) -> Iterator[Callable[..., connections.Pool]]:
    with ExitStack() as opened:

        def make(url: str = "", **options: Any) -> connections.Pool:
            made = connections.pool(url or place.url, socket_timeout=LIMIT, client_name="test", **options)
            return opened.enter_context(made)

        yield make


def fill(pool: connections.Pool, number: int) -> list[Any]:
    """Let `number` connections lie idle in the pool."""
    taken = [pool.get_connection() for _ in range(number)]
    for one in taken:
        pool.release(one)
    return taken


def sockets(connected: list[Any]) -> list[Any]:
    return [one._sock for one in connected]


def test_one_time_limit_is_enough_for_all_pools_to_that_server(
    place: Place, open_pool: Callable[..., connections.Pool]
) -> None:
    here, there, elsewhere = open_pool(), open_pool(), open_pool(place.direct)
    idle, others = fill(here, 5) + fill(there, 3), fill(elsewhere, 2)
    before, untouched = sockets(idle), sockets(others)
    place.lose_all()
    with pytest.raises(RedisTimeoutError):
        redis.Redis(connection_pool=here).ping()

    began = time.monotonic()
    for pool, number in ((here, 5), (there, 3), (elsewhere, 2)):
        taken = [pool.get_connection() for _ in range(number)]
        for one in taken:
            one.send_command("PING")
            assert one.read_response() == b"PONG"
        for one in taken:
            pool.release(one)
    assert time.monotonic() - began < 4 * LIMIT  # eight without
    assert [old is new for old, new in zip(before, sockets(idle), strict=True)] == [False] * 8
    assert sockets(others) == untouched


def test_a_connection_that_was_opened_since_is_no_suspect(
    place: Place, open_pool: Callable[..., connections.Pool]
) -> None:
    pool = open_pool()
    fill(pool, 1)
    place.lose_all()
    store = redis.Redis(connection_pool=pool)
    with pytest.raises(RedisTimeoutError):
        store.ping()
    assert store.ping()
    (used,) = fill(pool, 1)
    socket = used._sock
    assert store.ping()
    assert store.ping()
    assert used._sock is socket


def test_an_idle_connection_is_asked_first_and_nobody_hears_of_it_when_it_is_dead(
    place: Place, open_pool: Callable[..., connections.Pool]
) -> None:
    pool = open_pool(health_check_interval=0.01)
    (used,) = fill(pool, 1)
    socket = used._sock
    place.lose_all()
    time.sleep(0.02)
    assert redis.Redis(connection_pool=pool).set("amz:test", "1") is True
    assert used._sock is not socket


@pytest.mark.parametrize("options", [{}, {"health_check_interval": 0.01}])
def test_as_long_as_no_new_connection_answers_it_is_said_and_none_leaks(
    place: Place, open_pool: Callable[..., connections.Pool], options: dict[str, float]
) -> None:
    here, there = (open_pool(max_connections=1, **options) for _ in range(2))
    fill(here, 1)
    fill(there, 1)
    place.turn("swallow")
    time.sleep(0.02)
    for pool in (here, there, there):
        with pytest.raises(RedisTimeoutError):
            redis.Redis(connection_pool=pool).ping()
    place.turn("pass")
    assert [redis.Redis(connection_pool=pool).ping() for pool in (here, there)] == [True, True]


@pytest.mark.parametrize(
    ("url", "kind"),
    [("redis://broker.test/0", connections.Connection), ("rediss://broker.test/0", connections.SSLConnection)],
)
def test_the_states_client_has_such_a_pool(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, url: str, kind: type[connections.Connection]
) -> None:
    set_secrets(monkeypatch)
    with bootstrap.connect_redis(load(write(tmp_path, RIGHT)), url) as store:
        pool = store.connection_pool
        assert (type(pool), pool.connection_class) == (connections.Pool, kind)
        options = pool.connection_kwargs
        assert [options[name] for name in ("socket_timeout", "socket_connect_timeout", "health_check_interval")] == [
            5, 5, 5,
        ]  # fmt: skip


# ------------------------------------------------------------ Celery's connections
@pytest.fixture
def connect(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Opens channels of connections of their own."""
    monkeypatch.setitem(TRANSPORT_ALIASES, "redis", "worker.transport:Transport")
    options = {"socket_timeout": LIMIT, "visibility_timeout": 20, "priority_steps": [0], "client_name": "test"}
    with ExitStack() as opened:
        yield lambda: opened.enter_context(Connection(place.url, transport_options=options)).channel()


def publish(channel: Any) -> None:
    Producer(channel).publish("one", exchange=QUEUE.exchange, routing_key="work", declare=[QUEUE])


def test_what_one_channel_finds_out_all_know(
    place: Place, connect: Callable[[], Any], open_pool: Callable[..., connections.Pool], valkey: redis.Redis
) -> None:
    channels = [connect() for _ in range(4)]
    for channel in channels:
        publish(channel)
    state = redis.Redis(connection_pool=open_pool())
    assert state.ping()
    place.lose_all()
    with pytest.raises(RedisTimeoutError):
        publish(channels[0])
    began = time.monotonic()
    for channel in channels:
        publish(channel)
    assert state.ping()
    assert time.monotonic() - began < LIMIT
    assert valkey.llen("work") == 8


def test_a_dead_connection_keeps_no_message_from_being_kept_fresh(
    place: Place, connect: Callable[[], Any], valkey: redis.Redis
) -> None:
    channel = connect()
    publish(channel)
    message: Any = QUEUE(channel).get(no_ack=False)
    channel._active_queues.append("work")
    valkey.zadd("unacked_index", {message.delivery_tag: 1})
    place.lose_all()
    channel.connection.keep_fresh()
    assert float(valkey.zscore("unacked_index", message.delivery_tag) or 0) > 1

    place.turn("swallow")
    with pytest.raises(channel.connection_errors):
        channel.connection.keep_fresh()
    place.turn("pass")
    message.ack()
    channel._active_queues.clear()


@pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")  # by Celery
def test_a_dead_connection_makes_no_failed_task_of_one_that_is_tried_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_secrets(monkeypatch)
    path = write(tmp_path, changed({"broker/url": place.url, "broker/state_url": place.url}))
    monkeypatch.setenv("CONNECTOR_CONFIG", str(path))
    configuration = importlib.import_module("worker.celery").configuration(load(path))
    with Celery(set_as_current=False) as app:
        app.conf.update(configuration | {"redis_socket_timeout": LIMIT})
        app.backend.mark_as_retry("one", TimeoutError("Odoo"), "")
        place.lose_all()
        app.backend.mark_as_retry("one", ConnectionError("Odoo"), "")
        assert type(app.backend.get_task_meta("one")["result"]) is ConnectionError
        assert app.backend.get_state("one") == "RETRY"
