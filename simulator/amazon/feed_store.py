"""Feeds and their documents as Amazon keeps them: ids, presigned URLs, and the time that processing takes."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

URL_LIFETIME = timedelta(minutes=5)
RETENTION = timedelta(days=90)
_FIRST_ID = 50_000_000_001
_MOST_GRANTS = 20_000

IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL = "IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL"
STATUSES = frozenset({IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document; `content` None until it is uploaded."""

    document_id: str
    content_type: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a presigned URL opens, until `ends`. `encoded`: the download is to say Content-Encoding."""

    seller_id: str
    document_id: str
    method: str
    ends: datetime
    encoded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed: waits until `starts`, is processed until `ends`; `closed` is CANCELLED, DONE or FATAL once it is that."""

    seller_id: str
    feed_id: str
    kind: str
    marketplace_ids: tuple[str, ...]
    document_id: str
    created: datetime
    starts: datetime
    ends: datetime
    closed: str = ""
    report_id: str = ""

    def status(self, now: datetime) -> str:
        """Its processingStatus at `now`."""
        return self.closed or (IN_QUEUE if now < self.starts else IN_PROGRESS)


class Feeds:
    """All sellers' feeds and documents. Thread-safe; feed ids are unique for a seller only, as Amazon warns.

    `seconds`: from createFeed to the end, half of it in the queue. Feeds of a seller and type go one after another.
    """

    def __init__(self, *, seconds: float = 1.0) -> None:
        if seconds < 0:
            raise ValueError("feed_seconds must be 0 or more")
        self._half = timedelta(seconds=seconds) / 2
        self._documents: dict[tuple[str, str], Document] = {}
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._numbers: Counter[str] = Counter()
        self._grants: dict[str, Grant] = {}
        self._rests: dict[str, tuple[str, tuple[str, ...], int]] = {}
        self._lock = threading.RLock()

    def add_document(self, seller_id: str, content_type: str, content: bytes | None = None) -> Document:
        """A new document; the same calls give the same ids."""
        with self._lock:
            self._numbers[f"{seller_id}/document"] += 1
            digest = hashlib.sha256(f"{seller_id}:{self._numbers[f'{seller_id}/document']}".encode()).hexdigest()
            parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
            document = Document(
                document_id=f"amzn1.tortuga.4.{'-'.join(parts)}", content_type=content_type, content=content
            )
            self._documents[seller_id, document.document_id] = document
        return document

    def document(self, seller_id: str, document_id: str) -> Document | None:
        """A document of the seller, or None."""
        return self._documents.get((seller_id, document_id))

    def upload(self, grant: Grant, content: bytes) -> None:
        """Keep the content of a document, in place of what it had."""
        with self._lock:
            key = (grant.seller_id, grant.document_id)
            self._documents[key] = replace(self._documents[key], content=content)

    def sign(self, grant: Grant) -> str:
        """A signature that stands for `grant`."""
        signature = secrets.token_hex(32)
        with self._lock:
            if len(self._grants) >= _MOST_GRANTS:
                del self._grants[next(iter(self._grants))]
            self._grants[signature] = grant
        return signature

    def grant(self, signature: str) -> Grant | None:
        """What a signature stands for; it may have ended."""
        return self._grants.get(signature)

    def keep(self, seller_id: str, feed_ids: tuple[str, ...], size: int) -> str:
        """A token for the rest of a list, to be given in pages of `size`."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            if len(self._rests) >= _MOST_GRANTS:
                del self._rests[next(iter(self._rests))]
            self._rests[token] = (seller_id, feed_ids, size)
        return token

    def follow(self, seller_id: str, token: str) -> tuple[tuple[str, ...], int] | None:
        """The feed ids and the page size that a token of this seller stands for, or None."""
        owner, feed_ids, size = self._rests.get(token, ("", (), 0))
        return (feed_ids, size) if owner == seller_id else None

    def add(
        self, seller_id: str, kind: str, marketplace_ids: tuple[str, ...], document_id: str, *, now: datetime
    ) -> Feed:
        """A new feed, at the end of the queue of its type."""
        with self._lock:
            waits_for = [feed.ends for feed in self._of(seller_id) if feed.kind == kind and not feed.closed]
            starts = max([now + self._half, *waits_for])
            self._numbers[f"{seller_id}/feed"] += 1
            feed = Feed(
                seller_id=seller_id,
                feed_id=str(_FIRST_ID + self._numbers[f"{seller_id}/feed"]),
                kind=kind,
                marketplace_ids=marketplace_ids,
                document_id=document_id,
                created=now,
                starts=starts,
                ends=starts + self._half,
            )
            self._feeds[seller_id, feed.feed_id] = feed
        return feed

    def feed(self, seller_id: str, feed_id: str) -> Feed | None:
        """A feed of the seller, or None."""
        return self._feeds.get((seller_id, feed_id))

    def find(self, seller_id: str, wanted: Callable[[Feed], bool]) -> list[Feed]:
        """The seller's feeds that are `wanted`, newest first."""
        with self._lock:
            return [feed for feed in reversed(self._of(seller_id)) if wanted(feed)]

    def cancel(self, seller_id: str, feed_id: str, *, now: datetime) -> bool:
        """Cancel a feed; False when it is past the queue."""
        with self._lock:
            feed = self._feeds[seller_id, feed_id]
            if feed.status(now) != IN_QUEUE:
                return False
            self._feeds[seller_id, feed_id] = replace(feed, closed=CANCELLED)
        return True

    def due(self, now: datetime) -> list[Feed]:
        """The feeds whose time is over and that are not closed, in the order of their ends."""
        with self._lock:
            due = [feed for feed in self._feeds.values() if not feed.closed and feed.ends <= now]
        return sorted(due, key=lambda feed: (feed.ends, feed.seller_id, feed.feed_id))

    def close(self, feed: Feed, report: bytes | None) -> None:
        """The end of processing: DONE with a report, FATAL without one."""
        with self._lock:
            closed = replace(feed, closed=FATAL)
            if report is not None:
                document = self.add_document(feed.seller_id, "text/xml; charset=UTF-8", report)
                closed = replace(feed, closed=DONE, report_id=document.document_id)
            self._feeds[feed.seller_id, feed.feed_id] = closed

    def counted(self) -> dict[str, dict[str, int]]:
        """{seller: {feed type: number}}."""
        answer: dict[str, dict[str, int]] = {}
        with self._lock:
            for feed in self._feeds.values():
                counts = answer.setdefault(feed.seller_id, {})
                counts[feed.kind] = counts.get(feed.kind, 0) + 1
        return answer

    def _of(self, seller_id: str) -> list[Feed]:
        return [feed for (owner, _), feed in self._feeds.items() if owner == seller_id]
