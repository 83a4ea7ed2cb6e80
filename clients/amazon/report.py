"""A feed's processing report: Amazon's XML -> ProcessingReport. DONE says only that it was processed: this says how.

Source: Amazon's ProcessingReport.xsd (Feeds). Amazon's own files are small and have no document type; one that has
any is refused, so no entity is ever expanded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from clients.amazon.answers import scrubbed_text
from domain import parked
from domain.errors import NeedsHuman

WHOLE_FEED: Final = 0
_DEEPEST: Final = 32
_ERROR_WORDS: Final = {"Error": True, "Warning": False}
_REMEDY: Final = (
    "Compare the orders of this feed with Seller Central (Orders > Upload Order Related Files shows the report) and"
    " retry those that are not done; report an unreadable report to the connector's maintainers."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedResult:
    """What Amazon says of one message; `message_id` 0 means the whole feed. `error`: else it is a warning."""

    message_id: int
    error: bool
    code: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingReport:
    """Counts of messages, and what Amazon says of some of them; a message without an error was accepted."""

    processed: int
    successful: int
    with_error: int
    results: tuple[FeedResult, ...]

    def error_of(self, message_id: int) -> FeedResult | None:
        """Return the error of a message, its own before one about the whole feed; None if there is neither."""
        errors = [one for one in self.results if one.error and one.message_id in {message_id, WHOLE_FEED}]
        return max(errors, key=lambda one: one.message_id, default=None)

    @property
    def unnamed_errors(self) -> int:
        """How many messages failed without being named: with any, no message can be taken for accepted."""
        named = {one.message_id for one in self.results if one.error}
        return max(0, self.with_error - len(named))


def read_report(document: bytes) -> ProcessingReport:
    """Return what `document` says. Raises NeedsHuman (feed_failed) for anything but a complete, well-formed report."""
    envelope = _parsed(document)
    if envelope.name != "AmazonEnvelope":
        raise _unreadable("it is no AmazonEnvelope")
    report = envelope.one("Message").one("ProcessingReport")
    if report.one("StatusCode").text != "Complete":
        raise _unreadable("its StatusCode is not Complete")
    summary = report.one("ProcessingSummary")
    return ProcessingReport(
        processed=summary.number("MessagesProcessed"),
        successful=summary.number("MessagesSuccessful"),
        with_error=summary.number("MessagesWithError"),
        results=tuple(_result(result) for result in report.children if result.name == "Result"),
    )


@dataclass(slots=True)
class _Element:
    name: str
    parts: list[str] = field(default_factory=list)
    children: list[_Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    def one(self, name: str) -> _Element:
        found = [child for child in self.children if child.name == name]
        if len(found) != 1:
            raise _unreadable(f"{self.name} has {len(found)} {name}")
        return found[0]

    def number(self, name: str) -> int:
        text = self.one(name).text
        if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - more messages than any feed
            raise _unreadable(f"{name} is no number")
        return int(text)


def _result(result: _Element) -> FeedResult:
    word = result.one("ResultCode").text
    if word not in _ERROR_WORDS:
        raise _unreadable("a ResultCode is neither Error nor Warning")
    return FeedResult(
        message_id=result.number("MessageID"),
        error=_ERROR_WORDS[word],
        code=scrubbed_text(result.one("ResultMessageCode").text),
        description=scrubbed_text(result.one("ResultDescription").text),
    )


def _parsed(document: bytes) -> _Element:
    top = _Element("")
    path = [top]

    def start(name: str, _attributes: dict[str, str]) -> None:
        if len(path) > _DEEPEST:
            raise _unreadable("it is nested too deeply")
        element = _Element(name)
        path[-1].children.append(element)
        path.append(element)

    def text(part: str) -> None:
        path[-1].parts.append(part)

    def refuse(*_: object) -> None:
        raise _unreadable("it has a document type")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: path.pop()
    parser.CharacterDataHandler = text
    problem = ""
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: an encoding nobody knows
        problem = f"it is not well-formed ({type(error).__name__})"
    if problem:
        raise _unreadable(problem)  # outside the block: the foreign error quotes the document
    return top.children[0]


def _unreadable(why: str) -> NeedsHuman:
    return NeedsHuman(parked.FEED_FAILED, f"the feed's report cannot be read: {why}", _REMEDY)
