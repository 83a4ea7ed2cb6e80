"""The limiter against a bucket of tokens that anyone can reckon: what it grants, what it lets wait, over any history.

Time passes by moving every time in Redis back; what really passes meanwhile is far less than a token takes.
"""

from __future__ import annotations

import math

import redis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from state.limiter import Limiter, Quota
from tests.unit.state.machines import check, on_valkey

pytestmark = on_valkey

RATE, BURST = 0.01, 6
# What the machine cannot know: how much time its own calls took, as a share of a token.
BLUR = 0.2
KEYS = ("amz:limit:{shop:getOrder}:tat", "amz:limit:{shop:getOrder}:blocked", "amz:limit:born")


class LimiterMachine(RuleBasedStateMachine):
    """A bucket of `tokens` that fills at `rate`; `blocked`: seconds until Amazon may be asked again."""

    store: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.store.flushall()
        self.limiter = Limiter(self.store, {"getOrder": Quota(RATE, BURST)})

    @initialize()
    def fresh(self) -> None:
        """A limiter that knows nothing begins half full."""
        self.rate, self.blocked = RATE, 0.0
        self.limiter.reserve("shop", "getOrder")
        self.tokens = BURST - BURST // 2 - 1.0

    def _due_in(self, keep: int) -> float:
        """Seconds until a token is there that is not kept for others."""
        keep = min(keep, BURST - 1)
        return max(self.blocked, (1 + keep - self.tokens) / self.rate, 0.0)

    @rule(keep=st.integers(0, BURST + 2))
    def reserve(self, keep: int) -> None:
        due = self._due_in(keep)
        got = self.limiter.reserve("shop", "getOrder", keep=keep)
        if abs(due * self.rate) > BLUR:
            assert not got.granted
        if due == 0.0 and abs(self.tokens - 1 - min(keep, BURST - 1)) > BLUR:
            assert got.granted
        if got.granted:
            assert got.wait == 0
            self.tokens -= 1
        else:
            assert abs(got.wait - due) * self.rate < BLUR

    @rule(keep=st.integers(0, BURST))
    def waits(self, keep: int) -> None:
        before = self.store.get(KEYS[0])
        assert abs(self.limiter.wait("shop", "getOrder", keep=keep) - self._due_in(keep)) * self.rate < BLUR
        assert self.store.get(KEYS[0]) == before, "nothing is taken"

    @rule(share=st.floats(0.0, 8.0))
    def time_passes(self, share: float) -> None:
        """So many of the present rate's tokens come."""
        seconds = share / self.rate
        for key in KEYS:
            stored = self.store.get(key)
            if stored is not None:
                self.store.set(key, f"{float(stored) - seconds * 1e6:.0f}", keepttl=True)
        self.tokens = min(BURST, self.tokens + seconds * self.rate)
        self.blocked = max(0.0, self.blocked - seconds)

    @rule(after=st.sampled_from([0.0, 5.0, 250.0]))
    def throttled(self, after: float) -> None:
        """Amazon's bucket is empty, whatever ours said."""
        self.limiter.throttled("shop", "getOrder", after)
        self.tokens = min(self.tokens, 0.0)
        self.blocked = max(self.blocked, after)

    @rule(factor=st.sampled_from([0.25, 0.5, 1.0, 2.0, 10.0]))
    def learnt(self, factor: float) -> None:
        """Amazon states another rate: the tokens that are there stay."""
        self.limiter.learn("shop", "getOrder", RATE * factor)
        self.rate = RATE * factor

    @rule(rate=st.sampled_from([0.0, RATE * 1000, RATE / 1000]))
    def nonsense(self, rate: float) -> None:
        self.limiter.learn("shop", "getOrder", rate)

    @precondition(lambda self: self.blocked == 0.0)
    @rule()
    def shown(self) -> None:
        left = self.limiter.left("shop", "getOrder")
        assert left in {max(0, math.floor(self.tokens + blur)) for blur in (-BLUR, 0.0, BLUR)}

    @invariant()
    def other_buckets_are_left_alone(self) -> None:
        assert self.store.keys("amz:limit:{other*") == []


def test_the_limiter_is_a_bucket_of_tokens(valkey: redis.Redis) -> None:
    check(LimiterMachine, valkey, examples=25, steps=40)
