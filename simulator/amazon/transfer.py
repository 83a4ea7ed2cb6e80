"""Where presigned URLs of feed documents lead: a file store of its own, which knows no tokens, quotas or JSON."""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

from simulator.amazon import answers, clock
from simulator.amazon.feed_processing import catch_up
from simulator.amazon.feed_store import Document, Grant
from simulator.amazon.world import WIRE_FAULTS, World

PATH = "/feed-documents"
UPLOAD, DOWNLOAD = "uploadFeedDocument", "downloadFeedDocument"

_FAULTS = WIRE_FAULTS | {"status_500", "status_500_after"}
_BIG = 4096  # bytes; above, Amazon's reports come compressed
_STRAY = ("x-amz-access-token", "authorization")  # signed by nobody: the file store refuses, a client leaks a token
_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'


def is_packed(document: Document) -> bool:
    """Whether the document is stored compressed."""
    return len(document.content or b"") > _BIG


class Transfer:
    """PUT and GET of documents."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, request: Request) -> Response:
        """Take or give a document, or an error of the file store; a fault may come between."""
        catch_up(self._world)
        grant = self._world.feeds.grant(request.query_params.get("X-Amz-Signature", ""))
        operation, seller_id = UPLOAD if request.method == "PUT" else DOWNLOAD, grant.seller_id if grant else ""
        if grant is not None:
            self._world.quotas.count(seller_id, operation)
        fault = self._world.faults.take(operation, seller_id, kinds=_FAULTS)
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            await answers.linger(request, fault.seconds)
        if kind == "reset_before":
            return answers.Reset()
        if kind in {"html_200", "status_503_html"}:
            return answers.html_response(200 if kind == "html_200" else 503)
        if kind == "status_500":
            return _error(500, "InternalError", "We encountered an internal error. Please try again.")
        response = self._answer(request, grant, await request.body())
        if kind == "reset_after":
            return answers.Reset()
        if kind == "status_500_after":
            return _error(500, "InternalError", "We encountered an internal error. Please try again.")
        return answers.truncated(response) if kind == "truncated_json" else response

    def _answer(self, request: Request, grant: Grant | None, content: bytes) -> Response:
        if grant is None or grant.method != request.method:
            return _error(403, "AccessDenied", "Access Denied")
        if grant.ends <= clock.now():
            return _error(403, "AccessDenied", "Request has expired")
        if any(name in request.headers for name in _STRAY):
            return _error(403, "AccessDenied", "There were headers present in the request which were not signed")
        document = self._world.feeds.document(grant.seller_id, grant.document_id)
        if document is None:
            return _error(404, "NoSuchKey", "The specified key does not exist.")
        if request.method == "PUT":
            return self._take(request, grant, document, content)
        return _give(grant, document)

    def _take(self, request: Request, grant: Grant, document: Document, content: bytes) -> Response:
        if request.headers.get("content-type") != document.content_type:
            return _error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        self._world.feeds.upload(grant, content)
        return Response()


def _give(grant: Grant, document: Document) -> Response:
    content, headers = document.content or b"", {"content-type": document.content_type}
    if is_packed(document):
        content = gzip.compress(content, mtime=0)
        headers |= {"content-encoding": "gzip"} if grant.encoded else {}
    return Response(content, headers=headers)


def _error(status: int, code: str, message: str) -> Response:
    return Response(_ERROR.format(code=code, message=message), status, media_type="application/xml")
