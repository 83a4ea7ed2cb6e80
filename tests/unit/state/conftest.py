"""Every test of state/ runs on fakeredis and on the real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fakeredis
import pytest
import redis


@pytest.fixture(params=["fakeredis", pytest.param("valkey", marks=pytest.mark.valkey)])
def store(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    """An empty Redis."""
    if request.param == "valkey":
        yield request.getfixturevalue("valkey")
        return
    with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as fake:
        yield fake


def shifted(store: redis.Redis, key: str, seconds: float) -> None:
    """Move all times in a sorted set by `seconds`, as if they had been written then."""
    found: Any = store.zrange(key, 0, -1, withscores=True)
    for member, at in found:
        store.zadd(key, {member: at + seconds})
