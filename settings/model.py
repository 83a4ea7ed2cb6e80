"""The shape of accounts.toml. Every field's description is its documentation (docs/configuration.md)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from domain.account import Account as DomainAccount
from domain.account import CollectedTax
from domain.account import Policy as DomainPolicy
from domain.marketplace import BY_CODE, Region
from settings.secret import Secret, or_secret

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def _http_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", value):
        raise ValueError("give a whole URL that starts with https:// (or http://)")
    return value.rstrip("/")


def _broker_url(value: str) -> str:
    if not re.match(r"(redis|rediss|amqp|amqps)://\S+", value):
        raise ValueError("give redis://, rediss://, amqp:// or amqps:// and a host")
    return _verified(value)


def _redis_url(value: str) -> str:
    if not re.match(r"rediss?://\S+", value):
        raise ValueError("give redis:// or rediss:// and a host")
    return _verified(value)


def _verified(url: str) -> str:
    """Return a rediss:// URL that says whether to check the server's certificate: Celery refuses one that does not."""
    if not url.startswith("rediss://") or "ssl_cert_reqs=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=required"


def _start(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise ValueError("give a date like 2026-11-01 (without quotes)")


# An account with nothing new is searched a third as often: what it leaves is there when it is busy.
_IDLE = 3.0
# One o'clock in London, at the east coast of the US four, in Tokyo two: few orders come, and few people look at Odoo.
_NIGHT = {Region.EU: 1, Region.NA: 9, Region.FE: 17}
HttpUrl = Annotated[str, AfterValidator(_http_url)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)


class Broker(_Section):
    """Where messages and short-lived state live."""

    # Not in the repr: such a URL may hold a password.
    url: Annotated[str, AfterValidator(_broker_url), BeforeValidator(or_secret)] = Field(
        description='Celery\'s broker; with a password: { env = "NAME" } or { file = "path" }.', repr=False
    )
    state_url: Annotated[str, AfterValidator(_redis_url), BeforeValidator(or_secret)] | None = Field(
        default=None,
        description="Redis for buckets, locks and documents; default: the broker, if that is Redis.",
        repr=False,
    )
    document_key: Secret | None = Field(
        default=None, description="Key of the encrypted order documents; default: derived from the client secret."
    )
    document_hours: float = Field(default=24.0, gt=0, le=168, description="How long an order document is kept.")


class Endpoints(_Section):
    """Amazon's regional endpoints; a sandbox or a simulator is just another URL."""

    na: HttpUrl = "https://sellingpartnerapi-na.amazon.com"
    eu: HttpUrl = "https://sellingpartnerapi-eu.amazon.com"
    fe: HttpUrl = "https://sellingpartnerapi-fe.amazon.com"


class Amazon(_Section):
    """The application registered with Amazon (Login with Amazon, LWA)."""

    client_id: Secret = Field(description="LWA client id.")
    client_secret: Secret = Field(description="LWA client secret; it expires every 180 days.")
    lwa_endpoint: HttpUrl = Field(default="https://api.amazon.com/auth/o2/token", description="Where tokens come from.")
    endpoints: Endpoints = Endpoints()


class Odoo(_Section):
    """An Odoo database."""

    url: HttpUrl = Field(description="Address of the Odoo server.")
    database: str = Field(min_length=1, description="Name of the database.")
    login: str = Field(min_length=1, description="Login of the bot user.")
    key: Secret = Field(description="API key (or password) of the bot user.")
    timeout: float = Field(default=120.0, ge=5, le=600, description="Seconds to wait for an answer.")


class Policies(_Section):
    """What an account decides for itself."""

    confirm: bool = Field(default=True, description="Confirm sale orders; false leaves quotations.")
    deliver_fba: bool = Field(default=True, description="Validate the deliveries of FBA orders.")
    confirm_shipments: bool = Field(default=True, description="Tell Amazon of deliveries of the own warehouse (FBM).")
    notify_cancellations: bool = Field(default=False, description="Tell Amazon of orders cancelled by hand in Odoo.")
    cancel_reason: str = Field(
        default="NoInventory", description="Amazon's CancelReason for cancelled orders that say none themselves."
    )
    feed_above: int = Field(
        default=300, ge=1, description="With more packages waiting than this they are told by feed, else one by one."
    )
    collected_tax: CollectedTax = Field(
        default=CollectedTax.LEAVE_OUT,
        description="Tax that Amazon collects and remits: leave_out of the sale order (its total is what the seller"
        " earns), or clearing_line (a line without tax; the total is what the buyer paid).",
    )
    activate_currencies: bool = Field(
        default=False,
        description="Activate the currency of an order in Odoo, with a price list, where there is none; setup then"
        " gives the bot the right to. Else such an order is parked.",
    )


def _marketplaces(value: Any) -> Any:
    if isinstance(value, list):
        unknown = [str(code) for code in value if not isinstance(code, str) or code not in BY_CODE]
        if unknown:
            known = ", ".join(sorted(BY_CODE))
            raise ValueError(f"unknown marketplace {', '.join(unknown)}: give country codes out of {known}")
        if len(set(value)) != len(value):
            raise ValueError("a marketplace stands twice: name each once")
    return value


class Account(_Section):
    """A seller account in one region."""

    seller_id: str = Field(min_length=1, description="Merchant token of the seller.")
    refresh_token: Secret = Field(description="LWA refresh token of the seller's authorisation.")
    region: Region = Field(description="na, eu or fe.")
    marketplaces: Annotated[tuple[str, ...], BeforeValidator(_marketplaces)] = Field(
        min_length=1, description="Country codes, all of the region."
    )
    odoo: str = Field(description="Which [odoo.NAME] the orders go to.")
    company: str = Field(default="", description="Odoo company; default: the bot user's.")
    warehouse: str = Field(default="", description="Warehouse code or name; default: the company's first.")
    sales_team: str = Field(default="", description="Sales team of the orders; default: Amazon, as set up.")
    salesperson: str = Field(default="", description="Login of the salesperson; default: none.")
    start: Annotated[datetime, BeforeValidator(_start)] = Field(
        default_factory=lambda: datetime.now(UTC) - timedelta(days=7),
        description="Orders updated before this date are not fetched; default: a week before the first start.",
    )
    poll_seconds: float = Field(
        default=180.0,
        ge=1,
        le=86400,
        description="Seconds between two searches, a fifth more or less until an account has its place among the "
        "others; more if Amazon's quota carries less.",
    )
    idle_poll_seconds: float | None = Field(
        default=None,
        ge=1,
        le=86400,
        description="The same while nothing new comes, reached step by step; default: three times `poll_seconds`.",
    )
    reconcile_days: int = Field(
        default=3, ge=0, le=30, description="How many days back orders are compared with Odoo each night; 0: never."
    )
    reconcile_hour: int | None = Field(
        default=None,
        ge=0,
        le=23,
        description="Hour (UTC) at which that begins; default: when it is night in the region (eu 1, na 9, fe 17).",
    )
    separate_marketplaces: bool = Field(default=False, description="One search per marketplace instead of one in all.")
    carriers: dict[str, str] = Field(
        default_factory=dict, description="Amazon's carrier codes by the names of Odoo's shipping methods; beyond ours."
    )
    policies: Policies = Policies()


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Log(_Section):
    """What the processes write to stderr. Secrets and personal data are taken out at every level."""

    format: LogFormat = Field(default=LogFormat.TEXT, description="Lines for people, or a JSON object a line.")
    level: LogLevel = Field(default=LogLevel.INFO, description="From this level on; debug lets libraries speak too.")


class Settings(_Section):
    """The whole file."""

    broker: Broker
    log: Log = Log()
    amazon: Amazon
    odoo: dict[str, Odoo] = Field(min_length=1)
    accounts: dict[str, Account] = Field(min_length=1)

    @property
    def state_url(self) -> str:
        """Redis for short-lived state."""
        return self.broker.state_url or self.broker.url

    def account(self, key: str) -> DomainAccount:
        """Return the account `key` as the use cases see it. Raises KeyError for an unknown key."""
        given = self.accounts[key]
        return DomainAccount(
            key=key,
            seller_id=given.seller_id,
            region=given.region,
            marketplaces=tuple(BY_CODE[code] for code in given.marketplaces),
            database=given.odoo,
            start=given.start,
            company=given.company,
            warehouse=given.warehouse,
            sales_team=given.sales_team,
            salesperson=given.salesperson,
            poll_seconds=given.poll_seconds,
            idle_seconds=given.idle_poll_seconds or _IDLE * given.poll_seconds,
            reconcile_days=given.reconcile_days,
            reconcile_hour=_NIGHT[given.region] if given.reconcile_hour is None else given.reconcile_hour,
            separate_marketplaces=given.separate_marketplaces,
            policy=DomainPolicy(**given.policies.model_dump()),
            carriers=tuple(sorted(given.carriers.items())),
        )


def bad_keys(names: dict[str, Any]) -> list[str]:
    """Return the names that are not usable as keys: they become parts of queues, messages and external ids."""
    return [name for name in names if not _KEY.fullmatch(name)]
