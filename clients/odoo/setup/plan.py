"""What setup is asked for, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class AccountSeed:
    """A seller account as Odoo's users shall see it; `company` by name, '' for the user's own."""

    key: str
    name: str
    seller_id: str
    region: str
    marketplaces: tuple[str, ...]
    company: str = ""


@dataclass(frozen=True, slots=True)
class BotRequest:
    """The user of the daily work. The password is set when the user is made, and never changed afterwards."""

    login: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """Companies by name (none: the user's own), currencies by ISO code, accounts, and the bot (None: made by hand).

    `activate_currencies`: the bot may make further currencies usable.
    """

    companies: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    accounts: tuple[AccountSeed, ...] = ()
    bot: BotRequest | None = None
    activate_currencies: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing setup looked after."""

    what: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SetupReport:
    """All that setup looked after, in order."""

    steps: tuple[Step, ...]

    @property
    def changed(self) -> tuple[Step, ...]:
        """The steps that wrote something."""
        return tuple(step for step in self.steps if step.outcome != "unchanged")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing check looked at; `remedy` is '' when it is well."""

    what: str
    ok: bool
    remedy: str = ""
