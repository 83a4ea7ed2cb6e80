"""What goes wrong when: drawn from a seed, so that a campaign can be run again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# By part: the broker, the fleet's own processes, Odoo, Amazon. What each does: tests.chaos.faults.
BROKER: Final = (
    "broker_killed", "broker_wiped", "broker_frozen", "broker_reset", "broker_half_open", "broker_memory_full",
    "broker_disk_full",
)  # fmt: skip
WORKERS: Final = (
    "upsert_killed", "fetch_killed", "shipments_killed", "child_killed", "beat_killed", "worker_frozen",
    "rolling_restart", "deploy", "clock_ahead", "clock_behind",
)  # fmt: skip
ODOO: Final = (
    "odoo_killed", "odoo_502", "odoo_frozen", "odoo_slow", "odoo_reset", "odoo_reply_lost", "odoo_half_open",
    "odoo_key_revoked", "odoo_serialization",
)  # fmt: skip
AMAZON: Final = (
    "amazon_429", "amazon_429_empty", "amazon_500", "amazon_500_after", "amazon_503_html", "amazon_503_empty",
    "amazon_200_html", "amazon_403_expired", "amazon_reset_before", "amazon_reset_after", "amazon_truncated",
    "amazon_slow", "amazon_drip", "amazon_half_open", "amazon_away", "amazon_page_twice", "amazon_old_version",
    "amazon_page_token_expired", "amazon_login_500",
)  # fmt: skip
ALL: Final = (*BROKER, *WORKERS, *ODOO, *AMAZON)
# How long one lasts, in seconds; what happens in a moment lasts none.
_SHORTEST: Final = 0.2  # of the longest
LONGEST: Final = 20.0
MOMENTS: Final = frozenset({
    "broker_killed", "broker_wiped", "upsert_killed", "fetch_killed", "shipments_killed", "child_killed", "beat_killed",
    "rolling_restart",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that begins `begin` seconds after the plan does and lasts `seconds`; `victim`: a number to choose by."""

    kind: str
    begin: float
    seconds: float
    victim: int

    @property
    def end(self) -> float:
        """When it is over."""
        return round(self.begin + self.seconds, 1)


def mixed(
    seed: int, seconds: float, pause: float, kinds: Sequence[str] = ALL, *, longest: float = LONGEST
) -> tuple[Strike, ...]:
    """Faults for `seconds`, one every `pause` seconds on average, so that they overlap; every kind before any twice.

    Two of one kind never overlap.
    """
    rng = random.Random(f"chaos:{seed}")
    strikes: list[Strike] = []
    left: list[str] = []
    at = rng.uniform(0, pause)
    while at < seconds:
        if not left:
            left = [*kinds]
            rng.shuffle(left)
        kind = left.pop()
        busy = max((one.end for one in strikes if one.kind == kind), default=0.0)
        strikes.append(_strike(rng, kind, max(at, busy), longest))
        at += rng.uniform(0.5, 1.5) * pause
    return tuple(strikes)


def singles(seed: int, kinds: Sequence[str] = ALL) -> tuple[Strike, ...]:
    """Each kind once, in any order; `begin` says nothing, as each begins when the one before is over."""
    rng = random.Random(f"chaos singles:{seed}")
    order = [*kinds]
    rng.shuffle(order)
    return tuple(_strike(rng, kind, 0.0, LONGEST) for kind in order)


def _strike(rng: random.Random, kind: str, begin: float, longest: float) -> Strike:
    seconds = 0.0 if kind in MOMENTS else round(rng.uniform(_SHORTEST, 1.0) * longest, 1)
    return Strike(kind, round(begin, 1), seconds, rng.randrange(1000))
