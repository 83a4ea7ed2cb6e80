"""The operations of Feeds API 2021-06-30."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.amazon import clock
from simulator.amazon.answers import ApiError, invalid_input, unauthorized
from simulator.amazon.feed_processing import KINDS
from simulator.amazon.feed_store import (
    DONE,
    FATAL,
    IN_PROGRESS,
    RETENTION,
    STATUSES,
    URL_LIFETIME,
    Document,
    Feed,
    Grant,
)
from simulator.amazon.fields import read_fields
from simulator.amazon.operation import Call
from simulator.amazon.transfer import PATH, is_packed

FEEDS_PARAMETERS = frozenset({
    "feedTypes", "marketplaceIds", "pageSize", "processingStatuses", "createdSince", "createdUntil", "nextToken",
})  # fmt: skip

_MOST_MARKETPLACES = 25
_MOST_FILTERS = 10
_MOST_PER_PAGE = 100
_PER_PAGE = 10
_FEED_ID = re.compile(r"\d{1,20}", re.ASCII)
_DOCUMENT_ID = re.compile(r"amzn1\.tortuga\.[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """A valid query of getFeeds. `since` and `until` are inclusive."""

    kinds: frozenset[str]
    marketplaces: frozenset[str]
    statuses: frozenset[str]
    since: datetime
    until: datetime
    page_size: int

    def finds(self, feed: Feed, now: datetime) -> bool:
        return (
            feed.kind in self.kinds
            and (not self.marketplaces or bool(self.marketplaces & set(feed.marketplace_ids)))
            and (not self.statuses or feed.status(now) in self.statuses)
            and self.since <= feed.created <= self.until
        )


def create_feed_document(call: Call) -> dict[str, Any]:
    """A document to be uploaded. Raises ApiError 400."""
    body, notes = read_fields(call.body)
    content_type = body.text("contentType")
    body.end()
    call.world.count_unknown_parameters(notes.unknown)
    notes.judge()
    document = call.world.feeds.add_document(call.seller.seller_id, content_type)
    return {"feedDocumentId": document.document_id, "url": _sign(call, document, "PUT")}


def create_feed(call: Call) -> dict[str, Any]:
    """A feed from an uploaded document.

    Raises ApiError: 400 for a broken rule, 403 for a marketplace in which the seller does not sell.
    """
    body, notes = read_fields(call.body)
    kind, document_id = body.text("feedType"), body.text("inputFeedDocumentId")
    marketplace_ids = body.texts("marketplaceIds", needed=True)
    body.text_map("feedOptions")
    body.end()
    call.world.count_unknown_parameters(notes.unknown)
    notes.judge()
    if kind not in KINDS:
        raise invalid_input("Invalid input", f"feedType must be one of {', '.join(sorted(KINDS))}.")
    if len(marketplace_ids) > _MOST_MARKETPLACES:
        raise invalid_input("Invalid input", f"marketplaceIds has more than {_MOST_MARKETPLACES} values.")
    if set(marketplace_ids) - {marketplace.id for marketplace in call.seller.marketplaces}:
        raise unauthorized("")
    document = call.world.feeds.document(call.seller.seller_id, document_id)
    if document is None or document.content is None:
        raise invalid_input("Invalid input", "inputFeedDocumentId is unknown, or its document was not uploaded.")
    feed = call.world.feeds.add(call.seller.seller_id, kind, marketplace_ids, document_id, now=clock.now())
    return {"feedId": feed.feed_id}


def get_feed(call: Call) -> dict[str, Any]:
    """One feed. Raises ApiError: 400 for what is no feed id, 404 for one that this seller does not have."""
    return _show(_feed(call), clock.now())


def cancel_feed(call: Call) -> None:
    """Cancel a feed that waits. Raises ApiError: as get_feed, and 400 for one that is past the queue."""
    feed = _feed(call)
    if not call.world.feeds.cancel(feed.seller_id, feed.feed_id, now=clock.now()):
        raise invalid_input("Invalid input", "Only a feed that is IN_QUEUE can be cancelled.")


def get_feeds(call: Call) -> dict[str, Any]:
    """The page of feeds that the query asks for, newest first. Raises ApiError 400."""
    given = {name: _values(call, name) for name in FEEDS_PARAMETERS}
    now = clock.now()
    if given["nextToken"]:
        if any(values for name, values in given.items() if name != "nextToken") or len(given["nextToken"]) > 1:
            raise invalid_input("Invalid input", "nextToken must be the only parameter.")
        rest = call.world.feeds.follow(call.seller.seller_id, given["nextToken"][0])
        if rest is None:
            raise invalid_input("Invalid input", "nextToken is invalid.")
        return _page(call, *rest, now)
    wanted = _read_filter(given, now)
    found = call.world.feeds.find(call.seller.seller_id, lambda feed: wanted.finds(feed, now))
    return _page(call, tuple(feed.feed_id for feed in found), wanted.page_size, now)


def get_feed_document(call: Call) -> dict[str, Any]:
    """Where to download a document. Raises ApiError: 400 for what is no document id, 404 for an unknown one."""
    document_id = call.path["feedDocumentId"]
    if not _DOCUMENT_ID.fullmatch(document_id):
        raise invalid_input("Invalid input", "feedDocumentId is not valid.")
    document = call.world.feeds.document(call.seller.seller_id, document_id)
    if document is None or document.content is None:
        raise ApiError(404, "NotFound", "The requested feed document was not found.")
    encoded = [value for key, value in call.query if key == "enableContentEncodingUrlHeader"] == ["true"]
    answer = {"feedDocumentId": document_id, "url": _sign(call, document, "GET", encoded=encoded)}
    return answer | {"compressionAlgorithm": "GZIP"} if is_packed(document) else answer


def _feed(call: Call) -> Feed:
    if not _FEED_ID.fullmatch(call.path["feedId"]):
        raise invalid_input("Invalid input", "feedId is not valid.")
    feed = call.world.feeds.feed(call.seller.seller_id, call.path["feedId"])
    if feed is None:
        raise ApiError(404, "NotFound", "The requested feed was not found.")
    return feed


def _show(feed: Feed, now: datetime) -> dict[str, Any]:
    status = feed.status(now)
    answer: dict[str, Any] = {
        "feedId": feed.feed_id,
        "feedType": feed.kind,
        "marketplaceIds": list(feed.marketplace_ids),
        "createdTime": clock.stamp(feed.created),
        "processingStatus": status,
    }
    if status in {IN_PROGRESS, DONE, FATAL}:
        answer["processingStartTime"] = clock.stamp(feed.starts)
    if status in {DONE, FATAL}:
        answer["processingEndTime"] = clock.stamp(feed.ends)
    return answer | {"resultFeedDocumentId": feed.report_id} if feed.report_id else answer


def _sign(call: Call, document: Document, method: str, *, encoded: bool = False) -> str:
    """A presigned URL of this server."""
    grant = Grant(
        seller_id=call.seller.seller_id,
        document_id=document.document_id,
        method=method,
        ends=clock.now() + URL_LIFETIME,
        encoded=encoded,
    )
    seconds = int(URL_LIFETIME.total_seconds())
    return f"{call.base}{PATH}?X-Amz-Expires={seconds}&X-Amz-Signature={call.world.feeds.sign(grant)}"


def _page(call: Call, feed_ids: tuple[str, ...], size: int, now: datetime) -> dict[str, Any]:
    page = [call.world.feeds.feed(call.seller.seller_id, feed_id) for feed_id in feed_ids[:size]]
    answer: dict[str, Any] = {"feeds": [_show(feed, now) for feed in page if feed]}
    if len(feed_ids) > size:
        answer["nextToken"] = call.world.feeds.keep(call.seller.seller_id, feed_ids[size:], size)
    return answer


def _values(call: Call, name: str) -> list[str]:
    return [part for key, value in call.query if key == name for part in value.split(",") if part]


def _read_filter(given: dict[str, list[str]], now: datetime) -> _Filter:
    if not given["feedTypes"]:
        raise invalid_input("Invalid input", "Either feedTypes or nextToken is required.")
    for name in ("feedTypes", "marketplaceIds"):
        if len(given[name]) > _MOST_FILTERS:
            raise invalid_input("Invalid input", f"{name} has more than {_MOST_FILTERS} values.")
    if set(given["processingStatuses"]) - STATUSES:
        raise invalid_input("Invalid input", "processingStatuses has invalid values.")
    size = given["pageSize"] or [str(_PER_PAGE)]
    if len(size) > 1 or not size[0].isdecimal() or not 1 <= int(size[0]) <= _MOST_PER_PAGE:
        raise invalid_input("Invalid input", f"pageSize must be between 1 and {_MOST_PER_PAGE}.")
    return _Filter(
        kinds=frozenset(given["feedTypes"]),
        marketplaces=frozenset(given["marketplaceIds"]),
        statuses=frozenset(given["processingStatuses"]),
        since=max(_time(given["createdSince"], now - RETENTION), now - RETENTION),
        until=_time(given["createdUntil"], now),
        page_size=int(size[0]),
    )


def _time(values: list[str], default: datetime) -> datetime:
    try:
        return clock.read(values[0]) if values else default
    except ValueError as error:
        raise invalid_input("Invalid input", "createdSince and createdUntil must be in ISO 8601 format.") from error
