"""Feed documents on their presigned URLs: up and down with limits on every wait, and nothing of the SP-API sent along.

A presigned URL is itself the permission, for five minutes: it appears in no error, repr or log.
"""

from __future__ import annotations

import zlib
from typing import Final
from urllib.parse import urlsplit

import httpx

from clients.amazon.protocol import AmazonBug
from clients.amazon.transport import TIMEOUT, USER_AGENT, Answer, NoAnswer, send
from domain.errors import Unavailable

LARGEST: Final = 64 * 1024 * 1024  # bytes of an unpacked report; Amazon advises feeds below 10 MiB
_GZIP: Final = 16 + zlib.MAX_WBITS
_MAGIC: Final = b"\x1f\x8b"
_OUTAGE: Final = frozenset({408, 429, 502, 503, 504})


def fit_to_use(url: str, endpoint: str) -> bool:
    """Return whether a presigned `url` is a full https address, or http where the endpoint itself is (simulator)."""
    try:
        scheme, host = urlsplit(url)[:2]
    except ValueError:
        return False
    return bool(host) and (scheme == "https" or (scheme == "http" and endpoint.startswith("http://")))


def upload(http: httpx.Client, url: str, content: bytes, content_type: str) -> None:
    """Put `content` there. Raises Unavailable or AmazonBug; nothing has happened before a feed names the document."""
    headers = {"content-type": content_type, "user-agent": USER_AGENT}
    request = http.build_request("PUT", url, content=content, headers=headers, timeout=TIMEOUT)
    _exchange(http, request, "feed document upload")


def download(http: httpx.Client, url: str, *, packed: bool) -> bytes:
    """Return what is there, unpacked if it is `packed` (gzip). Raises Unavailable or AmazonBug."""
    # Identity: else a server may pack what is packed already.
    headers = {"accept-encoding": "identity", "user-agent": USER_AGENT}
    request = http.build_request("GET", url, headers=headers, timeout=TIMEOUT)
    body = _exchange(http, request, "feed document download").body
    # With a Content-Encoding of gzip the HTTP client has unpacked it by now.
    return _unpacked(body) if packed and body.startswith(_MAGIC) else body


def _exchange(http: httpx.Client, request: httpx.Request, what: str) -> Answer:
    failure: Exception
    try:
        answer = send(http, request)
    except NoAnswer as none:
        said = f"Amazon {what}: {none.what}"
        failure = AmazonBug(said) if none.ours else Unavailable(said, counted=False)
    else:
        if 200 <= answer.status < 300:  # noqa: PLR2004 - the success class of HTTP
            return answer
        # A 403 is a URL that is too old or was signed for something else: counted, the next attempt has a new one.
        failure = Unavailable(f"Amazon {what}: {answer.status}", counted=answer.status not in _OUTAGE)
    raise failure


def _unpacked(body: bytes) -> bytes:
    unpacked = bytearray()
    failure = "ends too early"
    try:
        while body:
            member = zlib.decompressobj(_GZIP)
            unpacked += member.decompress(body, LARGEST + 1 - len(unpacked))
            if len(unpacked) > LARGEST:
                failure = f"is larger than {LARGEST} bytes"
                break
            if not member.eof:
                break
            body = member.unused_data
        else:
            return bytes(unpacked)
    except zlib.error:
        failure = "is no gzip"
    raise Unavailable(f"Amazon feed document download: the packed document {failure}", counted=True)
