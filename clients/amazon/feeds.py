"""Feeds API 2021-06-30: document, upload, feed, state, report; one method a call, so that each takes its own token."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from clients.amazon.documents import download, fit_to_use, upload
from clients.amazon.operations import (
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_FEED,
    GET_FEED_DOCUMENT,
    GET_FEEDS,
    Operation,
)
from clients.amazon.protocol import lost, needs_human
from clients.amazon.report import ProcessingReport, read_report
from clients.amazon.seller import Seller
from clients.amazon.session import Feeds, Session, iso
from clients.amazon.wire import read_time
from domain import parked
from domain.errors import NeedsHuman

XML: Final = "text/xml; charset=UTF-8"
MOST_MARKETPLACES: Final = 25
LARGEST_PAGE: Final = 100
_PATH: Final = "/feeds/2021-06-30"
# What a path can hold as it is; Amazon's own look like "3485934" and "amzn1.tortuga.4.eu.0356cf79-b8b0-...".
_ID: Final = re.compile(r"[\w-][\w.:-]{0,255}", re.ASCII)
_WORD: Final = re.compile(r"\w{1,40}", re.ASCII)


class FeedStatus(StrEnum):
    """Where Amazon is with a feed. FATAL: some, none or all of it was done; DONE: read the report."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FATAL = "FATAL"

    @property
    def ended(self) -> bool:
        """Whether it stays so."""
        return self not in {FeedStatus.IN_QUEUE, FeedStatus.IN_PROGRESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """A place for a feed's content; `url` is good for five minutes, and for anybody who knows it."""

    document_id: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """A feed as Amazon knows it; `result_document_id`: its report, None before there is one."""

    feed_id: str
    status: FeedStatus
    result_document_id: str | None
    feed_type: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """A page of feeds; `next_token`: None on the last page."""

    feeds: tuple[FeedState, ...]
    next_token: str | None


class FeedCalls(Session):
    """Calls about feeds.

    All raise AmazonBug and, of domain.errors, Throttled, TokenExpired, Unavailable and AccountBroken.
    """

    def create_feed_document(self, seller: Seller, *, content_type: str = XML) -> FeedDocument:
        """Return a place for a feed's content. Nothing follows from one that is not used: asking again is harmless."""
        answer = self._feeds(seller, CREATE_FEED_DOCUMENT, "POST", "documents", data={"contentType": content_type})
        return self._document(seller, CREATE_FEED_DOCUMENT, answer)

    def upload_document(self, document: FeedDocument, content: bytes, *, content_type: str = XML) -> None:
        """Put `content` into `document`; `content_type` as the document was created with. Takes no token.

        Raises Unavailable (nothing has happened; go on with a new document) or AmazonBug.
        """
        upload(self._http, document.url, content, content_type)

    def create_feed(self, seller: Seller, *, feed_type: str, marketplace_ids: Sequence[str], document_id: str) -> str:
        """Have Amazon process an uploaded document, and return the feed's id.

        Raises ValueError for no or more than 25 marketplaces, NeedsHuman (feed_failed), and OutcomeUnknown when it
        was sent and the answer is lost: `find_feeds` tells before anything is sent again.
        """
        if not 1 <= len(marketplace_ids) <= MOST_MARKETPLACES:
            raise ValueError("a feed takes 1 to 25 marketplaces")
        specification = {
            "feedType": feed_type,
            "marketplaceIds": list(marketplace_ids),
            "inputFeedDocumentId": document_id,
        }
        answer = self._feeds(seller, CREATE_FEED, "POST", "feeds", data=specification)
        feed_id = str(answer.payload["feedId"])
        if not _ID.fullmatch(feed_id):
            raise lost(CREATE_FEED, "an answer with an unusable feed id", counted=True)
        return feed_id

    def get_feed(self, seller: Seller, feed_id: str) -> FeedState:
        """Return where Amazon is with a feed.

        Raises NeedsHuman (feed_failed) for a feed Amazon does not know and for a status of the future.
        """
        answer = self._feeds(seller, GET_FEED, "GET", "feeds", _known_id(GET_FEED, feed_id))
        state = _state(GET_FEED, answer.payload)
        if state.feed_id != feed_id:
            raise lost(GET_FEED, "an answer about another feed", counted=True)
        return state

    def find_feeds(
        self,
        seller: Seller,
        feed_type: str,
        since: datetime,
        *,
        marketplace_ids: Sequence[str] = (),
        page_token: str | None = None,
    ) -> FeedPage:
        """Return the feeds of a type created since then, 100 a page: for looking after an unknown outcome.

        `marketplace_ids`: only feeds that concern one of them (Amazon takes ten at most). Amazon does not tell which
        document a feed was made of. Raises NeedsHuman (feed_failed) for a status of the future, ValueError for a time
        without a zone.
        """
        asked: dict[str, Any] = {"feedTypes": feed_type, "pageSize": LARGEST_PAGE, "createdSince": iso(since)}
        if marketplace_ids:
            asked["marketplaceIds"] = ",".join(marketplace_ids)
        if page_token:  # it is taken as the only parameter
            asked = {"nextToken": page_token}
        answer = self._feeds(seller, GET_FEEDS, "GET", "feeds", **asked)
        entries = answer.payload["feeds"]
        if not all(isinstance(entry, dict) for entry in entries):
            raise lost(GET_FEEDS, "an answer with unreadable feeds", counted=True)
        return FeedPage(
            feeds=tuple(_state(GET_FEEDS, entry) for entry in entries), next_token=answer.next_token or None
        )

    def read_report(self, seller: Seller, document_id: str) -> ProcessingReport:
        """Return the processing report kept in a feed's result document. One call (getFeedDocument) and a download.

        Raises NeedsHuman (feed_failed) for a document that is gone or cannot be read.
        """
        answer = self._feeds(seller, GET_FEED_DOCUMENT, "GET", "documents", _known_id(GET_FEED_DOCUMENT, document_id))
        document = self._document(seller, GET_FEED_DOCUMENT, answer)
        algorithm = answer.payload.get("compressionAlgorithm", "")
        if algorithm not in {"", "GZIP"}:
            raise lost(GET_FEED_DOCUMENT, "a document packed in an unknown way", counted=True)
        return read_report(download(self._http, document.url, packed=bool(algorithm)))

    def _feeds(
        self,
        seller: Seller,
        operation: Operation,
        method: str,
        *steps: str,
        data: dict[str, Any] | None = None,
        **params: Any,
    ) -> Any:
        path = "/".join((_PATH, *steps))
        return self._call(seller, operation, Feeds, lambda api: api.ask(method, path, data=data, **params))

    def _document(self, seller: Seller, operation: Operation, answer: Any) -> FeedDocument:
        url = answer.payload.get("url", "")
        if not fit_to_use(url, self._application.endpoint(seller.region)):
            raise lost(operation, "an answer without a usable URL", counted=True)
        return FeedDocument(document_id=answer.payload["feedDocumentId"], url=url)


def _known_id(operation: Operation, given: str) -> str:
    if operation.unknown and not _ID.fullmatch(given):
        raise needs_human(operation.unknown, "this is no id of Amazon's")
    return given


def _state(operation: Operation, feed: Mapping[str, Any]) -> FeedState:
    feed_id, feed_type, word = (feed.get(name) for name in ("feedId", "feedType", "processingStatus"))
    try:
        created = read_time(feed.get("createdTime"))
    except ValueError:
        created = None
    result = feed.get("resultFeedDocumentId")
    if not isinstance(feed_id, str) or not isinstance(feed_type, str) or not isinstance(word, str) or created is None:
        raise lost(operation, "a feed without id, type, status or time", counted=True)
    if word not in FeedStatus.__members__:
        shown = word if _WORD.fullmatch(word) else "an unreadable word"
        raise NeedsHuman(parked.FEED_FAILED, f"a feed's status is {shown}, which is not known", "Update the connector.")
    return FeedState(
        feed_id=feed_id,
        status=FeedStatus(word),
        result_document_id=result if isinstance(result, str) and result else None,
        feed_type=feed_type,
        created=created,
    )
