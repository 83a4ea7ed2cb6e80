"""What an answer of Login with Amazon (LWA) means: (status, headers, body) -> (token, seconds) or error. Pure.

Source: Amazon's "Connecting to the Selling Partner API" and RFC 6749 §5.2, whose error words LWA uses. Amazon's
`error_description` is never repeated: it may quote what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from clients.amazon.answers import json_object, request_id, retry_after
from clients.amazon.protocol import AmazonBug
from domain.errors import AccountBroken, SyncError, Unavailable

_LIFETIME: Final = 3600  # seconds: what Amazon documents, for an answer that does not say
_LONGEST: Final = 86_400
_TOKEN: Final = re.compile(r"[!-~]+")
_WORD: Final = re.compile(r"[a-z_]{1,40}")
_PASSING: Final = frozenset({"server_error", "temporarily_unavailable"})
_DEFECTS: Final = frozenset({"unsupported_grant_type", "invalid_scope"})

_REAUTHORISE = (
    "Authorise the application again in Seller Central (Apps and Services > Manage Your Apps > Authorise), put the new"
    " refresh token into this account's refresh token setting, restart the workers; the account then goes on by itself."
)
_CREDENTIALS = (
    "Compare the LWA client id and client secret settings with Seller Central (Develop Apps > LWA credentials; a"
    " secret expires after 180 days), correct them, restart the workers; the account then goes on by itself."
)
_ANY_SETTING = (
    "Check the LWA client id, the client secret and this account's refresh token for missing or stray characters,"
    " correct them, restart the workers; the account then goes on by itself."
)


def judge_token(status: int, headers: Mapping[str, str], body: bytes) -> tuple[str, int]:
    """Return the access token and its lifetime in seconds.

    Raises AccountBroken (a person must act), Unavailable (not counted: nobody's fault), AmazonBug (our request is
    wrong).
    """
    answer = json_object(body) or {}
    if status == 200:  # noqa: PLR2004 - OK
        token, seconds = answer.get("access_token"), _seconds(answer.get("expires_in", _LIFETIME))
        if isinstance(token, str) and _TOKEN.fullmatch(token) and seconds > 0:
            return token, seconds
        raise Unavailable(f"Login with Amazon: a 200 without a token{request_id(headers)}", counted=False)
    raise _refusal(status, headers, answer.get("error"))


def _refusal(status: int, headers: Mapping[str, str], error: object) -> SyncError | AmazonBug:
    word = error if isinstance(error, str) and _WORD.fullmatch(error) else None
    said = f"{status} {word or 'without a reason'}{request_id(headers)}"
    client_error = 400 <= status < 500 and status not in {408, 429}  # noqa: PLR2004 - HTTP's class; two of it pass
    if word is None or word in _PASSING or not client_error:
        # HTML of a proxy, a gateway's page, throttling: nothing was said about the account.
        return Unavailable(f"Login with Amazon: {said}", after=retry_after(headers), counted=False)
    if word in _DEFECTS:
        return AmazonBug(f"Login with Amazon refuses our request: {said}")
    if word == "invalid_grant":
        return AccountBroken(f"Login with Amazon refuses the refresh token ({said})", _REAUTHORISE)
    if word in {"invalid_client", "unauthorized_client"}:
        return AccountBroken(f"Login with Amazon refuses the application ({said})", _CREDENTIALS)
    return AccountBroken(f"Login with Amazon refuses the request ({said})", _ANY_SETTING)


def _seconds(value: Any) -> int:
    """Return `value` as whole seconds, a day at most, 0 if it is none."""
    try:
        return min(int(value), _LONGEST)
    except (TypeError, ValueError, OverflowError):
        return 0
