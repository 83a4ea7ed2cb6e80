"""A TCP proxy on loopback that can be told to misbehave, as networks and proxies do; a process of its own.

`python -m tests.chaos.proxy --to PORT` prints where it listens and where it takes orders: one mode per connection, by
its name. What each mode does is told by `MODES`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import struct
import sys
from typing import Final

HOST: Final = "127.0.0.1"
MODES: Final = {
    "pass": "bytes go through",
    "refuse": "connections are reset, old and new ones",
    "hold": "nothing moves until the next mode, then everything does",
    "swallow": "bytes of all connections vanish, and for those of then for ever: half open",
    "drop": "connections end without a word, so that only who sends something hears of it; new ones come to nothing",
    "lose": "requests go through, and the connection is reset instead of an answer",
    "page": "each request is answered by a proxy's page, HTTP 502, and goes no further",
    "drip": "answers come in small pieces",
}
_PAGE: Final = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 32\r\nConnection: close\r\n\r\n"
    b"<html><h1>502 Bad Gateway</h1>\r\n"
)
_REPAIR: Final = 19  # Linux's TCP_REPAIR: what is closed in it says nothing
_PIECE: Final = 256
_PIECE_SECONDS: Final = 0.02


class Proxy:
    """All connections to one server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mode = "pass"
        self.pairs: set[Pair] = set()

    def turn(self, mode: str) -> None:
        """From now on do as `mode` says. Raises KeyError for an unknown one."""
        MODES[mode]
        before, self.mode = self.mode, mode
        for pair in [*self.pairs]:
            if "drop" in {before, mode}:
                pair.drop()
            else:
                pair.turned(mode)


class Pair(asyncio.Protocol):
    """A client's connection, and ours to the server."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._client: asyncio.Transport | None = None
        self._server: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self._dead = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._client = transport
        self._proxy.pairs.add(self)
        if self._proxy.mode == "refuse":
            self.abort()
            return
        self._dead = self._proxy.mode in {"swallow", "drop"}
        if self._proxy.mode == "hold":
            transport.pause_reading()
        asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_connection(lambda: _Answers(self), HOST, self._proxy.port)
        except OSError:
            self.abort()
            return
        self._server = transport
        if self._client is None or self._client.is_closing():
            transport.abort()
            return
        if self._proxy.mode == "hold":
            transport.pause_reading()
        for data in self._early:
            transport.write(data)
        self._early.clear()

    def data_received(self, data: bytes) -> None:
        if self._dead:
            return
        if self._proxy.mode == "page" and self._client is not None:
            self._client.write(_PAGE)
            self._client.close()
        elif self._server is None:
            self._early.append(data)
        else:
            self._server.write(data)

    def answered(self, data: bytes) -> None:
        """Bytes came from the server."""
        if self._dead or self._client is None:
            return
        if self._proxy.mode == "lose":
            self.abort()
        elif self._proxy.mode == "drip" and len(data) > _PIECE and self._server is not None:
            self._server.pause_reading()
            asyncio.get_running_loop().create_task(self._drip(data))
        else:
            self._client.write(data)

    async def _drip(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self._client is None or self._client.is_closing():
                return
            self._client.write(data[start : start + _PIECE])
            if self._proxy.mode == "drip":
                await asyncio.sleep(_PIECE_SECONDS)
        if self._server is not None and not self._server.is_closing():
            self._server.resume_reading()

    def turned(self, mode: str) -> None:
        """The proxy's mode is another now."""
        if mode == "refuse":
            self.abort()
        self._dead = self._dead or mode == "swallow"
        for transport in (self._client, self._server):
            if transport is None or transport.is_closing():
                continue
            if mode == "hold":
                transport.pause_reading()
            else:
                transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._proxy.pairs.discard(self)
        if self._server is not None and not self._dead:
            self._server.abort() if exc else self._server.close()

    def server_lost(self) -> None:
        """The server has closed; on a half-open connection nobody hears of it."""
        if self._client is not None and not self._dead:
            self._client.close()

    def abort(self) -> None:
        """Reset both sides."""
        self._proxy.pairs.discard(self)
        for transport in (self._client, self._server):
            if transport is not None:
                endpoint = transport.get_extra_info("socket")
                if endpoint is not None and endpoint.fileno() >= 0:
                    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                transport.abort()

    def drop(self) -> None:
        """End the client's connection as a host does that loses its power: nothing is sent."""
        self._dead = True
        endpoint = self._client.get_extra_info("socket") if self._client is not None else None
        if self._client is not None and endpoint is not None and endpoint.fileno() >= 0:
            with contextlib.suppress(OSError):  # without the right to do it the connection is a half-open one
                endpoint.setsockopt(socket.IPPROTO_TCP, _REPAIR, 1)
                self._client.abort()


class _Answers(asyncio.Protocol):
    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def data_received(self, data: bytes) -> None:
        self._pair.answered(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._pair.server_lost()


async def serve(port: int) -> None:
    """Listen for clients and for orders, for ever; say where on standard output."""
    loop = asyncio.get_running_loop()
    proxy = Proxy(port)

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mode = (await reader.readline()).decode().strip()
        try:
            proxy.turn(mode)
        except KeyError:
            writer.write(b"unknown\n")
        else:
            writer.write(b"done\n")
        writer.close()

    clients = await loop.create_server(lambda: Pair(proxy), HOST, 0)
    orders = await asyncio.start_server(obey, HOST, 0)
    listening, obeying = (server.sockets[0].getsockname()[1] for server in (clients, orders))
    sys.stdout.write(f"listening on {listening}, orders on {obeying}\n")
    sys.stdout.flush()
    async with clients, orders:
        await asyncio.Event().wait()


def turn(port: int, mode: str) -> None:
    """Tell the proxy that takes orders on `port` its mode. Raises OSError, ValueError for an unknown mode."""
    with socket.create_connection((HOST, port), timeout=10) as orders:
        orders.sendall(f"{mode}\n".encode())
        said = orders.makefile().readline().strip()
    if said != "done":
        raise ValueError(f"the proxy does not know {mode!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.proxy", description=__doc__)
    parser.add_argument("--to", type=int, required=True, help="port of the server on loopback")
    asyncio.run(serve(parser.parse_args().to))
