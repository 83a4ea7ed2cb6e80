"""When each lane is due and which ones a task has, by the clock of Redis: workers need not agree about the time.

A lane is a fetch group of an account, or the backfill or the reconciliation of one (`state.window`). All lanes stand
in three sorted sets by the time they are due, so that a tick takes only what is due, however many accounts there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import redis

from state.window import group_of, is_backfill, is_reconcile, lane_name, lane_of, text_of

# A lane that is taken is due again when its lease ends: so the lane of a task that died comes back by itself.
# When the clock of Redis goes back, every time in it goes back too: else all lanes would wait for the difference.
_NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local function at(seconds) return string.format('%.6f', seconds) end
"""
_TAKE = (
    _NOW
    + """
local live, backfill, reconcile = KEYS[1], KEYS[2], KEYS[3]
local out, names, clock = KEYS[4], KEYS[5], KEYS[6]
local before = tonumber(redis.call('GET', clock) or '0')
redis.call('SET', clock, at(now))
if now < before - 1 then
  for _, key in ipairs({live, backfill, reconcile, out}) do
    for _, lane in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, at(now - before), lane)
    end
  end
end
if redis.call('GET', names) ~= ARGV[1] then return {'unknown'} end
redis.call('ZREMRANGEBYSCORE', out, '-inf', at(now))
local room = tonumber(ARGV[2]) - redis.call('ZCARD', out)
local taken = {'known'}
for _, key in ipairs({live, backfill, reconcile}) do
  if room > 0 then
    local due = redis.call('ZRANGEBYSCORE', key, '-inf', at(now), 'WITHSCORES', 'LIMIT', 0, room)
    for i = 1, #due, 2 do
      redis.call('ZADD', key, at(now + ARGV[3]), due[i])
      redis.call('ZADD', out, at(now + ARGV[3]), due[i])
      taken[#taken + 1] = due[i]
      taken[#taken + 1] = at(tonumber(due[i + 1]) == 0 and 0 or now - due[i + 1])
      room = room - 1
    end
  end
end
return taken
"""
)
_DONE = (
    _NOW
    + """
local due = now + ARGV[2]
if ARGV[3] ~= '' then
  local ahead = (ARGV[3] * ARGV[2] - due) % ARGV[2]
  if ahead > ARGV[2] / 2 then ahead = ahead - ARGV[2] end
  local most = ARGV[2] * ARGV[4]
  due = due + math.max(-most, math.min(most, ahead))
end
redis.call('ZADD', KEYS[1], 'XX', at(due), ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
"""
)
_LIVE, _BACKFILL, _RECONCILE = (f"amz:due:{part}" for part in ("live", "backfill", "reconcile"))
_OUT, _NAMES, _CLOCK = (f"amz:due:{part}" for part in ("out", "names", "clock"))
# So many fetch messages at once, whatever the number of accounts: a task that ends sends the next one. Enough for as
# many processes, few enough for a lane that becomes due not to wait behind them for long.
MOST_OUT = 32
# The most by which a lane is due earlier or later for its place, as a share of the time asked for.
MOST_MOVED = 0.2


@dataclass(frozen=True, slots=True)
class Turn:
    """A lane that was taken. `late`: seconds since it was due; 0 for a new one."""

    account: str
    group: str
    late: float


class Schedule:
    """The lanes `lanes` (account and group), which are all there are, and what was asked for beside them."""

    def __init__(self, store: redis.Redis, lanes: Iterable[tuple[str, str]]) -> None:
        self._store = store
        self._lanes = sorted(lane_name(*lane) for lane in lanes)
        self._digest = hashlib.sha256("\n".join(self._lanes).encode()).hexdigest()
        self._take = store.register_script(_TAKE)
        self._done = store.register_script(_DONE)

    def take(self, seconds: float, *, most: int = MOST_OUT) -> list[Turn]:
        """Take the lanes that are due for `seconds`, so that at most `most` are taken in all.

        Live ones first, then backfills, then reconciliations.
        """
        keys = [_LIVE, _BACKFILL, _RECONCILE, _OUT, _NAMES, _CLOCK]
        arguments: list[str | float] = [self._digest, most, seconds]
        known, *taken = self._take(keys=keys, args=arguments)
        if text_of(known) != "known":  # accounts were added or removed, or Redis was wiped
            self._register()
            _, *taken = self._take(keys=keys, args=arguments)
        return [Turn(*lane_of(lane), late=float(late)) for lane, late in zip(taken[::2], taken[1::2], strict=True)]

    def done(self, account: str, group: str, seconds: float, *, spread: bool = False) -> None:
        """Give the lane back; it is due again in `seconds`.

        `spread`: it moves towards a place of its own within any `seconds`, by at most a fifth of them. Lanes that began
        at the same moment, all of them after a start, would else come together for ever.
        """
        lane = lane_name(account, group)
        place: float | str = place_of(lane) if spread else ""
        self._done(keys=[_key(group), _OUT], args=[lane, seconds, place, MOST_MOVED])

    def hurry(self, account: str, group: str) -> None:
        """The lane is due now, unless a task has it: that one says when."""
        if self._store.zscore(_OUT, lane_name(account, group)) is None:
            self._store.zadd(_key(group), {lane_name(account, group): 0}, xx=True)

    def add(self, account: str, lane: str) -> None:
        """From now on there is this backfill or reconciliation too."""
        self._store.zadd(_key(lane), {lane_name(account, lane): 0}, nx=True)

    def drop(self, account: str, group: str) -> None:
        """There is no such lane any more."""
        self._store.zrem(_key(group), lane_name(account, group))
        self._store.zrem(_OUT, lane_name(account, group))

    def due_in(self, account: str, group: str) -> float | None:
        """Return in how many seconds the lane is due (below 0: it is late), or None if there is no such lane."""
        at = self._store.zscore(_key(group), lane_name(account, group))
        seconds, micros = self._store.time()
        return None if at is None else float(at) - seconds - micros / 1e6

    def taken(self, account: str, group: str) -> bool:
        """Whether a task has the lane, as far as is known."""
        return self._store.zscore(_OUT, lane_name(account, group)) is not None

    def _register(self) -> None:
        """Make the lanes in Redis those of the settings: new ones are due at once."""
        live = {text_of(lane) for lane in self._store.zrange(_LIVE, 0, -1)} - set(self._lanes)
        pipeline = self._store.pipeline(transaction=True)
        if live:
            pipeline.zrem(_LIVE, *live)
        for key in (_BACKFILL, _RECONCILE):
            asked = {text_of(lane) for lane in self._store.zrange(key, 0, -1)}
            gone = {lane for lane in asked if group_of(lane) not in self._lanes}
            if gone:
                pipeline.zrem(key, *gone)
        if self._lanes:
            pipeline.zadd(_LIVE, dict.fromkeys(self._lanes, 0), nx=True)
        pipeline.set(_NAMES, self._digest)
        pipeline.execute()


def place_of(lane: str) -> float:
    """Return where within an interval a lane has its place, from 0 to below 1; the same on all hosts."""
    return int.from_bytes(hashlib.sha256(lane.encode()).digest()[:6], "big") / 2**48


def _key(group: str) -> str:
    if is_reconcile(group):
        return _RECONCILE
    return _BACKFILL if is_backfill(group) else _LIVE
