"""What each kind of fault does to the fleet, and how it ends. The names: `tests.chaos.plan`."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import psutil
import redis

from tests.chaos.fleet import ChaosFleet
from tests.chaos.odoo import OdooServer
from tests.chaos.plan import Strike
from tests.chaos.versions import at_work
from tests.flow.processes import eventually

# Of Amazon's faults: the simulator's word for it, and how many calls it hits.
OF_AMAZON: Final = {
    "amazon_429": ("status_429", 0.7),
    "amazon_429_empty": ("empty_429", 0.7),
    "amazon_500": ("status_500", 0.7),
    "amazon_500_after": ("status_500_after", 0.5),
    "amazon_503_html": ("status_503_html", 0.7),
    "amazon_503_empty": ("empty_503", 0.7),
    "amazon_200_html": ("html_200", 0.7),
    "amazon_403_expired": ("expired_token", 0.5),
    "amazon_reset_before": ("reset_before", 0.7),
    "amazon_reset_after": ("reset_after", 0.5),
    "amazon_truncated": ("truncated_json", 0.5),
    "amazon_slow": ("slow", 0.5),
    "amazon_page_twice": ("duplicate_page", 0.7),
    "amazon_old_version": ("old_version", 0.7),
    "amazon_page_token_expired": ("expired_page_token", 0.7),
    "amazon_login_500": ("lwa_500", 1.0),
}
_SLOW_SECONDS: Final = 4.0
# Of proxies: which one, and what it does.
PROXIED: Final = {
    "broker_reset": ("broker", "refuse"),
    "broker_half_open": ("broker", "swallow"),
    "odoo_502": ("odoo", "page"),
    "odoo_frozen": ("odoo", "hold"),
    "odoo_slow": ("odoo", "drip"),
    "odoo_reset": ("odoo", "refuse"),
    "odoo_reply_lost": ("odoo", "lose"),
    "odoo_half_open": ("odoo", "drop"),
    "amazon_away": ("amazon", "refuse"),
    "amazon_half_open": ("amazon", "swallow"),
    "amazon_drip": ("amazon", "drip"),
}
KILLED: Final = {"upsert_killed": "upsert", "fetch_killed": "fetch", "shipments_killed": "shipments"}
_SKEW_SECONDS: Final = 90.0
_STOPPING_SECONDS: Final = 60.0


@dataclass(slots=True)
class Faults:
    """Begins and ends faults. One proxy does one thing at a time: the later fault wins, and its end ends both.

    `together`: seconds for which two versions were at work, half of the fleet each.
    """

    fleet: ChaosFleet
    odoo: OdooServer
    _victims: dict[str, list[Any]] = field(default_factory=dict)
    _turned: dict[str, str] = field(default_factory=dict)
    together: float = 0.0
    _both_since: float = 0.0
    _rolling: list[threading.Thread] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, strike: Strike) -> None:
        """Let it happen."""
        kind = strike.kind
        if kind in PROXIED:
            proxy, mode = PROXIED[kind]
            self._turned[proxy] = kind
            self.fleet.turn(proxy, mode)
        elif kind in OF_AMAZON:
            word, share = OF_AMAZON[kind]
            body = {"operation": "*", "kind": word, "probability": share, "seconds": _SLOW_SECONDS}
            self.fleet.amazon("POST", "/faults", body | {"times": 100_000})
        elif kind in KILLED:
            self.fleet.signal(self._one(KILLED[kind], strike), signal.SIGKILL)
        else:
            self.own[kind][0](strike)

    def end(self, strike: Strike) -> None:
        """Let it be over. What dies is started again by the fleet's keeper."""
        kind = strike.kind
        if kind in PROXIED:
            proxy = PROXIED[kind][0]
            if self._turned.get(proxy) == kind:
                self.fleet.turn(proxy, "pass")
        elif kind in OF_AMAZON:
            self.fleet.amazon("DELETE", "/faults")
        elif kind not in KILLED:
            self.own[kind][1](strike)

    def all_over(self) -> None:
        """Make sure that nothing is left of any fault. A restart of the fleet under way is waited for."""
        self.fleet.amazon("DELETE", "/faults")
        for proxy in self.fleet.proxies:
            self.fleet.turn(proxy, "pass")
        while self._rolling:
            self._rolling.pop(0).join(4 * _STOPPING_SECONDS)
        self.odoo.all_over()

    @property
    def own(self) -> dict[str, tuple[Callable[[Strike], None], Callable[[Strike], None]]]:
        def nothing(_: Strike) -> None:
            return

        return {
            "broker_killed": (lambda _: self.fleet.signal("broker", signal.SIGKILL), nothing),
            "broker_wiped": (lambda _: self._wipe(), nothing),
            "broker_frozen": (
                lambda _: self.fleet.signal("broker", signal.SIGSTOP),
                lambda _: self.fleet.signal("broker", signal.SIGCONT),
            ),
            "broker_memory_full": (lambda _: self._memory("1mb"), lambda _: self._memory("0")),
            "broker_disk_full": (lambda _: self._disk(full=True), lambda _: self._disk(full=False)),
            "child_killed": (self._kill_child, nothing),
            "beat_killed": (lambda strike: self.fleet.signal(self._one("beat", strike), signal.SIGKILL), nothing),
            "worker_frozen": (self._freeze, self._thaw),
            "rolling_restart": (lambda _: self._start_rolling(), nothing),
            "deploy": (lambda _: self._deploy("1"), lambda _: self._deploy("2")),
            "clock_ahead": (lambda strike: self._skew(strike, _SKEW_SECONDS), lambda strike: self._skew(strike, 0.0)),
            "clock_behind": (lambda strike: self._skew(strike, -_SKEW_SECONDS), lambda strike: self._skew(strike, 0.0)),
            "odoo_killed": (lambda _: self.odoo.kill(), lambda _: self.odoo.start()),
            "odoo_key_revoked": (lambda _: self.odoo.revoke(), lambda _: self.odoo.renew()),
            "odoo_serialization": (lambda _: self.odoo.storm(), lambda _: self.odoo.calm()),
        }

    def _one(self, what: str, strike: Strike) -> str:
        """One of the fleet's processes of that kind."""
        names = [name for name in self.fleet.names if name.rstrip("12") == what]
        return names[strike.victim % len(names)]

    # ------------------------------------------------------------ broker
    def _wipe(self) -> None:
        with contextlib.suppress(redis.RedisError):
            self.fleet.store.flushall()

    def _memory(self, limit: str) -> None:
        # Also while it is full: CONFIG needs no memory. A broker that was started anew meanwhile has no limit.
        with contextlib.suppress(redis.RedisError):
            self.fleet.store.config_set("maxmemory", limit)

    def _disk(self, *, full: bool) -> None:
        """No byte more in any file of the broker, or as many as it likes."""
        pid = self.fleet.processes["broker"].pid
        if not pid:
            return
        size = 0
        if full:
            files = (path for path in (self.fleet.folder / "broker").rglob("*") if path.is_file())
            size = max((path.stat().st_size for path in files), default=0)
        limit = size if full else resource.RLIM_INFINITY
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    # ------------------------------------------------------------ the fleet's processes
    def _kill_child(self, strike: Strike) -> None:
        children = self.fleet.children(self._one("fetch", strike))
        if children:
            with contextlib.suppress(psutil.NoSuchProcess):
                children[strike.victim % len(children)].kill()

    def _freeze(self, strike: Strike) -> None:
        name = self._one(("upsert", "shipments", "fetch")[strike.victim % 3], strike)
        self._victims["worker_frozen"] = [name, self.fleet.processes[name].pid]
        self.fleet.signal(name, signal.SIGSTOP)

    def _thaw(self, _: Strike) -> None:
        _, pid = self._victims.pop("worker_frozen")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def _start_rolling(self) -> None:
        """Replace every process by its newer self, one half of the fleet after the other, as a deployment does."""
        if not any(one.is_alive() for one in self._rolling):
            self._beside(lambda: self._replace("1"), lambda: self._replace("2"))

    def _deploy(self, half: str) -> None:
        """Replace one half of the fleet by the other version: from one half to the other, both are at work."""

        def other_version() -> None:
            if self._both_since and self._two_versions():
                self.together += time.monotonic() - self._both_since
            for name in self._half(half):
                self.fleet.deploy(name)
            self._replace(half)
            self._both_since = time.monotonic() if self._two_versions() else 0.0

        self._beside(other_version)

    def _two_versions(self) -> bool:
        return at_work(one.pid for name in self.fleet.names if (one := self.fleet.processes.get(name)) and one.pid) > 1

    def _beside(self, *steps: Callable[[], None]) -> None:
        """Do the steps beside other faults, which may keep processes from ending until they are over."""

        def roll() -> None:
            with self._one_at_a_time:
                for step in steps:
                    step()

        self._rolling.append(threading.Thread(target=roll, name="rolling restart", daemon=True))
        self._rolling[-1].start()

    def _half(self, half: str) -> list[str]:
        return [name for name in self.fleet.names if name.endswith(half)]

    def _replace(self, half: str) -> None:
        """End one half of the fleet in the middle of its work; it is started again."""
        old = {name: one for name in self._half(half) if (one := self.fleet.processes.get(name)) is not None}
        for name in old:
            self.fleet.signal(name, signal.SIGTERM)

        def replaced() -> bool:
            now = {name: self.fleet.processes.get(name) for name in old}
            return all(process is not None and process.alive for process in now.values()) and not any(
                now[name] is process for name, process in old.items()
            )

        eventually("half of the fleet is replaced", replaced, timeout=2 * _STOPPING_SECONDS)

    def _skew(self, strike: Strike, seconds: float) -> None:
        """Start a worker of each kind anew on a host with another clock."""
        names = [self._one(what, strike) for what in ("fetch", "upsert", "shipments", "beat")]
        for name in names:
            if seconds:
                self.fleet.skews[name] = seconds
            else:
                self.fleet.skews.pop(name, None)
            self.fleet.signal(name, signal.SIGTERM)  # the wrong clock alone is the fault
