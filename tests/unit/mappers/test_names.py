"""External ids. Records in Odoo carry them for ever, so these texts must never change."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from mappers import names

HASH_OF_X = "2d711642b726b04401627ca9fbac32f5"


def test_names_are_these_for_ever() -> None:
    assert names.digest("x") == HASH_OF_X
    assert names.order_xid("acme", "302-1") == "__amazon_sync__.order_acme_302-1"
    assert names.item_xid("acme", "11", "product") == "__amazon_sync__.item_acme_11_product"
    assert names.contact_xid("acme", "x") == f"__amazon_sync__.contact_acme_{HASH_OF_X}"
    assert names.address_xid("acme", "c", "a") == "__amazon_sync__.address_acme_" + names.digest("c\x1fa")
    assert names.offer_xid("acme", "DE", "x") == f"__amazon_sync__.offer_acme_DE_{HASH_OF_X}"
    assert names.cancel_request_xid("__amazon_sync__.order_acme_302-1") == "__amazon_sync__.cancel_request_acme_302-1"
    assert names.cancel_request_xid("m.order_a.order_b") == "m.cancel_request_a.order_b"
    late = names.late_change_xid("acme", "302-1", "cancel_blocked", datetime(2026, 5, 1, 9, 7, 3, tzinfo=UTC))
    assert late == "__amazon_sync__.late_change_acme_302-1_cancel_blocked_20260501090703"
    assert names.issue_xid("acme", "302-1") == "__amazon_sync__.issue_acme_302-1"
    assert names.account_xid("acme") == "__amazon_sync__.account_acme"
    assert names.cursor_xid("acme", "all") == "__amazon_sync__.cursor_acme_all"


@pytest.mark.parametrize("text", ["", "a.b c/d", "ünïcödé", "x" * 5000])
def test_a_digest_is_short_and_fit_for_an_external_id(text: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", names.digest(text))
