"""Feed documents: presigned addresses, uploads, reports; nothing of them in a log."""

from __future__ import annotations

import gzip
import logging
from typing import Any

import httpx
import pytest

from clients.amazon import documents, feeds
from clients.amazon.client import ProcessingReport
from clients.amazon.protocol import AmazonBug
from domain.errors import NeedsHuman, Unavailable
from tests.unit.clients_amazon.given import ACCESS, REFRESH, SELLER, FakeAmazon, client_of, errors
from tests.unit.clients_amazon.given_feeds import CALLS, CONTENT, DOCUMENT, HTML, UPLOAD, create, failure
from tests.unit.clients_amazon.test_report import REPORT


# ------------------------------------------------------------ createFeedDocument and upload
def test_create_feed_document() -> None:
    amazon = FakeAmazon(httpx.Response(201, json={"feedDocumentId": DOCUMENT.document_id, "url": UPLOAD}))
    document = client_of(amazon).create_feed_document(SELLER)
    (request,) = amazon.requests
    assert (request.method, str(request.url)) == ("POST", "https://spapi.test/feeds/2021-06-30/documents")
    assert request.content == b'{"contentType": "text/xml; charset=UTF-8"}'
    assert request.headers["x-amz-access-token"] == f"{ACCESS}-1"
    assert document == DOCUMENT
    assert "signed-4711" not in repr(document)


@pytest.mark.parametrize(
    "url", [None, "", "docs.test/x", "https://", "http://docs.test/x", "file:///etc/passwd", "https://[::1", 7]
)
@pytest.mark.parametrize("name", ["createFeedDocument", "getFeedDocument"])
def test_a_document_is_only_ever_at_a_safe_address(name: str, url: Any) -> None:
    answer = httpx.Response(200, json={"feedDocumentId": "d", "url": url})
    error = failure(CALLS[name], answer)
    assert type(error) is Unavailable
    assert error.counted is True


@pytest.mark.parametrize(
    ("endpoint", "url", "fit"),
    [
        ("https://spapi.test", "https://docs.test/x?y", True),
        ("https://spapi.test", "http://docs.test/x", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x", True),
        ("http://127.0.0.1:8080", "https://docs.test/x", True),
        ("http://127.0.0.1:8080", "ftp://docs.test/x", False),
    ],
)
def test_plain_http_is_for_a_simulator_only(endpoint: str, url: str, fit: bool) -> None:
    assert documents.fit_to_use(url, endpoint) is fit


def test_the_upload_carries_the_content_its_type_and_nothing_of_the_seller() -> None:
    amazon = FakeAmazon(httpx.Response(200))
    client_of(amazon).upload_document(DOCUMENT, CONTENT)
    (request,) = amazon.requests
    assert (request.method, str(request.url), request.content) == ("PUT", UPLOAD, CONTENT)
    assert {name: value for name, value in request.headers.items() if name not in {"accept", "connection"}} == {
        "host": "docs.test",
        "accept-encoding": "gzip, deflate",
        "content-type": "text/xml; charset=UTF-8",
        "content-length": "9",
        "user-agent": "amazon-odoo-connector/0.1 (Language=Python)",
    }
    assert request.extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 10.0, "pool": 10.0}
    assert amazon.token_requests == []


@pytest.mark.parametrize(
    ("answer", "reason", "counted"),
    [
        (httpx.Response(403, content=b"<Error><Code>AccessDenied</Code></Error>"), "403", True),
        (httpx.Response(400), "400", True),
        (httpx.Response(307, headers={"location": "https://other.test/"}), "307", True),
        (httpx.Response(500), "500", True),
        (httpx.Response(503), "503", False),
        (httpx.Response(429), "429", False),
        (httpx.ConnectTimeout("signed-4711"), "ConnectTimeout", False),
        (httpx.WriteTimeout("signed-4711"), "WriteTimeout", False),
        (httpx.ReadError("signed-4711"), "ReadError", False),
    ],
)
def test_a_failed_upload_had_no_effect(answer: httpx.Response | Exception, reason: str, counted: bool) -> None:
    error = failure(lambda client: client.upload_document(DOCUMENT, CONTENT), answer)
    assert type(error) is Unavailable
    assert (error.reason, error.counted) == (f"Amazon feed document upload: {reason}", counted)


def test_an_upload_that_cannot_be_sent() -> None:
    error = failure(lambda client: client.upload_document(DOCUMENT, CONTENT), httpx.UnsupportedProtocol("signed-4711"))
    assert type(error) is AmazonBug


