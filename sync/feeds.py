"""Feeds, step by step: each call takes its own token, and nothing is marked before all that can fail early has not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from clients.amazon.client import AmazonClient
from clients.amazon.feeds import FeedState, FeedStatus
from clients.amazon.report import WHOLE_FEED
from clients.amazon.seller import Seller
from domain.account import Account
from domain.errors import RetryLater, Throttled
from state.limiter import Limiter

Answer = TypeVar("Answer")

# Amazon's list of feeds may lag behind what was created; after this a feed that is not in it was never made.
_LISTED_AFTER: Final = timedelta(minutes=3)
_WAIT_SECONDS: Final = 60.0
_MOST_FILTERED: Final = 10  # marketplaces that getFeeds takes; a feed of ours is for all of its account's
_UNNAMED: Final = "at."


def unnamed(moment: datetime) -> str:
    """Return what stands for the id of a feed that is being created: the moment, to find it by."""
    return f"{_UNNAMED}{int(moment.timestamp())}"


def moment_of(feed: str) -> datetime | None:
    """Return when a feed whose id is not known was created; None for a feed with an id."""
    return datetime.fromtimestamp(int(feed.removeprefix(_UNNAMED)), UTC) if feed.startswith(_UNNAMED) else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Amazon's report says of one message: accepted, or refused with its words; unsure: look at the order."""

    accepted: bool
    words: str = ""
    unsure: bool = False


class Feeds:
    """Feeds of all accounts."""

    def __init__(
        self, amazon: AmazonClient, sellers: Mapping[str, Seller], limiter: Limiter, clock: Callable[[], datetime]
    ) -> None:
        self._amazon = amazon
        self._sellers = sellers
        self._limiter = limiter
        self._clock = clock

    def prepare(self, account: Account, content: bytes) -> str:
        """Upload a feed's content, and keep a token to create the feed with; return the document's id.

        Raises Throttled, Unavailable and AccountBroken; nothing has happened then.
        """
        self._token(account.key, "createFeed")
        seller = self._sellers[account.key]
        document = self._call(account.key, "createFeedDocument", lambda: self._amazon.create_feed_document(seller))
        self._amazon.upload_document(document, content)
        return document.document_id

    def create(self, account: Account, feed_type: str, document_id: str) -> str:
        """Create the feed with the token kept by `prepare`; return its id. Raises as the client does."""
        try:
            return self._amazon.create_feed(
                self._sellers[account.key],
                feed_type=feed_type,
                marketplace_ids=[marketplace.id for marketplace in account.marketplaces],
                document_id=document_id,
            )
        except Throttled as throttled:
            self._limiter.throttled(account.key, "createFeed", throttled.after or _WAIT_SECONDS)
            raise

    def lost(self, account: Account, feed_type: str, marked: datetime, known: Sequence[str]) -> str | None:
        """Return the id of the feed that was created about `marked`, although the answer never came; None: none was.

        `known`: feeds that are others. A seller's other accounts are for other marketplaces, which tells their feeds
        apart. Raises RetryLater while Amazon's list may lag behind.
        """
        seller = self._sellers[account.key]
        since = marked - timedelta(minutes=1)
        own = [marketplace.id for marketplace in account.marketplaces][:_MOST_FILTERED]
        page = self._call(
            account.key,
            "getFeeds",
            lambda: self._amazon.find_feeds(seller, feed_type, since, marketplace_ids=own),
        )
        found = sorted((feed.created, feed.feed_id) for feed in page.feeds if feed.feed_id not in known)
        if found:
            return found[0][1]
        if self._clock() - marked < _LISTED_AFTER:
            raise RetryLater("it is not known yet whether a feed was created", after=_WAIT_SECONDS, counted=False)
        return None

    def verdicts(self, account: Account, feed_id: str, messages: Sequence[int]) -> dict[int, Verdict] | None:
        """Return what became of each of a feed's messages; None while Amazon works on it."""
        seller = self._sellers[account.key]
        state: FeedState = self._call(account.key, "getFeed", lambda: self._amazon.get_feed(seller, feed_id))
        if not state.status.ended:
            return None
        if state.status is not FeedStatus.DONE or state.result_document_id is None:
            return {message: Verdict(accepted=False, unsure=True) for message in messages}
        result = state.result_document_id
        report = self._call(account.key, "getFeedDocument", lambda: self._amazon.read_report(seller, result))
        words = {line.message_id: f"{line.code}: {line.description}" for line in report.results if line.error}
        unsure = WHOLE_FEED in words or report.unnamed_errors > 0 or report.processed < max(messages)
        return {
            message: Verdict(accepted=False, words=words[message])
            if message in words
            else Verdict(accepted=not unsure, unsure=unsure)
            for message in messages
        }

    def _call(self, account: str, operation: str, call: Callable[[], Answer]) -> Answer:
        self._token(account, operation)
        try:
            return call()
        except Throttled as throttled:
            self._limiter.throttled(account, operation, throttled.after or _WAIT_SECONDS)
            raise

    def _token(self, account: str, operation: str) -> None:
        reservation = self._limiter.reserve(account, operation)
        if not reservation.granted:
            raise Throttled(f"{operation}'s quota is used up", after=reservation.wait)
