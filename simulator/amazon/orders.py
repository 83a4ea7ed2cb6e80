"""searchOrders and getOrder of Orders API 2026-01-01."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from simulator.amazon import clock
from simulator.amazon.answers import ApiError, invalid_input
from simulator.amazon.operation import Call
from simulator.amazon.pages import LIFETIME, Rest, page_token_refused
from simulator.amazon.progress import Raw
from simulator.amazon.search import Search, read_included, read_search
from simulator.amazon.stored import Stored
from simulator.amazon.view import project

ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")


def search_orders(call: Call) -> dict[str, Any]:
    """The page of orders that the query asks for, oldest change (or creation) first. Raises ApiError."""
    world, seller, moment = call.world, call.seller, clock.now()
    search = read_search(call.query, seller, now=moment)
    if search.page_token:
        if call.fault == "expired_page_token":
            raise page_token_refused()
        rest = world.pages.follow(search.page_token, search, seller.seller_id, now=moment)
    else:
        rest = Rest(seller.seller_id, search.fingerprint, search.before, _find(call, search), 0, moment + LIFETIME)
    end = rest.start + min(search.page_size, world.page_size)
    page = [world.order(seller.seller_id, order_id) for order_id in rest.order_ids[rest.start : end]]
    answer: dict[str, Any] = {"orders": [_show(stored, call, search.included) for stored in page if stored]}
    # The fault of a page that comes twice: the next token leads to where this page began.
    following = rest.start if call.fault == "duplicate_page" else end
    if following < len(rest.order_ids):
        token = world.pages.keep(replace(rest, start=following, ends=moment + LIFETIME))
        answer["pagination"] = {"nextToken": token}
    answer[_bound(search)] = clock.stamp(rest.before)
    return answer


def get_order(call: Call) -> dict[str, Any]:
    """One order. Raises ApiError: 400 for what is no order id, 404 for one this seller does not have."""
    order_id = call.path["orderId"]
    included = read_included(call.query)
    if not ORDER_ID.fullmatch(order_id):
        raise invalid_input("Invalid Input", "orderId must be of the form 3-7-7.")
    stored = call.world.order(call.seller.seller_id, order_id)
    if stored is None:
        raise ApiError(404, "NotFound", "The requested order was not found.")
    return {"order": _show(stored, call, included)}


def _find(call: Call, search: Search) -> tuple[str, ...]:
    found = [stored for stored in call.world.orders(call.seller.seller_id) if search.finds(stored)]
    found.sort(key=lambda stored: (search.moment(stored), stored.raw["orderId"]))
    return tuple(stored.raw["orderId"] for stored in found)


def _show(stored: Stored, call: Call, included: frozenset[str]) -> Raw:
    raw = stored.before if call.fault == "old_version" and stored.before else stored.raw
    return project(raw, included=included, roles=call.seller.roles, now=clock.now())


def _bound(search: Search) -> str:
    return "createdBefore" if search.by_creation else "lastUpdatedBefore"
