"""What `doctor` tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `found`: what was seen; `remedy`: what to do, '' when it is well."""

    area: str
    what: str
    found: str
    ok: bool = True
    remedy: str = ""


def duration(seconds: float) -> str:
    """Return a time as people say it: 12 s, 3 min, 5 h, 2 days."""
    for size, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"
