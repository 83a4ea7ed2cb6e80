"""Orders that wait for their turn to be handed to Celery: account by account, so that none waits for another's backlog.

Celery's queue is first come, first served: a hundred thousand orders of one account in it would keep all others
waiting. So only few messages are in it at a time, and the next ones are chosen here, one order of each account in turn;
orders of backfills only when no other waits. A task that starts makes room for the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import redis

from domain.order import OrderRef
from state.window import moment_of, text_of

# Names are built in the scripts: P .. 'turns:live' (accounts by their turn), P .. 'wait:live:ACCOUNT' (its orders by
# their arrival), P .. 'version:ACCOUNT', P .. 'given' (handed out, not sent yet), P .. 'queued' (sent, not started),
# P .. 'rest:ACCOUNT' (messages that wait for something that is nobody's fault).
_PUSH = """
local P, kind, account = ARGV[1], ARGV[2], ARGV[3]
local now = tonumber(redis.call('TIME')[1])
local versions, added = P .. 'version:' .. account, 0
for i = 4, #ARGV, 2 do
  local order, version = ARGV[i], ARGV[i + 1]
  local member = account .. ' ' .. order
  local under_way = redis.call('ZSCORE', P .. 'queued', member) or redis.call('ZSCORE', P .. 'given', member)
  if not under_way then
    local rests = redis.call('ZSCORE', P .. 'rest:' .. account, order)
    under_way = rests and tonumber(rests) > now
  end
  if not under_way then
    local known = redis.call('HGET', versions, order)
    if not known or version == '' or (known ~= '' and version > known) then
      redis.call('HSET', versions, order, version)
    end
    if kind == 'live' then redis.call('ZREM', P .. 'wait:backfill:' .. account, order) end
    if kind == 'live' or not redis.call('ZSCORE', P .. 'wait:live:' .. account, order) then
      local arrival = redis.call('INCR', P .. 'seq')
      added = added + redis.call('ZADD', P .. 'wait:' .. kind .. ':' .. account, 'NX', arrival, order)
    end
  end
end
if added > 0 then
  redis.call('ZADD', P .. 'turns:' .. kind, 'NX', redis.call('INCR', P .. 'turn'), account)
end
return added
"""
# ARGV: prefix, account and order that start (or ''), depth: least, most, rest: most, seconds: until given is lost,
# until queued is lost.
_PULL = """
local P, least, most, tired = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local function at(seconds) return string.format('%.6f', seconds) end
local queued, given = P .. 'queued', P .. 'given'
local queued_for = nil
if ARGV[2] ~= '' then
  local member = ARGV[2] .. ' ' .. ARGV[3]
  queued_for = now - (redis.call('ZSCORE', queued, member) or now)
  redis.call('ZREM', queued, member)
  redis.call('ZREM', given, member)
  redis.call('ZREM', P .. 'rest:' .. ARGV[2], ARGV[3])
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', given, '-inf', at(now - ARGV[7]))) do
  local account, order = string.match(member, '^(%S+) (.+)$')
  redis.call('ZADD', P .. 'wait:live:' .. account, 'NX', 0, order)
  redis.call('ZADD', P .. 'turns:live', 'NX', 0, account)
  redis.call('ZREM', given, member)
