"""Order documents: what a fetched page holds, encrypted and expiring, so that messages carry ids only.

Amazon's data protection policy wants personal data encrypted at rest; Redis writes to disk.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence

import redis
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def document_key(secret: str) -> bytes:
    """Return the encryption key that belongs to `secret` (any text), by HKDF-SHA256."""
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"order documents").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)


class Documents:
    """Documents by account and order id; each lives `hours` hours."""

    def __init__(self, store: redis.Redis, key: bytes, hours: float = 24.0) -> None:
        self._store = store
        self._cipher = Fernet(key)
        self._seconds = max(1, int(hours * 3600))

    def put(self, account: str, documents: Mapping[str, bytes]) -> None:
        """Keep `documents` (by order id), replacing older ones."""
        pipeline = self._store.pipeline(transaction=False)
        for order_id, document in documents.items():
            pipeline.set(
                document_name(account, order_id), self._cipher.encrypt(zlib.compress(document)), ex=self._seconds
            )
        pipeline.execute()

    def get(self, account: str, order_id: str) -> bytes | None:
        """Return the document, or None when it is gone or was written with another key."""
        (found,) = self.get_all([(account, order_id)])
        return found

    def get_all(self, orders: Sequence[tuple[str, str]]) -> list[bytes | None]:
        """Return the document of each of `orders` (account, order id) as `get` does, in one command."""
        stored = self._store.mget([document_name(*order) for order in orders]) if orders else []
        return [self._opened(one) for one in stored]

    def drop(self, *orders: tuple[str, str]) -> None:
        """Forget the documents of `orders` (account, order id), as after they have landed."""
        if orders:
            self._store.delete(*(document_name(*order) for order in orders))

    def _opened(self, stored: object) -> bytes | None:
        if not isinstance(stored, bytes):
            return None
        try:
            return zlib.decompress(self._cipher.decrypt(stored))
        except (InvalidToken, zlib.error):
            return None


def document_name(account: str, order_id: str) -> str:
    """Where the document of an order is kept."""
    return f"amz:doc:{account}:{order_id}"
