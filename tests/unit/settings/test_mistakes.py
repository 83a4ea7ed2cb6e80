"""Every mistake in accounts.toml is told with its key and what to do, and all of them at once."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from settings import ConfigurationError, load
from settings.load import Problem
from tests.unit.settings.given import GONE, RIGHT, SENTINEL, changed, mistakes, write

EU = "accounts/acme-eu"
ACCOUNT = RIGHT["accounts"]["acme-eu"]
DATABASE = RIGHT["odoo"]["main"]
SECRET = 'a secret is given as { env = "NAME" } or { file = "path" }, never in this file'
URL = "give a whole URL that starts with https:// (or http://)"
MISSING = "this key is missing: add it"
UNKNOWN = "unknown key: remove it, or mend its spelling"
NAME_IT = "name it with lower-case letters, digits and hyphens (40 at most)"
DATE = "give a date like 2026-11-01 (without quotes)"
CODES = "give country codes out of AE, AU, BE, BR, CA, DE, EG, ES, FR, GB, IE, IN, IT, JP, MX, NL, PL, SA, SE, SG, TR, US, ZA"  # noqa: E501 - as shown

SINGLE: list[tuple[str, Any, str]] = [
    ("broker", GONE, f"broker: {MISSING}"),
    ("broker", 3, "broker: give a section with keys of its own"),
    ("broker/url", GONE, f"broker.url: {MISSING}"),
    ("broker/url", "http://x", "broker.url: give redis://, rediss://, amqp:// or amqps:// and a host"),
    ("broker/url", 6379, "broker.url: give a text in quotes"),
    ("broker/urll", "x", f"broker.urll: {UNKNOWN}"),
    (
        "broker/url",
        "amqp://mq",
        "broker.state_url: RabbitMQ carries messages only: give a redis:// URL for the state",
    ),
    ("broker/state_url", "amqp://x", "broker.state_url: give redis:// or rediss:// and a host"),
    ("broker/document_hours", 0, "broker.document_hours: give a number above 0"),
    ("broker/document_hours", 169, "broker.document_hours: give a number of at most 168"),
    ("broker/document_hours", "long", "broker.document_hours: give a number"),
    ("broker/document_key", SENTINEL, f"broker.document_key: {SECRET}"),
    ("amazon", GONE, f"amazon: {MISSING}"),
    ("amazon/client_id", SENTINEL, f"amazon.client_id: {SECRET}"),
    ("amazon/client_id", {"env": "X", "file": "y"}, f"amazon.client_id: {SECRET}"),
    ("amazon/client_id", {"vault": "x"}, f"amazon.client_id: {SECRET}"),
    ("amazon/client_id", {"env": 3}, f"amazon.client_id: {SECRET}"),
    (
        "amazon/client_secret",
        {"env": "NOT_THERE"},
        "amazon.client_secret: environment variable NOT_THERE is not set: export NOT_THERE=...",
    ),
    (
        "amazon/client_secret",
        {"file": "gone.txt"},
        "amazon.client_secret: file gone.txt cannot be read (No such file or directory): create it or mend its rights",
    ),
    ("amazon/lwa_endpoint", "api.amazon.com", f"amazon.lwa_endpoint: {URL}"),
    ("amazon/endpoints/eu", "https://x?query", f"amazon.endpoints.eu: {URL}"),
    ("amazon/endpoints/us", "https://x", f"amazon.endpoints.us: {UNKNOWN}"),
    ("odoo", GONE, f"odoo: {MISSING}"),
    ("odoo", {}, "odoo: must not be empty: at least one is needed"),
    ("odoo", 3, "odoo: give a section with keys of its own"),
    ("odoo/main/url", "odoo.example.com", f"odoo.main.url: {URL}"),
    ("odoo/main/database", "", "odoo.main.database: must not be empty"),
    ("odoo/main/login", "  ", "odoo.main.login: must not be empty"),
    ("odoo/main/key", GONE, f"odoo.main.key: {MISSING}"),
    ("odoo/main/timeout", 4.9, "odoo.main.timeout: give a number of at least 5"),
    ("odoo/main/timeout", 601, "odoo.main.timeout: give a number of at most 600"),
    ("odoo/Main_2", DATABASE, f"odoo.Main_2: {NAME_IT}"),
    ("accounts", GONE, f"accounts: {MISSING}"),
    ("accounts", {}, "accounts: must not be empty: at least one is needed"),
    ("accounts/two", 3, "accounts.two: give a section with keys of its own"),
    ("accounts/Acme", ACCOUNT | {"seller_id": "A2"}, f"accounts.Acme: {NAME_IT}"),
    ("accounts/a_b", ACCOUNT | {"seller_id": "A2"}, f"accounts.a_b: {NAME_IT}"),
    ("accounts/-a", ACCOUNT | {"seller_id": "A2"}, f"accounts.-a: {NAME_IT}"),
    (f"accounts/{'a' * 41}", ACCOUNT | {"seller_id": "A2"}, f"accounts.{'a' * 41}: {NAME_IT}"),
    (f"{EU}/seller_id", GONE, f"accounts.acme-eu.seller_id: {MISSING}"),
    (f"{EU}/seller_id", "", "accounts.acme-eu.seller_id: must not be empty"),
    (f"{EU}/region", "de", "accounts.acme-eu.region: give 'na', 'eu' or 'fe'"),
    (f"{EU}/marketplaces", [], "accounts.acme-eu.marketplaces: must not be empty: at least one is needed"),
    (f"{EU}/marketplaces", "DE", 'accounts.acme-eu.marketplaces: give a list like ["DE", "FR"]'),
    (f"{EU}/marketplaces", ["DE", "XX", "de"], f"accounts.acme-eu.marketplaces: unknown marketplace XX, de: {CODES}"),
    (f"{EU}/marketplaces", [["DE"]], f"accounts.acme-eu.marketplaces: unknown marketplace ['DE']: {CODES}"),
    (f"{EU}/marketplaces", [3], f"accounts.acme-eu.marketplaces: unknown marketplace 3: {CODES}"),
    (f"{EU}/marketplaces", ["DE", "DE"], "accounts.acme-eu.marketplaces: a marketplace stands twice: name each once"),
    (
        f"{EU}/marketplaces",
        ["DE", "US"],
        "accounts.acme-eu.marketplaces: US is in region na: make an account of its own for that region",
    ),
    (f"{EU}/odoo", "other", "accounts.acme-eu.odoo: there is no [odoo.other]: give one of main"),
    (f"{EU}/odoo", 3, "accounts.acme-eu.odoo: give a text in quotes"),
    (f"{EU}/start", "2026-11-01", f"accounts.acme-eu.start: {DATE}"),
    (f"{EU}/start", time(8), f"accounts.acme-eu.start: {DATE}"),
    (f"{EU}/poll_seconds", 0.5, "accounts.acme-eu.poll_seconds: give a number of at least 1"),
    (f"{EU}/poll_seconds", 86401, "accounts.acme-eu.poll_seconds: give a number of at most 86400"),
    (f"{EU}/separate_marketplaces", "maybe", "accounts.acme-eu.separate_marketplaces: give true or false"),
    (f"{EU}/policies/confirm", [], "accounts.acme-eu.policies.confirm: give true or false"),
    (f"{EU}/policies/confrim", True, f"accounts.acme-eu.policies.confrim: {UNKNOWN}"),
    (
        "accounts/two",
        ACCOUNT | {"marketplaces": ["FR"]},
        "accounts.two.marketplaces: FR of this seller belongs to account acme-eu already: its orders would come twice",
    ),
    ("acounts", {"x": 3}, f"acounts: {UNKNOWN}"),
]


@pytest.mark.parametrize(("at", "value", "text"), SINGLE)
def test_a_single_mistake(tmp_path: Path, at: str, value: Any, text: str) -> None:
    assert mistakes(write(tmp_path, changed({at: value}))) == [text]


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    raw = changed(
        {
            "broker/url": "http://x",
            "amazon/client_secret": {"env": "NOT_THERE"},
            "odoo/main/timeout": 1,
            "odoo/Main": DATABASE,
            f"{EU}/marketplaces": ["DE", "US"],
            f"{EU}/odoo": "other",
            f"{EU}/poll": 5,
            "accounts/two": ACCOUNT,
        }
    )
    assert mistakes(write(tmp_path, raw)) == [
        "broker.url: give redis://, rediss://, amqp:// or amqps:// and a host",
        "amazon.client_secret: environment variable NOT_THERE is not set: export NOT_THERE=...",
        "odoo.main.timeout: give a number of at least 5",
        f"accounts.acme-eu.poll: {UNKNOWN}",
        f"odoo.Main: {NAME_IT}",
        "accounts.acme-eu.odoo: there is no [odoo.other]: give one of Main, main",
        "accounts.acme-eu.marketplaces: US is in region na: make an account of its own for that region",
        "accounts.two.marketplaces: DE of this seller belongs to account acme-eu already: its orders would come twice",
    ]


def test_two_accounts_that_lack_their_seller_are_not_taken_for_one(tmp_path: Path) -> None:
    nobody = {key: value for key, value in ACCOUNT.items() if key != "seller_id"}
    assert mistakes(write(tmp_path, changed({EU: nobody, "accounts/two": nobody}))) == [
        f"accounts.acme-eu.seller_id: {MISSING}",
        f"accounts.two.seller_id: {MISSING}",
    ]


# ------------------------------------------------------------ the file itself
def test_no_file(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "accounts.toml") == [
        "file: no such file: copy accounts.example.toml, or set CONNECTOR_CONFIG to where it lies"
    ]


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == ["file: cannot be read (IsADirectoryError)"]


def test_no_text(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_bytes(b"\xff\xfe")
    assert mistakes(path) == ["file: cannot be read (UnicodeDecodeError)"]


def test_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text("[broker]\nurl = redis", encoding="utf-8")
    assert mistakes(path) == ["file: is no valid TOML: Invalid value (at line 2, column 7)"]


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text("", encoding="utf-8")
    assert mistakes(path) == [f"{section}: {MISSING}" for section in ("broker", "amazon", "odoo", "accounts")]


def test_the_error_names_file_and_problems(tmp_path: Path) -> None:
    path = write(tmp_path, changed({"amazon": GONE}))
    with pytest.raises(ConfigurationError) as raised:
        load(path)
    assert raised.value.path == path
    assert raised.value.problems == [Problem("amazon", MISSING)]
