"""Running hypothesis' state machines on the real Valkey: few and short histories by default, many with a profile.

`make models` (the profile `long`) is the long form.
"""

from __future__ import annotations

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

on_valkey = pytest.mark.valkey
_LONG = 1000


def check(
    machine: type[RuleBasedStateMachine], store: redis.Redis | None, *, examples: int, steps: int, most: int = _LONG
) -> None:
    """Let `machine` go `examples` ways of up to `steps` steps on `store`; a shrunk history is printed on failure.

    `most`: so many ways in the long form, for a machine whose steps take their time.
    """
    profile = settings.default
    assert profile is not None
    if profile.max_examples >= _LONG:
        examples, steps = min(profile.max_examples, most), profile.stateful_step_count
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
