"""Values and errors that every layer shares."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from domain.access_token import AccessToken
from domain.errors import (
    AccountBroken,
    DatabaseBroken,
    NeedsHuman,
    OutcomeUnknown,
    RetryLater,
    SyncError,
    Throttled,
    TokenExpired,
    Unavailable,
)
from domain.marketplace import BY_CODE, BY_ID, MARKETPLACES, Region
from domain.money import Money, cent, decimals, round_to
from domain.outcome import Outcome, OutcomeKind
from domain.parked import CODES
from tests.builders import NOW, an_account

D = Decimal

ERRORS: list[SyncError] = [
    RetryLater("r"),
    RetryLater("r", after=3.0, counted=False),
    Throttled("r", after=4.0),
    Unavailable("r"),
    OutcomeUnknown("r", after=1.0),
    TokenExpired("r"),
    DatabaseBroken("r", remedy="m"),
    NeedsHuman("bad_order", "r", "m"),
    AccountBroken("r", "m"),
]


# ------------------------------------------------------------ errors
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_travel_between_processes(error: SyncError) -> None:
    there = pickle.loads(pickle.dumps(error))
    assert (type(there), str(there), vars(there)) == (type(error), str(error), vars(error))


def test_whose_attempts_count() -> None:
    counted = [(type(error).__name__, error.counted) for error in ERRORS if isinstance(error, RetryLater)]
    assert counted == [
        ("RetryLater", True),
        ("RetryLater", False),
        ("Throttled", False),
        ("Unavailable", True),
        ("OutcomeUnknown", True),
        ("TokenExpired", False),
        ("DatabaseBroken", False),
    ]


def test_when_to_come_again() -> None:
    waits = [error.after for error in ERRORS if isinstance(error, RetryLater)]
    assert waits == [None, 3.0, 4.0, None, 1.0, 0.0, 15.0]


def test_what_needs_a_person_says_so() -> None:
    needs = NeedsHuman("bad_order", "the order has no items", "Look at it.")
    assert (str(needs), needs.code, needs.reason, needs.remedy) == (
        "bad_order: the order has no items", "bad_order", "the order has no items", "Look at it.",
    )  # fmt: skip


# ------------------------------------------------------------ money
@pytest.mark.parametrize(
    ("currency", "places", "smallest"),
    [("EUR", 2, "0.01"), ("USD", 2, "0.01"), ("JPY", 0, "1"), ("KWD", 3, "0.001"), ("", 2, "0.01")],
)
def test_the_smallest_coin(currency: str, places: int, smallest: str) -> None:
    assert (decimals(currency), cent(currency)) == (places, D(smallest))


@pytest.mark.parametrize(
    ("amount", "step", "rounded"),
    [
        ("0.125", "0.01", "0.13"),
        ("-0.125", "0.01", "-0.13"),
        ("0.135", "0.01", "0.14"),
        ("2.5", "1", "3"),
        ("1.02", "0.05", "1.00"),
        ("1.03", "0.05", "1.05"),
        ("0", "0.01", "0.00"),
    ],
)
def test_round_half_up(amount: str, step: str, rounded: str) -> None:
    assert round_to(D(amount), D(step)) == D(rounded)


def test_money_reads_like_money() -> None:
    assert str(Money(D("12.50"), "EUR")) == "12.50 EUR"


# ------------------------------------------------------------ marketplaces and accounts
def test_every_marketplace_once() -> None:
    assert len(MARKETPLACES) == len(BY_CODE) == len(BY_ID) == 23
    for one in MARKETPLACES:
        assert BY_CODE[one.code] is BY_ID[one.id] is one
        assert one.domain.startswith("amazon.")
    assert {region: sum(one.region is region for one in MARKETPLACES) for region in Region} == {
        Region.NA: 4, Region.EU: 16, Region.FE: 3,
    }  # fmt: skip
    assert [one.code for one in MARKETPLACES if not one.tax_included] == ["CA", "US"]
    assert BY_CODE["GB"].name == "Amazon.co.uk"


def test_groups_of_an_account() -> None:
    account = an_account()
    assert account.groups() == {"all": (BY_CODE["DE"], BY_CODE["FR"])}
    separate = an_account(separate_marketplaces=True)
    assert separate.groups() == {"DE": (BY_CODE["DE"],), "FR": (BY_CODE["FR"],)}


def test_marketplaces_of_an_account() -> None:
    account = an_account()
    assert account.marketplace(BY_CODE["FR"].id) is BY_CODE["FR"]
    assert account.marketplace(BY_CODE["IT"].id) is account.marketplace("") is None


# ------------------------------------------------------------ the rest
def test_a_token_is_never_shown() -> None:
    token = AccessToken(value="Atza|secret", obtained=NOW, expires=NOW)
    assert "secret" not in repr(token)
    assert "secret" not in str(token)


@pytest.mark.parametrize(
    ("outcome", "text"),
    [(Outcome(OutcomeKind.UNCHANGED), "unchanged"), (Outcome(OutcomeKind.SKIPPED, "pending"), "skipped: pending")],
)
def test_an_outcome_in_words(outcome: Outcome, text: str) -> None:
    assert str(outcome) == text


def test_codes_are_words_with_a_sentence() -> None:
    for code, sentence in CODES.items():
        assert code.replace("_", "").isalpha()
        assert code.islower()
        assert sentence.endswith(".")
