"""Amazon's processing report, strictly and safely read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.amazon.report import FeedResult, ProcessingReport, read_report
from domain.errors import NeedsHuman

SUMMARY = """<ProcessingSummary>
        <MessagesProcessed>3</MessagesProcessed>
        <MessagesSuccessful>1</MessagesSuccessful>
        <MessagesWithError>2</MessagesWithError>
        <MessagesWithWarning>1</MessagesWithWarning>
      </ProcessingSummary>"""
RESULTS = """<Result>
        <MessageID>2</MessageID>
        <ResultCode>Error</ResultCode>
        <ResultMessageCode>18028</ResultMessageCode>
        <ResultDescription>Order 302-1234567-1234567 &amp; more
          cannot be found; ask joe@example.com</ResultDescription>
        <AdditionalInfo><AmazonOrderID>302-1234567-1234567</AmazonOrderID></AdditionalInfo>
      </Result>
      <Result>
        <MessageID>1</MessageID>
        <ResultCode>Warning</ResultCode>
        <ResultMessageCode>9</ResultMessageCode>
        <ResultDescription/>
      </Result>"""
REPORT = f"""<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="amzn-envelope.xsd">
  <Header><DocumentVersion>1.02</DocumentVersion><MerchantIdentifier>A1SELLER</MerchantIdentifier></Header>
  <MessageType>ProcessingReport</MessageType>
  <Message>
    <MessageID>1</MessageID>
    <ProcessingReport>
      <DocumentTransactionID>50001019</DocumentTransactionID>
      <StatusCode>Complete</StatusCode>
      {SUMMARY}
      {RESULTS}
    </ProcessingReport>
  </Message>
</AmazonEnvelope>
"""


def result(message_id: int, *, error: bool = True) -> FeedResult:
    return FeedResult(message_id=message_id, error=error, code="1", description="x")


def report(*results: FeedResult, with_error: int) -> ProcessingReport:
    return ProcessingReport(processed=9, successful=1, with_error=with_error, results=results)


def test_every_part_that_is_used() -> None:
    found = read_report(REPORT.encode())
    assert found == ProcessingReport(
        processed=3,
        successful=1,
        with_error=2,
        results=(
            FeedResult(
                message_id=2,
                error=True,
                code="18028",
                description="Order 302-1234567-1234567 & more cannot be found; ask …",
            ),
            FeedResult(message_id=1, error=False, code="9", description=""),
        ),
    )
    assert found.unnamed_errors == 1


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_encodings(encoding: str) -> None:
    document = REPORT.replace('"UTF-8"', f'"{encoding}"').replace("more", "öre").encode(encoding)
    assert "öre" in read_report(document).results[0].description


def test_the_error_of_a_message() -> None:
    found = report(result(0), result(2), result(3, error=False), with_error=2)
    assert found.error_of(2) == result(2)
    assert found.error_of(3) == result(0)
    assert found.error_of(1) == result(0)
    found = report(result(2), result(3, error=False), with_error=1)
    assert (found.error_of(1), found.error_of(3), found.unnamed_errors) == (None, None, 0)
    assert found.error_of(2) == result(2)


def test_errors_without_a_name_are_counted() -> None:
    assert report(result(2), result(2), with_error=3).unnamed_errors == 2
    assert report(result(1), result(2), with_error=1).unnamed_errors == 0


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("AmazonEnvelope", "Envelope", "it is no AmazonEnvelope"),
        (">Complete<", ">Processing<", "its StatusCode is not Complete"),
        (SUMMARY, "", "ProcessingReport has 0 ProcessingSummary"),
        (SUMMARY, SUMMARY * 2, "ProcessingReport has 2 ProcessingSummary"),
        (">3<", "><", "MessagesProcessed is no number"),
        (">3<", ">-3<", "MessagesProcessed is no number"),
        (">3<", ">٣<", "MessagesProcessed is no number"),
        (">3<", ">3333333333<", "MessagesProcessed is no number"),
        ("<MessageID>2<", "<MessageID>two<", "MessageID is no number"),
        ("<MessageID>2</MessageID>", "", "Result has 0 MessageID"),
        (">Error<", ">Failed<", "a ResultCode is neither Error nor Warning"),
        ("</AmazonEnvelope>", "", "it is not well-formed (ExpatError)"),
        ("&amp;", "&", "it is not well-formed (ExpatError)"),
        ("&amp;", "&secret;", "it is not well-formed (ExpatError)"),
        ('"UTF-8"', '"KLINGON"', "it is not well-formed (LookupError)"),
        ("<StatusCode>", "<a>" * 40 + "</a>" * 40 + "<StatusCode>", "it is nested too deeply"),
        ("<AmazonEnvelope ", "<!DOCTYPE AmazonEnvelope>\n<AmazonEnvelope ", "it has a document type"),
        (
            "<AmazonEnvelope ",
            '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>\n<AmazonEnvelope ',
            "it has a document type",
        ),
        (
            "<AmazonEnvelope ",
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<AmazonEnvelope ',
            "it has a document type",
        ),
        (
            "<AmazonEnvelope ",
            '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">\n<AmazonEnvelope ',
            "it has a document type",
        ),
    ],
)
def test_anything_else_is_parked(old: str, new: str, why: str) -> None:
    assert old in REPORT
    with pytest.raises(NeedsHuman) as raised:
        read_report(REPORT.replace(old, new).encode())
    assert raised.value.code == "feed_failed"
    assert raised.value.reason == f"the feed's report cannot be read: {why}"
    assert raised.value.__context__ is None


@pytest.mark.parametrize("document", [b"", b"\x00", b"\x1f\x8b", b"feed accepted", b"<a>\xff</a>"])
def test_what_is_no_xml(document: bytes) -> None:
    with pytest.raises(NeedsHuman, match="it is not well-formed"):
        read_report(document)


@given(st.integers(0, len(REPORT)), st.integers(0, 40), st.binary(max_size=40))
def test_damage_is_read_or_parked_and_nothing_else(at: int, length: int, put: bytes) -> None:
    document = REPORT.encode()
    damaged = document[:at] + put + document[at + length :]
    found = outcome(damaged)
    if isinstance(found, NeedsHuman):
        assert found.code == "feed_failed"
        assert found.reason.startswith("the feed's report cannot be read: ")
    else:
        assert found.processed >= 0
        assert all(one.message_id >= 0 for one in found.results)


def outcome(document: bytes) -> ProcessingReport | NeedsHuman:
    try:
        return read_report(document)
    except NeedsHuman as needs:
        return needs
