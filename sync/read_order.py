"""An order's newest known version: from the document a fetched page left, else from Amazon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clients.amazon.client import AmazonClient, read_document
from clients.amazon.seller import Seller
from domain.errors import AccountBroken, NeedsHuman, RetryLater, Throttled
from domain.order import Order, OrderRef
from state.documents import Documents
from state.limiter import Limiter


class OrderSource:
    """Reads orders of all accounts. `keep`: so many tokens of getOrder are left to whoever matters more."""

    def __init__(
        self,
        amazon: AmazonClient,
        sellers: Mapping[str, Seller],
        documents: Documents,
        limiter: Limiter,
        *,
        keep: int = 0,
    ) -> None:
        self._keep = keep
        self._amazon = amazon
        self._sellers = sellers
        self._documents = documents
        self._limiter = limiter

    def read(self, ref: OrderRef) -> Order:
        """Return the order in the version of `ref` or a newer one.

        Raises NeedsHuman (unreadable, gone), Throttled (no token for getOrder), AccountBroken, Unavailable.
        """
        (order,) = self.read_all([ref])
        if isinstance(order, Order):
            return order
        raise order

    def read_all(self, refs: Sequence[OrderRef]) -> list[Order | NeedsHuman | RetryLater | AccountBroken]:
        """Return each order as `read` does, or what it would raise for that one."""
        documents = self._documents.get_all([(ref.account, ref.order_id) for ref in refs])
        return [self._read(ref, document) for ref, document in zip(refs, documents, strict=True)]

    def forget(self, *refs: OrderRef) -> None:
        """Drop the documents of orders that have landed: personal data stays no longer than it is needed."""
        self._documents.drop(*((ref.account, ref.order_id) for ref in refs))

    def _read(self, ref: OrderRef, document: bytes | None) -> Order | NeedsHuman | RetryLater | AccountBroken:
        try:
            if document is not None and ref.updated is not None:
                order = read_document(document)
                if order.updated >= ref.updated:
                    return order
            return read_document(self._ask(ref))
        except (NeedsHuman, RetryLater, AccountBroken) as error:
            return error

    def _ask(self, ref: OrderRef) -> bytes:
        reservation = self._limiter.reserve(ref.account, "getOrder", keep=self._keep)
        if not reservation.granted:
            raise Throttled("getOrder's quota is used up", after=reservation.wait)
        try:
            raw = self._amazon.get_order(self._sellers[ref.account], ref.order_id)
        except Throttled as throttled:
            self._limiter.throttled(ref.account, "getOrder", throttled.after or 2.0)
            raise
        self._limiter.learn(ref.account, "getOrder", raw.rate)
        self._documents.put(ref.account, {ref.order_id: raw.document})
        return raw.document
