"""Running hypothesis' state machines on the real Valkey: few and short histories by default, many with a profile.

`pytest tests/unit/state tests/unit/sync --hypothesis-profile=long -k machine` (`make models`) is the long form.
"""

from __future__ import annotations

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

on_valkey = pytest.mark.valkey
_LONG = 1000


def check(machine: type[RuleBasedStateMachine], store: redis.Redis, *, examples: int, steps: int) -> None:
    """Let `machine` go `examples` ways of up to `steps` steps on `store`; a shrunk history is printed on failure."""
    profile = settings.default
    assert profile is not None
    if profile.max_examples >= _LONG:
        examples, steps = profile.max_examples, profile.stateful_step_count
    bound = type(machine.__name__, (machine,), {"store": store})
    run_state_machine_as_test(
        bound,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
