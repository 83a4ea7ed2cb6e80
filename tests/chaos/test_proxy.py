"""The proxy does what its modes say: a fault that does not strike would prove nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

import pytest

from tests.chaos.proxy import HOST, turn
from tests.flow.processes import proxy


@dataclass(frozen=True)
class Place:
    port: int
    orders: int
    heard: list[bytes]

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=0.5)

    def ask(self, on: socket.socket, words: bytes = b"ask") -> bytes:
        on.sendall(words)
        return on.recv(4096)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server that answers in capitals, behind the proxy."""
    heard: list[bytes] = []
    with socket.create_server((HOST, 0)) as server:

        def answer(on: socket.socket) -> None:
            with on, suppress(ConnectionError):
                while data := on.recv(4096):
                    heard.append(data)
                    on.sendall(data.upper())

        def serve() -> None:
            while True:
                try:
                    on, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(on,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        folder = tmp_path_factory.mktemp("proxy")
        process, listening, orders = proxy(folder, "server", server.getsockname()[1])
        try:
            yield Place(listening, orders, heard)
        finally:
            process.kill()
            server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(autouse=True)
def _passing(place: Place) -> Iterator[None]:
    place.heard.clear()
    turn(place.orders, "pass")
    yield
    turn(place.orders, "pass")


def test_passing_and_resetting(place: Place) -> None:
    with closing(place.connect()) as on:
        assert place.ask(on) == b"ASK"
        turn(place.orders, "refuse")
        with pytest.raises(ConnectionResetError):
            on.recv(10)
    # The reset comes while it connects, or right after.
    with pytest.raises(ConnectionResetError), closing(place.connect()) as new:
        place.ask(new)
    turn(place.orders, "pass")
    with closing(place.connect()) as after:
        assert place.ask(after) == b"ASK"


def test_what_is_held_arrives_later(place: Place) -> None:
    with closing(place.connect()) as on:
        assert place.ask(on) == b"ASK"
        turn(place.orders, "hold")
        with pytest.raises(TimeoutError):
            place.ask(on, b"later")
        turn(place.orders, "pass")
        assert on.recv(10) == b"LATER"


def test_a_half_open_connection_never_answers_again_and_a_new_one_does(place: Place) -> None:
    with closing(place.connect()) as on:
        assert place.ask(on) == b"ASK"
        turn(place.orders, "swallow")
        turn(place.orders, "pass")
        with pytest.raises(TimeoutError):
            place.ask(on)
        with closing(place.connect()) as new:
            assert place.ask(new) == b"ASK"


def test_a_reply_is_lost_when_the_work_is_done(place: Place) -> None:
    turn(place.orders, "lose")
    with closing(place.connect()) as on, pytest.raises(ConnectionResetError):
        place.ask(on, b"work")
    assert place.heard == [b"work"]


def test_a_proxys_page_stands_for_the_answer(place: Place) -> None:
    turn(place.orders, "page")
    with closing(place.connect()) as on:
        assert place.ask(on).startswith(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n")
    assert place.heard == []


def test_a_slow_answer_comes_whole(place: Place) -> None:
    turn(place.orders, "drip")
    with closing(place.connect()) as on:
        first = place.ask(on, b"x" * 1000)
        assert len(first) < 1000
        got = len(first)
        while got < 1000:
            got += len(on.recv(4096))


def test_dropped_without_a_word_nobody_hears_of_it_until_something_is_sent(place: Place) -> None:
    with closing(place.connect()) as on:
        assert place.ask(on) == b"ASK"
        turn(place.orders, "drop")
        with pytest.raises(TimeoutError):
            on.recv(10)
        with pytest.raises((ConnectionResetError, BrokenPipeError, TimeoutError)):
            place.ask(on)


def test_an_unknown_mode_is_refused(place: Place) -> None:
    with pytest.raises(ValueError, match="does not know"):
        turn(place.orders, "dance")
