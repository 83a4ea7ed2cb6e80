"""One token bucket per seller and Amazon operation, shared by all workers: GCRA on the server's clock.

Amazon's quotas are token buckets per (selling account, application) and operation (SP-API, "Usage plans and rate
limits"). A seller who is split into several accounts of ours, by marketplaces, has one bucket for all of them.
A call reserves its token first; nobody sleeps for one. The theoretical arrival time (TAT) is all the state there is,
so a changed rate takes effect at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import redis

from state.window import text_of

# KEYS: tat, blocked until, learnt rate, birth of this state.
# ARGV: rate (1/s), burst, longest wait (us), tokens to leave to others, slack (us).
# The slack is at most half of the bucket: at a rate learnt to be high its seconds would be more than all tokens.
# A bucket that has no TAT was either unused for long (full) or wiped with Redis: then it starts half full.
# No time in here can lawfully lie further ahead than an empty bucket takes to fill (and a minute of reservations), or
# than the longest pause: what does was written before the clock of the server went back, and is brought back too.
_RESERVE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local rate = tonumber(redis.call('GET', KEYS[3]) or ARGV[1])
local burst, keep = tonumber(ARGV[2]), tonumber(ARGV[4])
local emission = 1000000 / rate
local born = tonumber(redis.call('GET', KEYS[4]) or '0')
if born == 0 or born > now then
  born = now
  redis.call('SET', KEYS[4], string.format('%.0f', now))
end
local tat = tonumber(redis.call('GET', KEYS[1]) or '0')
if tat == 0 then tat = born + emission * math.floor(burst / 2) end
local fullest = emission * burst
if tat > now + fullest + math.max(60000000, ARGV[3] + emission) then
  tat = now + fullest
  redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil(2 * fullest / 1000) + 1000)
end
if tat < now then tat = now + math.min(ARGV[5], emission * (burst - 1 - keep) / 2) end
local blocked = tonumber(redis.call('GET', KEYS[2]) or '0')
if blocked > now + 600000000 then
  blocked = 0
  redis.call('DEL', KEYS[2])
end
local at = math.max(now, tat - emission * (burst - 1 - keep), blocked)
local wait = at - now
if wait > tonumber(ARGV[3]) then return {0, string.format('%.0f', wait)} end
local after = math.max(tat, at) + emission
local lifetime = math.ceil((after - now + fullest) / 1000) + 1000
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', lifetime)
return {1, string.format('%.0f', wait)}
"""
# KEYS: tat, blocked until, learnt rate. ARGV: seconds (us), rate, burst.
# A 429 says that Amazon's bucket is empty, whatever ours said: the next token is there one emission later at most.
_BLOCK = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local until_ = now + tonumber(ARGV[1])
if until_ > tonumber(redis.call('GET', KEYS[2]) or '0') then
  redis.call('SET', KEYS[2], string.format('%.0f', until_), 'PX', math.ceil(ARGV[1] / 1000) + 1000)
end
local fullest = ARGV[3] * 1000000 / tonumber(redis.call('GET', KEYS[3]) or ARGV[2])
if now + fullest > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.0f', now + fullest), 'PX', math.ceil(2 * fullest / 1000) + 1000)
end
"""
# The debt (TAT minus now) is so many tokens at the old rate; at a new one it is as many tokens, not as much time.
_LEARN = """
local rate = tonumber(ARGV[1])
local before = tonumber(redis.call('GET', KEYS[2]) or ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
local tat = tonumber(redis.call('GET', KEYS[1]) or '0')
if before ~= rate and tat > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  if tat > now then
    tat = now + (tat - now) * before / rate
    redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 3600000)
  end