end
if redis.call('EXISTS', P .. 'turns:live', P .. 'turns:backfill') == 0 then return {} end
redis.call('ZREMRANGEBYSCORE', queued, '-inf', at(now - ARGV[8]))
local depth = tonumber(redis.call('GET', P .. 'depth') or least)
local waiting = redis.call('ZCARD', queued) + redis.call('ZCARD', given)
if waiting * 2 > depth then return {} end
local room, out = depth - waiting, {}
for _, kind in ipairs({'live', 'backfill'}) do
  local turns, names, awake, more = P .. 'turns:' .. kind, {}, {}, true
  if room > 0 then names = redis.call('ZRANGE', turns, 0, -1) end
  while more and room > 0 do
    more = false
    for _, account in ipairs(names) do
      if room > 0 and awake[account] == nil then
        local rest = P .. 'rest:' .. account
        redis.call('ZREMRANGEBYSCORE', rest, '-inf', at(now))
        awake[account] = redis.call('ZCARD', rest) < tired
      end
      if room > 0 and awake[account] then
        local wait = P .. 'wait:' .. kind .. ':' .. account
        local first = redis.call('ZPOPMIN', wait)
        if #first == 0 then
          awake[account] = false
          redis.call('ZREM', turns, account)
        else
          redis.call('ZADD', given, at(now), account .. ' ' .. first[1])
          redis.call('ZADD', turns, redis.call('INCR', P .. 'turn'), account)
          out[#out + 1] = account
          out[#out + 1] = first[1]
          out[#out + 1] = redis.call('HGET', P .. 'version:' .. account, first[1]) or ''
          room, more = room - 1, true
        end
      end
    end
  end
end
if room > 0 or (queued_for and queued_for > 1) then
  depth = math.max(least, math.floor(depth * 0.8))
elseif queued_for and queued_for < 0.25 then
  depth = math.min(most, math.ceil(depth * 1.5))
end
redis.call('SET', P .. 'depth', depth, 'EX', 3600)
return out
"""
_SENT = """
local P = ARGV[1]
local time = redis.call('TIME')
for i = 2, #ARGV, 2 do
  local member = ARGV[i] .. ' ' .. ARGV[i + 1]
  redis.call('HDEL', P .. 'version:' .. ARGV[i], ARGV[i + 1])
  if redis.call('ZREM', P .. 'given', member) == 1 then
    redis.call('ZADD', P .. 'queued', string.format('%.6f', time[1] + time[2] / 1000000), member)
  end
end
"""
# ARGV: prefix, seconds.
_PUT_BACK = """
local P, queued = ARGV[1], ARGV[1] .. 'queued'
local lost = redis.call('ZRANGEBYSCORE', queued, '-inf', redis.call('TIME')[1] - ARGV[2])
for _, member in ipairs(lost) do
  local account, order = string.match(member, '^(%S+) (.+)$')
  redis.call('ZADD', P .. 'wait:live:' .. account, 'NX', 0, order)
  redis.call('ZADD', P .. 'turns:live', 'NX', 0, account)
  redis.call('ZREM', queued, member)
end
return #lost
"""
_REST = """
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], 3600)
"""
# Messages in Celery's queue: more while orders wait and messages start within a quarter of a second, as workers would
# be idle with fewer; fewer while messages wait for more than a second, as a newcomer waits as long, or no order waits.
LEAST_DEPTH = 50
MOST_DEPTH = 800
# So many messages of an account that wait for Odoo, Amazon or the end of a pause are enough to see when that is over.
MOST_RESTING = 20
# A process that died between taking and sending: the orders it took are given to another after this.
_GIVEN_SECONDS = 30
# A message whose task has not started stops counting after this, even if nobody finds out that it was lost.
_QUEUED_SECONDS = 3600
_REST_GRACE = 60.0


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages may be in Celery's queue: `least` always, up to `most` for many workers."""

    least: int = LEAST_DEPTH
    most: int = MOST_DEPTH


class Gate:
    """Waiting orders by Odoo database, which is what limits them."""

    def __init__(self, store: redis.Redis, depth: Depth | None = None) -> None:
        self._store = store
        self._depth = depth or Depth()
        self._push = store.register_script(_PUSH)
        self._pull = store.register_script(_PULL)
        self._sent = store.register_script(_SENT)
        self._put_back = store.register_script(_PUT_BACK)
        self._rest = store.register_script(_REST)

    def push(
        self, database: str, account: str, orders: Iterable[tuple[str, datetime | None]], *, backfill: bool = False
    ) -> int:
        """Let orders of `account` wait for their turn; return how many did not wait already.

        An order that waits or whose task has not started is not added again: that task will find the newest version.
        """
        arguments = [
            part for order_id, updated in orders for part in (order_id, updated.isoformat() if updated else "")
        ]
        if not arguments:
            return 0
        kind = "backfill" if backfill else "live"
        return int(self._push(keys=[], args=[_prefix(database), kind, account, *arguments]))

    def pull(self, database: str, started: OrderRef | None = None) -> list[OrderRef]:
        """Take the orders that are to be sent now, in fair turns. `started`: the order whose task begins.

        To be followed by `sent` when their messages are sent; what is not sent within half a minute waits again.
        """
        account, order_id = (started.account, started.order_id) if started else ("", "")
        found = self._pull(
            keys=[],
            args=[
                _prefix(database), account, order_id, self._depth.least, self._depth.most, MOST_RESTING,
                _GIVEN_SECONDS, _QUEUED_SECONDS,
            ],
        )  # fmt: skip
        parts = [text_of(part) for part in found]
        return [
            OrderRef(account=key, order_id=order, updated=moment_of(version) if version else None)
            for key, order, version in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        ]

    def sent(self, database: str, refs: Sequence[OrderRef]) -> None:
        """The messages of `refs` are in Celery's queue."""
        if refs:
            members = [part for ref in refs for part in (ref.account, ref.order_id)]
            self._sent(keys=[], args=[_prefix(database), *members])

    def overdue(self, database: str, seconds: float) -> bool:
        """Whether a message was sent more than `seconds` ago whose task has not started."""
        first = self._store.zrange(f"{_prefix(database)}queued", 0, 0, withscores=True)
        return bool(first) and float(first[0][1]) < self._store.time()[0] - seconds

    def put_back(self, database: str, seconds: float) -> int:
        """Let the orders wait again whose messages were sent more than `seconds` ago and have not started; how many."""
        return int(self._put_back(keys=[], args=[_prefix(database), seconds]))

    def rest(self, database: str, ref: OrderRef, seconds: float) -> None:
        """The order's message waits `seconds` for something that other orders of the account wait for as well."""
        key = f"{_prefix(database)}rest:{ref.account}"
        self._rest(keys=[key], args=[ref.order_id, seconds + _REST_GRACE])

    def wake(self, database: str, account: str) -> None:
        """What the account's messages wait for is over: its other orders get their turn at once."""
        self._store.delete(f"{_prefix(database)}rest:{account}")

    def waiting(self, database: str, account: str, *, backfill: bool = True) -> int:
        """Return how many orders of `account` wait here, with or without those of a `backfill`."""
        kinds = ("live", "backfill") if backfill else ("live",)
        return sum(int(self._store.zcard(f"{_prefix(database)}wait:{kind}:{account}")) for kind in kinds)

    def queued(self, database: str) -> int:
        """Return how many messages are sent whose tasks have not started."""
        return int(self._store.zcard(f"{_prefix(database)}queued"))


def _prefix(database: str) -> str:
    return f"amz:gate:{database}:"
