"""Composition root: settings in, services out. Nothing below it sees a settings object."""

from __future__ import annotations

from datetime import UTC, datetime

import redis

from clients.amazon.client import AmazonClient
from clients.amazon.seller import Application, Seller
from clients.odoo.client import Connection
from clients.odoo.setup.plan import AccountSeed, SetupPlan
from domain.errors import AccountBroken, RetryLater, SyncError
from domain.marketplace import Region
from domain.order import OrderRef
from domain.outcome import Outcome
from settings import Settings
from state.breaker import Breaker
from state.documents import Documents, document_key
from state.gate import Gate
from state.journal import Journal
from state.lanes import Lanes
from state.limiter import QUOTAS, Limiter, Quota
from state.locks import Locks
from state.outbox import Outbox
from state.pauses import Pauses
from state.reconciliations import Reconciliations
from state.schedule import Schedule
from state.tokens import Tokens
from sync.confirm_shipments import ConfirmShipments
from sync.database import Database
from sync.feed_shipments import FeedShipments
from sync.feeds import Feeds
from sync.fetch_orders import Fetch
from sync.find_shipments import AHEAD, OPERATION, FindShipments
from sync.group_commit import GroupCommit
from sync.import_orders import OrderImport
from sync.notify_cancellations import NotifyCancellations
from sync.read_order import OrderSource
from sync.reconcile import Reconcile
from tasks.context import Services
from worker import connections

LINGER_SECONDS = 0.05
# After a rest Amazon's bucket is full, and gains nothing until the first call has reached it: one token for that time.
_SHIPMENTS = Quota(QUOTAS[OPERATION].rate, QUOTAS[OPERATION].burst - 1)
_QUOTAS = {**QUOTAS, OPERATION: _SHIPMENTS, AHEAD: _SHIPMENTS}
# What imports leave of getOrder's tokens: a shipment that must be looked up before it is told does not wait for them.
LEFT_TO_SHIPMENTS = 5


def utc_now() -> datetime:
    """Return the present in aware UTC; the one clock of the process, handed to whoever needs it."""
    return datetime.now(UTC)


def connect_broker(settings: Settings) -> redis.Redis | None:
    """Return a client of the Redis that carries messages; None if that is RabbitMQ."""
    return connect_redis(settings, settings.broker.url) if settings.broker.url.startswith("redis") else None


def connect_redis(settings: Settings, url: str = "") -> redis.Redis:
    """Return a client of the state's Redis (or of the one at `url`) with time limits on everything."""
    return redis.Redis.from_pool(
        connections.pool(
            url or settings.state_url,
            socket_timeout=5,
            socket_connect_timeout=5,
            socket_keepalive=True,
            health_check_interval=5,
            client_name="amazon-odoo-connector-state",
        )
    )


def application(settings: Settings) -> Application:
    """Return the application at Amazon."""
    given = settings.amazon
    return Application(
        client_id=given.client_id.get_secret_value(),
        client_secret=given.client_secret.get_secret_value(),
        lwa_endpoint=given.lwa_endpoint,
        endpoints={region: str(getattr(given.endpoints, region)) for region in Region},
    )


def seller(settings: Settings, key: str) -> Seller:
    """Return the seller of the account `key`."""
    given = settings.accounts[key]
    return Seller(
        account=key,
        seller_id=given.seller_id,
        refresh_token=given.refresh_token.get_secret_value(),
        region=given.region,
    )


def _buckets(settings: Settings) -> dict[str, str]:
    """Whose quota each account uses: accounts of one seller in one region share it."""
    return {key: f"{given.region}:{given.seller_id}" for key, given in settings.accounts.items()}


def connection(settings: Settings, key: str) -> Connection:
    """Return how to connect to the Odoo database `key`."""
    given = settings.odoo[key]
    return Connection(
        url=given.url,
        database=given.database,
        login=given.login,
        key=given.key.get_secret_value(),
        timeout=given.timeout,
    )


def build_services(settings: Settings) -> Services:
    """Build what tasks work with, for this process. Nothing is connected yet."""
    store = connect_redis(settings)
    secret = settings.broker.document_key or settings.amazon.client_secret
    key = document_key(secret.get_secret_value())
    documents = Documents(store, key, settings.broker.document_hours)
    lanes, locks, outbox, reconciliations = Lanes(store), Locks(store), Outbox(store), Reconciliations(store)
    limiter = Limiter(store, _QUOTAS, sellers=_buckets(settings))
    amazon = AmazonClient(application(settings), Tokens(store, key))
    sellers = {name: seller(settings, name) for name in settings.accounts}
    accounts = {name: settings.account(name) for name in settings.accounts}
    databases = {
        name: Database(name, connection(settings, name), utc_now, Breaker(store, name)) for name in settings.odoo
    }
    source = OrderSource(amazon, sellers, documents, limiter)
    imported = OrderSource(amazon, sellers, documents, limiter, keep=LEFT_TO_SHIPMENTS)
    feeds = Feeds(amazon, sellers, limiter, utc_now)

    def importer(database: Database) -> GroupCommit[OrderRef, Outcome | SyncError]:
        act = OrderImport(database, accounts, imported, lanes, locks, utc_now)
        return GroupCommit(act, linger=LINGER_SECONDS, shared=(RetryLater, AccountBroken, redis.RedisError))

    def confirm(database: Database) -> ConfirmShipments:
        return ConfirmShipments(
            database,
            accounts,
            sellers,
            amazon,
            source,
            limiter=limiter,
            outbox=outbox,
            locks=locks,
            clock=utc_now,
        )

    def close() -> None:
        amazon.close()
        for database in databases.values():
            database.forget()
        store.close()

    return Services(
        accounts=accounts,
        sellers=sellers,
        databases=databases,
        importers={name: importer(database) for name, database in databases.items()},
        fetch=Fetch(amazon, documents, lanes, limiter, Reconcile(lanes, reconciliations)),
        outgoing={
            name: FindShipments(database, accounts, outbox, limiter, locks, utc_now)
            for name, database in databases.items()
        },
        shipments={name: confirm(database) for name, database in databases.items()},
        feeds={
            name: FeedShipments(database, accounts, feeds, outbox, locks, utc_now)
            for name, database in databases.items()
        },
        cancellations={
            name: NotifyCancellations(database, accounts, source, feeds, locks, utc_now)
            for name, database in databases.items()
        },
        outbox=outbox,
        lanes=lanes,
        limiter=limiter,
        schedule=Schedule(store, ((account.key, group) for account in accounts.values() for group in account.groups())),
        gate=Gate(store),
        pauses=Pauses(store),
        journal=Journal(store),
        reconciliations=reconciliations,
        authorise=lambda key: amazon.authorise(sellers[key]),
        close=close,
        clock=utc_now,
    )


def setup_plan(given: Settings, database: str, more_currencies: tuple[str, ...] = ()) -> SetupPlan:
    """Return what the accounts of `database` need there."""
    ours = [account for key in given.accounts if (account := given.account(key)).database == database]
    currencies = {marketplace.currency for account in ours for marketplace in account.marketplaces}
    return SetupPlan(
        companies=tuple(sorted({account.company for account in ours if account.company})),
        currencies=tuple(sorted(currencies | set(more_currencies))),
        activate_currencies=any(account.policy.activate_currencies for account in ours),
        accounts=tuple(
            AccountSeed(
                key=account.key,
                name=account.key,
                seller_id=account.seller_id,
                region=account.region,
                marketplaces=tuple(marketplace.code for marketplace in account.marketplaces),
                company=account.company,
            )
            for account in ours
        ),
    )