# ------------------------------------------------------------ the report
def described(**more: str) -> httpx.Response:
    return httpx.Response(200, json={"feedDocumentId": "d", "url": UPLOAD} | more)


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        (described(), httpx.Response(200, content=REPORT.encode())),
        (described(compressionAlgorithm="GZIP"), httpx.Response(200, content=gzip.compress(REPORT.encode()))),
        (
            described(compressionAlgorithm="GZIP"),
            httpx.Response(200, content=gzip.compress(REPORT[:300].encode()) + gzip.compress(REPORT[300:].encode())),
        ),
        # The server says so in its header too, so the HTTP client has unpacked it.
        (
            described(compressionAlgorithm="GZIP"),
            httpx.Response(200, content=gzip.compress(REPORT.encode()), headers={"content-encoding": "gzip"}),
        ),
    ],
)
def test_read_report(answer: httpx.Response, document: httpx.Response) -> None:
    amazon = FakeAmazon(answer, document)
    report = client_of(amazon).read_report(SELLER, "amzn1.tortuga.4.eu.result")
    assert (report.processed, report.successful, report.with_error) == (3, 1, 2)
    assert [(result.message_id, result.error) for result in report.results] == [(2, True), (1, False)]
    asked, downloaded = amazon.requests
    assert str(asked.url) == "https://spapi.test/feeds/2021-06-30/documents/amzn1.tortuga.4.eu.result"
    assert (downloaded.method, str(downloaded.url)) == ("GET", UPLOAD)
    assert "x-amz-access-token" not in downloaded.headers
    assert downloaded.headers["accept-encoding"] == "identity"
    assert downloaded.extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 10.0, "pool": 10.0}
    assert isinstance(report, ProcessingReport)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(REPORT.encode())[:-9], "the packed document ends too early"),
        (b"\x1f\x8b" + b"\xff" * 40, "the packed document is no gzip"),
        (gzip.compress(b" " * 2001, mtime=0), "the packed document is larger than 2000 bytes"),
        (
            gzip.compress(b" " * 1500, mtime=0) + gzip.compress(b" " * 501, mtime=0),
            "the packed document is larger than 2000 bytes",
        ),
    ],
)
def test_a_packed_report_that_cannot_be_unpacked(content: bytes, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 2000)
    error = failure(
        CALLS["getFeedDocument"], described(compressionAlgorithm="GZIP"), httpx.Response(200, content=content)
    )
    assert type(error) is Unavailable
    assert (error.reason, error.counted) == (f"Amazon feed document download: {reason}", True)


@pytest.mark.parametrize(
    ("answer", "reason", "counted"),
    [
        (httpx.Response(403), "403", True),
        (httpx.Response(503), "503", False),
        (httpx.ReadTimeout("signed-4711"), "ReadTimeout", False),
    ],
)
def test_a_failed_download(answer: httpx.Response | Exception, reason: str, counted: bool) -> None:
    error = failure(CALLS["getFeedDocument"], described(), answer)
    assert type(error) is Unavailable
    assert (error.reason, error.counted) == (f"Amazon feed document download: {reason}", counted)


def test_packed_in_an_unknown_way() -> None:
    error = failure(CALLS["getFeedDocument"], described(compressionAlgorithm="ZSTD"))
    assert type(error) is Unavailable
    assert error.counted is True


@pytest.mark.parametrize("status", [400, 404])
def test_a_report_that_is_gone(status: int) -> None:
    error = failure(CALLS["getFeedDocument"], httpx.Response(status, content=errors("InvalidInput", "gone")))
    assert isinstance(error, NeedsHuman)
    assert error.code == "feed_failed"


def test_a_report_that_cannot_be_read() -> None:
    error = failure(CALLS["getFeedDocument"], described(), httpx.Response(200, content=HTML))
    assert isinstance(error, NeedsHuman)
    assert (error.code, error.reason) == ("feed_failed", "the feed's report cannot be read: it is no AmazonEnvelope")


# ------------------------------------------------------------ logs
def test_no_log_holds_a_presigned_address_or_a_token(caplog: pytest.LogCaptureFixture) -> None:
    amazon = FakeAmazon(
        httpx.Response(201, json={"feedDocumentId": "d", "url": UPLOAD}),
        httpx.Response(200),
        httpx.Response(202, json={"feedId": "1"}),
        described(),
        httpx.Response(200, content=REPORT.encode()),
    )
    with caplog.at_level(logging.DEBUG):
        client = client_of(amazon)
        client.upload_document(client.create_feed_document(SELLER), CONTENT, content_type=feeds.XML)
        create(client)
        client.read_report(SELLER, "d")
    assert "docs.test/feed-1" in caplog.text  # httpx names the calls: logging itself works here
    assert [word for word in ("signed-4711", ACCESS, REFRESH, "X-Amz-Signature") if word in caplog.text] == []
