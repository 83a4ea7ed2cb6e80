"""The library's surprises stay inside: environment at import, tokens in logs."""

from __future__ import annotations

import logging
import logging.config
import os
import pkgutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module

import httpx
import pytest
import sp_api

from clients.amazon.library import LOGGERS, silence
from tests.unit.clients_amazon.given import (
    ACCESS,
    BUYER_MAIL,
    REFRESH,
    SECRET,
    SELLER,
    FakeAmazon,
    client_of,
    page_answer,
    raw_order,
)

_HOSTILE = {
    "AWS_ENV": "staging",
    "SP_API_DEFAULT_MARKETPLACE": "ATLANTIS",
    "SP_API_AUTH_CACHE_SIZE": "ten",
    "SP_API_AUTH_CACHE_TTL": "an hour",
    "SP_API_REFRESH_TOKEN": "from-environment",
    "LWA_APP_ID": "from-environment",
    "LWA_CLIENT_SECRET": "from-environment",
}


def test_import_is_immune_to_the_environment_and_leaves_it_as_it_was() -> None:
    program = (
        f"import os, json, clients.amazon.client;print(all(os.environ.get(k) == v for k, v in {_HOSTILE!r}.items()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | _HOSTILE, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


@pytest.mark.parametrize("word", ["ATLANTIS", "US"])
def test_calls_are_immune_to_the_environment(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (_HOSTILE | {"SP_API_DEFAULT_MARKETPLACE": word}).items():
        monkeypatch.setenv(name, value)
    amazon = FakeAmazon(page_answer())
    client_of(amazon).search_orders(SELLER, marketplace_ids=["A1PA6795UKMFR9"], updated_after=_after())
    (request,) = amazon.requests
    assert request.url.host == "spapi.test"
    assert request.url.params["marketplaceIds"] == "A1PA6795UKMFR9"
    assert amazon.token_requests[0]["refresh_token"] == [REFRESH]


def test_every_logger_of_the_library_is_known() -> None:
    found = set()
    for package in ("sp_api.auth", "sp_api.base", "sp_api.util", "sp_api.api.orders", "sp_api.api.feeds"):
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            attributes = vars(import_module(module.name)).values()
            found |= {value.name for value in attributes if isinstance(value, logging.Logger)}
    assert sp_api.__name__ == "sp_api"
    assert found == set(LOGGERS)


def test_no_secret_and_no_person_in_any_log_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for name in LOGGERS:
            caplog.set_level(logging.DEBUG, logger=name)
        amazon = FakeAmazon(page_answer(raw_order()), httpx.Response(200, json={"order": raw_order()}))
        client = client_of(amazon)
        client.search_orders(SELLER, marketplace_ids=["A1PA6795UKMFR9"], updated_after=_after())
        client.get_order(SELLER, "302-1234567-1234567")
    assert "spapi.test" in caplog.text  # httpx names the calls: logging itself works here
    leaks = [word for word in (SECRET, REFRESH, ACCESS, BUYER_MAIL, "Erika") if word in caplog.text]
    assert leaks == []
    assert {record.name for record in caplog.records} <= {"httpx", "httpcore"}


def test_loggers_stay_silent_after_logging_is_configured_anew(capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
            "loggers": {name: {"level": "DEBUG", "handlers": ["out"], "propagate": False} for name in LOGGERS},
        }
    )
    try:
        for name in LOGGERS:
            assert logging.getLogger(name).isEnabledFor(logging.DEBUG)
            logging.getLogger(name).error("x-amz-access-token: %s", ACCESS)
        assert capsys.readouterr().out == ""
    finally:
        for name in LOGGERS:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.INFO)


def test_silencing_twice_adds_nothing() -> None:
    names = (*LOGGERS, "httpx")
    before = [list(logging.getLogger(name).filters) for name in names]
    silence()
    assert [list(logging.getLogger(name).filters) for name in names] == before
    assert [len(filters) for filters in before] == [1, 1, 1]


def test_the_http_clients_log_names_addresses_without_their_queries(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("httpx")
    with caplog.at_level(logging.INFO, logger="httpx"):
        logger.info("%s %s %d", "PUT", httpx.URL("https://docs.test/a?X-Amz-Signature=s"), 200)
        logger.info("no arguments?")
    assert [record.getMessage() for record in caplog.records] == ["PUT https://docs.test/a 200", "no arguments?"]


def _after() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)
