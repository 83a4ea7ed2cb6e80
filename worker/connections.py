"""Connections to Redis that warn one another: a broker that is gone without a word costs one time limit, not dozens.

On a half-open connection what is sent vanishes, and whoever waits for an answer learns that from a time limit. A
process has dozens of connections, in several pools: Celery's for messages, ours for the state. Each would be found out
for itself, by whoever takes it next. Here the first that passes its limit makes suspects of all that were opened
before: they are opened anew when they are taken from their pool. One that was idle is asked first, as redis-py does; if
it does not answer it is opened anew too, and who took it goes on.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

import redis
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

# Host and port -> when a connection of this process to it passed its time limit last.
_silent: Final[dict[tuple[str, int], float]] = {}


class _Warned(AbstractConnection):
    """A connection that knows when it was opened."""

    port: int
    _opened: float = 0.0

    @property
    def suspect(self) -> bool:
        """Whether any connection to the same server has passed its time limit since this one was opened."""
        return self._opened < _silent.get((self.host, self.port), 0.0)

    def connect_check_health(self, *args: Any, **named: Any) -> None:
        """Open the connection unless it is open. Raises what redis-py does."""
        if not self.is_connected:
            self._opened = monotonic()
        super().connect_check_health(*args, **named)

    def read_response(self, *args: Any, **named: Any) -> Any:
        """Return the server's answer. Raises what redis-py does."""
        try:
            return super().read_response(*args, **named)
        except RedisTimeoutError:
            _silent[self.host, self.port] = monotonic()
            raise

    def check_health(self) -> None:
        """Ask the server after some idle time; a connection that is dead is opened anew. Raises if that fails."""
        ask: Any = super().check_health
        try:
            ask()
        except (RedisConnectionError, RedisTimeoutError):
            self.connect_check_health(check_health=False)


class Connection(_Warned, redis.Connection):
    """A connection to redis://."""


class SSLConnection(_Warned, redis.SSLConnection):
    """A connection to rediss://."""


class Pool(redis.ConnectionPool):
    """Connections of the two kinds above."""

    def get_connection(self, command_name: Any = None, *keys: Any, **options: Any) -> Any:  # noqa: ARG002 - redis-py's
        """Return a connection that is no suspect; redis-py uses none of the arguments. Raises what redis-py does."""
        connection: Any = super().get_connection()
        if connection.suspect:
            connection.disconnect()
            try:
                connection.connect()
            except BaseException:
                self.release(connection)
                raise
        return connection


def pool(url: str, **options: Any) -> Pool:
    """Return a pool of such connections to `url` (redis:// or rediss://); `options` as redis-py's."""
    kind = SSLConnection if url.startswith("rediss") else Connection
    return Pool.from_url(url, connection_class=kind, **options)
