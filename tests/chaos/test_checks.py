"""What a campaign's report says of the logs."""

from __future__ import annotations

from tests.chaos.checks import _tracebacks


def test_the_error_of_a_traceback_is_told_and_no_line_of_another_thread() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "worker/beat.py", line 27, in tick',
        "2026-05-01 08:24:01,001 INFO    tasks.orders: order unchanged",
        "    return super().tick()",
        "/usr/lib/python3/celery/platforms.py:841: SecurityWarning: as root",
        "redis.exceptions.TimeoutError: Timeout reading from socket",
        "2026-05-01 08:24:01,002 INFO    tasks.orders: order unchanged",
    ]
    assert [*_tracebacks(lines)] == ["redis.exceptions.TimeoutError"]
