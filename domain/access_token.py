"""An access token as the Amazon client makes it and `state/` keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What opens the Selling Partner API for one seller until `expires` (aware UTC); asked for at `obtained`.

    `value` is a secret: it shows in no repr.
    """

    value: str = field(repr=False)
    obtained: datetime
    expires: datetime
