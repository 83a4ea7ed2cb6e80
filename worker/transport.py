"""kombu's Redis transport, made to say «connection lost» where it would trip over a connection it has closed already.

Seen with kombu 5.7.0 and Celery 5.7.0 when the broker died while threads had unacknowledged messages: Celery closes the
connection, kombu then wants to give the messages back through it and fails with AttributeError, which Celery takes
for a defect: the worker ends. A connection error is what it recovers from.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(redis.Channel):
    """A channel whose lost connection is a connection error."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - kombu's signature
        if self.connection.client is None:
            raise RedisConnectionError("the connection to the broker was closed")
        parameters: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]  # not in kombu's stubs
        return parameters


class Transport(redis.Transport):
    """The transport of redis:// and rediss:// in this program."""

    Channel = Channel


def install() -> None:
    """Let redis:// and rediss:// use this transport in this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
