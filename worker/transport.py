"""kombu's Redis transport, made to say «connection lost» where it would trip over a connection it has closed already.

Seen with kombu 5.7.0 and Celery 5.7.0 when the broker died while threads had unacknowledged messages: Celery closes the
connection, kombu then wants to give the messages back through it and fails with AttributeError, which Celery takes
for a defect: the worker ends. A connection error is what it recovers from.

What another program put into a queue and is no message at all is dropped; kombu would end the worker.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from redis.exceptions import ConnectionError as RedisConnectionError

log = logging.getLogger(__name__)


class Message(virtual.Message):
    """A message whose headers are an object, or none."""

    def __init__(self, payload: Any, channel: Any = None, **kwargs: Any) -> None:
        headers = payload.get("headers") if isinstance(payload, dict) else payload
        if not isinstance(headers, dict | None):
            raise TypeError("no message: its headers are no object")
        super().__init__(payload, channel=channel, **kwargs)


class Channel(redis.Channel):
    """A channel whose lost connection is a connection error, and which drops what is no message."""

    Message = Message

    def _brpop_read(self, **options: Any) -> Any:
        """Read an entry of a queue. It is out of the queue then, so that it troubles nobody twice."""
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # not in kombu's stubs
        except (ValueError, TypeError, KeyError) as error:
            log.exception("what is no message was dropped from a queue: %s", type(error).__name__)
            return True

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
