"""Reading the parts every answer of Amazon has: JSON, error list, request id, Retry-After. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST_WAIT = 3600.0
_LONGEST_TEXT = 200
_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_TOKEN = re.compile(r"Atz\w\|\S*|[\w+/=|.-]{40,}")


@dataclass(frozen=True, slots=True)
class AmazonError:
    """An entry of Amazon's error list; `about_token`: it says that the access token is not good (any more)."""

    code: str
    message: str
    about_token: bool


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in `body`, or None if it holds anything else (HTML, half an answer, NaN)."""
    try:
        value = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_errors(body: bytes) -> tuple[AmazonError, ...]:
    """Return the entries of `{"errors": [{code, message, details}]}`, () for another body."""
    answer = json_object(body)
    errors = answer.get("errors") if answer else None
    if not isinstance(errors, list) or not all(isinstance(entry, dict) for entry in errors):
        return ()
    return tuple(_read_error(entry) for entry in errors)


def scrubbed(error: AmazonError) -> str:
    """Return the error's code and message for people: short, without e-mail addresses or tokens.

    `details` stay out: Amazon does not say what may stand there.
    """
    return scrubbed_text(f"{error.code}: {error.message}")


def scrubbed_text(text: str) -> str:
    """Return Amazon's words for people: one short line, without e-mail addresses or tokens."""
    return " ".join(_TOKEN.sub("…", _MAIL.sub("…", text)).split())[:_LONGEST_TEXT]


def request_id(headers: Mapping[str, str]) -> str:
    """Return ' request <id>' for messages, so that Amazon's support can find the call; '' without one."""
    given = headers.get("x-amzn-requestid", "")
    return f" request {given}" if _REQUEST_ID.fullmatch(given) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, an hour at most; None without one.

    The header's other form, a date, is not read: it needs a clock, and Amazon documents neither.
    """
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if seconds > 0 else None


def _read_error(entry: Mapping[str, Any]) -> AmazonError:
    code, message, details = (str(entry.get(key) or "") for key in ("code", "message", "details"))
    words = f"{message} {details}".casefold()
    return AmazonError(code, message, "expired" in words or "access token" in words)


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
