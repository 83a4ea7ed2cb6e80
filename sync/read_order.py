"""An order's newest known version: from the document a fetched page left, else from Amazon."""

from __future__ import annotations

from collections.abc import Mapping

from clients.amazon.client import AmazonClient, read_document
from clients.amazon.seller import Seller
from domain.errors import Throttled
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
        document = self._documents.get(ref.account, ref.order_id) if ref.updated else None
        if document is not None:
            order = read_document(document)
            if ref.updated is None or order.updated >= ref.updated:
                return order
        return read_document(self._ask(ref))

    def forget(self, ref: OrderRef) -> None:
        """Drop the document of an order that has landed: personal data stays no longer than it is needed."""
        self._documents.drop(ref.account, ref.order_id)

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
