"""RedBeat's scheduler, mended where a wrong clock would stop all ticks.

RedBeat keeps in Redis when each tick was sent last, by the clock of the host that beat ran on. When that was ahead (and
was set right, or a beat on another host takes over), the next ticks are due only when the right clock has caught up.
Nothing is due later than one interval from now: what says so is due at once.
"""

from __future__ import annotations

from typing import Any, Final

from celery.utils.log import get_logger
from redbeat import RedBeatScheduler
from redbeat.schedulers import get_redis, to_timestamp

log = get_logger(__name__)

_SLACK_SECONDS: Final = 1.0


class Scheduler(RedBeatScheduler):  # type: ignore[misc]  # redbeat has no types
    """The scheduler of this program's beat."""

    def tick(self, *arguments: Any, **named: Any) -> Any:
        """Send what is due; return the seconds until something is."""
        self.bring_back()
        return super().tick(*arguments, **named)

    def bring_back(self) -> None:
        """Let entries be due now that wait for longer than their interval."""
        now = to_timestamp(self.app.now())
        waiting = get_redis(self.app).zrangebyscore(
            self.app.redbeat_conf.schedule_key, f"({now}", "+inf", withscores=True
        )
        for key, due in waiting:
            try:
                entry = self.Entry.from_key(key, app=self.app)
            except KeyError:  # it has no definition: RedBeat removes it when it is due
                continue
            interval = getattr(entry.schedule, "run_every", None)  # a daily one (crontab) has none
            if interval is not None and due - now > interval.total_seconds() + _SLACK_SECONDS:
                log.warning("%s was due in %.0f s: the clock has gone back, it is due now", entry.name, due - now)
                entry.reschedule(self.app.now() - interval)