end
"""
_LEARNT_SECONDS = 86400
# Somewhat more than a hundred: 0.0056 * 100 is a little less than 0.56.
_BELIEVED = 100.001
_BORN = "amz:limit:born"
_ABOUT = 0.001
# Longer than any pause Amazon asks for.
_LONGEST_PAUSE = 600.0


@dataclass(frozen=True, slots=True)
class Quota:
    """An operation's published usage plan: `rate` in calls per second, `burst` in calls.

    `slack`: Amazon's full bucket begins to fill again when the first call arrives, ours when it is reserved; so many
    seconds may lie between (a token is asked for, a connection made), or a later, quicker call would come too early.
    """

    rate: float
    burst: int
    slack: float = 0.0


# Orders API 2026-01-01, Orders API v0 and Feeds API 2021-06-30, "Usage plan" of each operation.
QUOTAS = {
    "searchOrders": Quota(0.0056, 20, slack=4.0),
    "getOrder": Quota(0.5, 30, slack=2.0),
    "confirmShipment": Quota(2.0, 10),
    "createFeedDocument": Quota(0.5, 15),
    "createFeed": Quota(0.0083, 15),
    "getFeed": Quota(2.0, 15),
    "getFeeds": Quota(0.0222, 10),
    "getFeedDocument": Quota(0.0222, 10),
}


@dataclass(frozen=True, slots=True)
class Reservation:
    """`granted`: a token is ours, to be used in `wait` seconds; else nothing was taken and `wait` says when to ask."""

    granted: bool
    wait: float


class Limiter:
    """The buckets of all accounts, in the given Redis. `sellers`: whose bucket an account uses; default: its own."""

    def __init__(
        self,
        store: redis.Redis,
        quotas: dict[str, Quota] | None = None,
        *,
        sellers: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._quotas = quotas or QUOTAS
        self._sellers = sellers or {}
        self._reserve = store.register_script(_RESERVE)
        self._block = store.register_script(_BLOCK)
        self._learn = store.register_script(_LEARN)

    def reserve(self, account: str, operation: str, *, max_wait: float = 0.0, keep: int = 0) -> Reservation:
        """Take a token of `operation` if one is to be had within `max_wait` seconds.

        `keep`: so many tokens are left to callers that matter more; the wait is until there are more than that.
        Raises KeyError for an operation without a usage plan.
        """
        return self._ask(account, operation, int(max_wait * 1e6), keep)

    def wait(self, account: str, operation: str, *, keep: int = 0) -> float:
        """Return in how many seconds `reserve` would grant a token; nothing is taken."""
        return self._ask(account, operation, -1, keep).wait

    def rate(self, account: str, operation: str) -> float:
        """Return how many calls a second the quota carries in the long run: as Amazon stated, else as published."""
        learnt = self._store.get(self._keys(account, operation)[2])
        return float(text_of(learnt)) if learnt else self._quotas[operation].rate

    def _ask(self, account: str, operation: str, max_wait: int, keep: int) -> Reservation:
        quota = self._quotas[operation]
        keys = [*self._keys(account, operation), _BORN]
        left = min(keep, quota.burst - 1)
        arguments = [quota.rate, quota.burst, max_wait, left, int(quota.slack * 1e6)]
        granted, wait = self._reserve(keys=keys, args=arguments)
        return Reservation(granted=bool(int(granted)), wait=int(wait) / 1e6)

    def left(self, account: str, operation: str) -> int:
        """Return how many calls of `operation` could be made at once now; nothing is taken. For showing only."""
        quota = self._quotas[operation]
        pipeline = self._store.pipeline(transaction=False)
        pipeline.time()
        for key in (*self._keys(account, operation), _BORN):
            pipeline.get(key)
        (seconds, micros), tat, blocked, rate, born = pipeline.execute()
        now = seconds * 1_000_000 + micros
        if int(blocked or 0) > now:
            return 0
        emission = 1_000_000 / float(rate or quota.rate)
        arrival = int(tat) if tat else int(born or now) + emission * (quota.burst // 2)
        return max(0, int(quota.burst - max(0.0, arrival - now) / emission))

    def burst(self, operation: str) -> int:
        """Return how many calls of `operation` could be made at once after a rest."""
        return self._quotas[operation].burst

    def throttled(self, account: str, operation: str, after: float) -> None:
        """Amazon answered 429: nobody calls `operation` of its seller for `after` seconds, nor before a token is made.

        One token's time of the published plan is no word of Amazon's: then the rate that was learnt says how long.
        """
        quota = self._quotas[operation]
        guessed = abs(after * quota.rate - 1) < _ABOUT
        micros = 0 if guessed else int(min(after, _LONGEST_PAUSE) * 1e6)
        self._block(keys=self._keys(account, operation), args=[micros, quota.rate, quota.burst])

    def learn(self, account: str, operation: str, rate: float | None) -> None:
        """Take over the rate Amazon states in x-amzn-RateLimit-Limit (calls per second; None: it stated none).

        A rate beyond a hundredfold of the published one either way is not believed.
        """
        published = self._quotas[operation].rate
        if rate is not None and 1 / _BELIEVED <= rate / published <= _BELIEVED:
            tat, _, learnt = self._keys(account, operation)
            self._learn(keys=[tat, learnt], args=[repr(rate), repr(published), _LEARNT_SECONDS])

    def _keys(self, account: str, operation: str) -> tuple[str, str, str]:
        prefix = f"amz:limit:{{{self._sellers.get(account, account)}:{operation}}}"
        return f"{prefix}:tat", f"{prefix}:blocked", f"{prefix}:rate"
