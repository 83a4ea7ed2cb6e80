"""Whatever Amazon sends, only the errors of the contract come out, and no value of it."""

from __future__ import annotations

import copy
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.amazon.client import read_document
from clients.amazon.lwa import judge_token
from clients.amazon.page import read_page
from clients.amazon.protocol import GET_ORDER, SEARCH_ORDERS, AmazonBug, Operation, judge
from domain.errors import AccountBroken, NeedsHuman, SyncError, Unavailable
from domain.order import Order
from tests.unit.clients_amazon.given import NOW
from tests.unit.clients_amazon.test_full_order import FULL

# Stands in every text that is put in; it must never come out in a message. No word: an unknown status is named.
MARK = "Zaphod!"
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text().map(lambda text: f"{MARK} {text}")
    | st.sampled_from(["", "0", "-1", "1E+999999999", "2026-13-40", "\ud800", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, inner in steps for path in [(*before, key), *paths(inner, (*before, key))]]


def with_value(raw: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(raw)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@settings(max_examples=600, deadline=None)
@given(path=st.sampled_from(paths(FULL)), value=JSON)
def test_any_order_reads_or_is_parked(path: tuple[Any, ...], value: Any) -> None:
    raw = with_value(FULL, path, value)
    page = read_page([raw], next_token=None, rate=None, now=NOW)
    assert len(page.orders) + page.unnamed == 1
    for found in page.orders:
        outcome = order_or_parked(found.document)
        if isinstance(outcome, Order):
            assert outcome.order_id == found.order_id
        else:
            assert outcome.code in {"bad_order", "unknown_status"}
            assert MARK not in f"{outcome} {outcome.reason} {outcome.remedy} {outcome!r}"


def order_or_parked(document: bytes) -> Order | NeedsHuman:
    try:
        return read_document(document)
    except NeedsHuman as parked:
        return parked


BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(lambda code, message: json.dumps({"errors": [{"code": code, "message": message}]}).encode(), JSON, JSON)
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-amzn-ratelimit-limit", "x-amzn-requestid"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
)


@pytest.mark.parametrize("operation", [SEARCH_ORDERS, GET_ORDER])
@settings(max_examples=300, deadline=None)
@given(status=st.integers(100, 599), body=BODIES, headers=HEADERS, resuming=st.booleans())
def test_any_answer_is_judged(
    operation: Operation, status: int, body: bytes, headers: dict[str, str], resuming: bool
) -> None:
    outcome = value_or_error(operation, status, headers, body, resuming)
    if isinstance(outcome, dict):
        assert 200 <= status < 300
        assert operation.root is not None
        assert type(outcome[operation.root[0]]) is operation.root[1]
    else:
        assert len(str(outcome)) < 400


def value_or_error(
    operation: Operation, status: int, headers: dict[str, str], body: bytes, resuming: bool
) -> dict[str, Any] | SyncError | AmazonBug:
    try:
        return judge(operation, status, httpx.Headers(headers), body, resuming=resuming)
    except (SyncError, AmazonBug) as error:
        return error


@settings(max_examples=300, deadline=None)
@given(status=st.integers(100, 599), body=BODIES, headers=HEADERS)
def test_any_token_answer_is_judged(status: int, body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises((AccountBroken, Unavailable, AmazonBug)) as raised:
        judge_token(status, httpx.Headers(headers), body)
    assert MARK not in str(raised.value)
