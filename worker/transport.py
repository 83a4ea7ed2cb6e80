"""kombu's Redis transport, mended where a worker that is dead or cut off would cost minutes.

Seen with kombu 5.7.0 and Celery 5.7.0 under faults:

* When the broker dies while threads have unacknowledged messages, Celery closes the connection, kombu then wants to
  give the messages back through it and fails with AttributeError, which Celery takes for a defect: the worker ends.
  Here it is a connection error, from which Celery recovers.
* A message that a worker has in hand is delivered again after a fixed time, which must be longer than the longest task
  and the longest countdown: half an hour after kill -9. Here a message in hand is kept fresh by whoever has it, every
  few seconds and by the clock of Redis, and what nobody keeps fresh comes back in less than half a minute. A worker
  that was told to end keeps nothing fresh: work that it needs so long for is begun a second time elsewhere, which
  locks and external ids make harmless.
* On a connection whose other end is gone without a word, each command, the reading of messages and that of broadcasts
  find out one after the other: a minute. Here one whose new connection does not answer either lets Celery connect
  anew, whole.
* Dead connections of its pools are each found out for itself. Here one warns all others (`worker.connections`).
* What another program put into a queue and is no message at all would end the worker. Here it is dropped.
* For each command a client was made, which took more processor time than the command: a seventh of all that a busy
  worker used. Here a channel keeps one for as long as its pool of connections lasts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from kombu.transport.virtual import QoS as VirtualQoS
from kombu.utils.json import dumps
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker import connections

log = logging.getLogger(__name__)

# A message in hand is kept fresh so often; one that was not for LOST seconds has nobody any more.
FRESH_SECONDS: Final = 4.0
LOST_SECONDS: Final = 20
# What came back from one sweep; there is one every few seconds.
_MOST: Final = 1000

# KEYS: index, messages. ARGV: tag, message.
_TAKEN: Final = """
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
"""
# KEYS: index. ARGV: tags. One that was acknowledged meanwhile stays away.
_FRESH: Final = """
local now = redis.call('TIME')[1]
for _, tag in ipairs(ARGV) do redis.call('ZADD', KEYS[1], 'XX', now, tag) end
"""
# KEYS: index. ARGV: seconds, most. What is lost is fresh again at once, so that one sweeper takes it.
_LOST: Final = """
local now = tonumber(redis.call('TIME')[1])
local lost = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, ARGV[2])
for _, tag in ipairs(lost) do redis.call('ZADD', KEYS[1], 'XX', now, tag) end
return lost
"""

# Messages in this process' hands that the broker could not note yet, by tag: another connection does it if need be.
_unnoted: Final[dict[str, str]] = {}


class QoS(redis.QoS):
    """The messages that one connection has in hand."""

    channel: Any  # kombu's stubs know little of these four
    _delivered: Any
    _dirty: Any
    _remove_from_indices: Any

    def append(self, message: Any, delivery_tag: str) -> None:
        """Note that the message is in hand.

        A broker that takes no writes now (its memory or its disk is full) cannot note it: the message is worked on all
        the same, as it has left its queue already, and noted as soon as that is possible. It is lost only if this
        process dies before.
        """
        given = message.delivery_info
        noted = dumps([message._raw, given["exchange"], given["routing_key"]])  # noqa: SLF001 - as kombu's own does it
        try:
            self._note(delivery_tag, noted)
        except ResponseError as refused:
            _unnoted[delivery_tag] = noted
            log.warning("the broker notes no message in hand: %s", refused, extra={"once": "no message noted"})
        VirtualQoS.append(self, message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        """The message is done. When the broker cannot note that now, the message comes again, as one of a dead worker.

        Either way this process has it in hand no more: it would take up room for ever.
        """
        _unnoted.pop(delivery_tag, None)
        try:
            self._remove_from_indices(delivery_tag).execute()
        except ResponseError as refused:
            log.warning("the broker notes no message as done: %s", refused, extra={"once": "no message noted as done"})
        finally:
            VirtualQoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """The message goes back into its queue (`requeue`) or is dropped; what cannot be noted now comes again."""
        try:
            if requeue:
                self._catch_up()
                self.restore_by_tag(delivery_tag, leftmost=True)
            else:
                _unnoted.pop(delivery_tag, None)
                self._remove_from_indices(delivery_tag).execute()
        except (*self.channel.connection_errors, ResponseError) as refused:
            log.warning("the broker takes no message back: %s", refused, extra={"once": "no message taken back"})
        finally:
            VirtualQoS.ack(self, delivery_tag)

    def keep_fresh(self) -> None:
        """Say that this connection still has its messages. Raises what redis-py does, also when it has none."""
        self._catch_up()
        tags = [tag for tag in list(self._delivered) if tag not in self._dirty]
        with self.channel.conn_or_acquire() as client:
            client.eval(_FRESH, 1, self.unacked_index_key, *tags)

    def _note(self, delivery_tag: str, noted: str) -> None:
        with self.channel.conn_or_acquire() as client:
            client.eval(_TAKEN, 2, self.unacked_index_key, self.unacked_key, delivery_tag, noted)

    def _catch_up(self) -> None:
        """Note what could not be noted when it was taken; what was given back since then comes again by that."""
        for tag, noted in list(_unnoted.items()):
            self._note(tag, noted)
            if _unnoted.pop(tag, None) is None:  # done in the meantime
                self._remove_from_indices(tag).execute()

    def restore_visible(self, start: int = 0, num: int | None = 10, interval: int = 10) -> None:  # noqa: ARG002 - kombu's
        """Put messages back into their queues that nobody keeps fresh."""
        with self.channel.conn_or_acquire() as client:
            lost: Iterable[bytes] = client.eval(_LOST, 1, self.unacked_index_key, self.visibility_timeout, num or _MOST)
            for tag in lost:
                self.restore_by_tag(tag.decode(), client)


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
    QoS = QoS
    connection_class = connections.Connection
    connection_class_ssl = connections.SSLConnection
    _kept: Redis | None = None

    def _create_client(self, asynchronous: bool = False) -> Redis:  # noqa: FBT001, FBT002 - kombu's signature
        """Return a client; it may be used by several threads, but for one that waits for messages (`asynchronous`)."""
        if asynchronous:
            client: Redis = super()._create_client(asynchronous=True)  # type: ignore[misc]  # not in kombu's stubs
            return client
        kept = self._kept
        if kept is None or kept.connection_pool is not self.pool:
            kept = self._kept = super()._create_client()  # type: ignore[misc]  # not in kombu's stubs
        return kept

    def _get_pool(self, asynchronous: bool = False) -> connections.Pool:  # noqa: FBT001, FBT002 - kombu's signature
        parameters = self._connparams(asynchronous=asynchronous)
        self.keyprefix_fanout = self.keyprefix_fanout.format(db=parameters["db"])
        return connections.Pool(**parameters)

    def _brpop_read(self, **options: Any) -> Any:
        """Read an entry of a queue. It is out of the queue then, so that it troubles nobody twice."""
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # not in kombu's stubs
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            log.exception("what is no message was dropped from a queue: %s", type(error).__name__)
            return True

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - kombu's signature
        # Closed by Celery: the transport forgets its client, or the channel its transport.
        if getattr(self.connection, "client", None) is None:
            raise RedisConnectionError("the connection to the broker was closed")
        parameters: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]  # not in kombu's stubs
        return parameters


class Transport(redis.Transport):
    """The transport of redis:// and rediss:// in this program."""

    Channel = Channel
    cycle: Any  # kombu's stubs say that it may be None

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Let the worker's event loop keep messages in hand fresh, besides all that kombu has it do."""
        super().register_with_event_loop(connection, loop)
        before = getattr(self.cycle, "fresh_timer", None)
        if before is not None:
            before.cancel()
        self.cycle.fresh_timer = loop.call_repeatedly(FRESH_SECONDS, self.keep_fresh)

    def keep_fresh(self) -> None:
        """Keep the messages of all channels fresh. Raises a connection error: Celery then connects anew, whole.

        That costs the messages in hand half a minute, so a connection whose other end is gone without a word is no
        reason yet: a new one may work.
        """
        for channel in list(self.cycle._channels):  # noqa: SLF001 - kombu's own sweeps do the same
            if not channel.active_queues:
                continue
            try:
                _twice(channel.qos.keep_fresh)
            except ResponseError as refused:  # it takes no writes now
                log.warning("messages in hand are not kept fresh: %s", refused, extra={"once": "not kept fresh"})


def _twice(call: Callable[[], None]) -> None:
    """Do what can be done twice, and on a connection opened anew if the first does not answer."""
    try:
        call()
    except RedisTimeoutError:
        call()


def install() -> None:
    """Let redis:// and rediss:// use this transport in this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
