"""The one place that imports python-amazon-sp-api, with its surprises taken out.

* Its modules read the environment while they are imported and fail on a word they do not know
  (`Marketplaces["XX"]`, `AwsEnv("test")`, `int("ten")`); ours is configured by `settings/` alone.
* Its loggers write request headers, which hold the access token, and whole answers, which hold buyers' addresses.
* Its HTTP client logs whole URLs; the query of a presigned one (feeds) lets anybody read or write the document.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_READ_AT_IMPORT = ("AWS_ENV", "SP_API_DEFAULT_MARKETPLACE", "SP_API_AUTH_CACHE_SIZE", "SP_API_AUTH_CACHE_TTL")
LOGGERS = ("sp_api.base.client", "sp_api.auth.access_token_client")
_HTTP_LOGGER = "httpx"


@contextmanager
def _unset(names: tuple[str, ...]) -> Iterator[None]:
    environment = os.environ  # noqa: TID251 - not a setting of ours: hides variables from the library's import
    hidden = {name: environment.pop(name) for name in names if name in environment}
    try:
        yield
    finally:
        environment.update(hidden)


with _unset(_READ_AT_IMPORT):
    from sp_api.api.feeds.feeds_2021_06_30 import FeedsV20210630
    from sp_api.api.orders.orders_2026_01_01 import OrdersV20260101
    from sp_api.api.orders.orders_v0 import OrdersV0
    from sp_api.auth import AccessTokenClient, AccessTokenResponse, Credentials


def _drop(_record: logging.LogRecord) -> bool:
    return False


def _without_query(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(
            argument.copy_with(query=None) if isinstance(argument, httpx.URL) else argument for argument in record.args
        )
    return True


def silence() -> None:
    """Stop the library's loggers at every level, and take the queries out of the URLs its HTTP client logs.

    A filter, not `disabled` or a level: logging configuration that runs later (Celery's, dictConfig) resets those two
    and leaves filters alone.
    """
    for name, rule in (*((name, _drop) for name in LOGGERS), (_HTTP_LOGGER, _without_query)):
        logger = logging.getLogger(name)
        if rule not in logger.filters:
            logger.addFilter(rule)


silence()

__all__ = [
    "LOGGERS",
    "AccessTokenClient",
    "AccessTokenResponse",
    "Credentials",
    "FeedsV20210630",
    "OrdersV0",
    "OrdersV20260101",
    "silence",
]
