"""Taking secrets and personal data out of a text, whoever wrote it: the last door before a log line.

Secrets are known (those of the configuration) or have a known look (tokens); personal data has a known look (e-mail
addresses, telephone numbers) or a known name in front of it (`'buyerName': '...'`). This program's own code writes
neither: this is for what libraries and errors say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, SecretStr

HIDDEN: Final = "[hidden]"
# Shorter ones stand in any text by chance.
_SHORTEST: Final = 6
# More than any line of ours, and little enough to be looked through quickly.
_LONGEST: Final = 20_000

# Amazon's order model (2026-01-01), Odoo's contacts, and headers and fields that carry secrets.
_NAMES: Final = (
    "buyerName", "buyerEmail", "buyerCompanyName", "companyName", "addressLine1", "addressLine2", "addressLine3",
    "districtOrCounty", "postalCode", "phone", "giftMessage", "giftMessageText", "name", "display_name", "street",
    "street2", "zip", "email", "mobile", "vat", "x_amazon_gift_message", "note", "password", "api_key", "key",
    "refresh_token", "access_token", "client_secret", "x-amz-access-token", "authorization", "cookie", "set-cookie",
    "x-amz-security-token", "restrictedDataToken", "seller_token",
)  # fmt: skip
_NAME: Final = "|".join(map(re.escape, _NAMES))
_FIELD: Final = rf"(?P<name>(?P<n>\\*['\"])(?:{_NAME})(?P=n)\s*[:,=]\s*b?)"
_FIELD_HIDDEN: Final = rf"\g<name>\g<q>{HIDDEN}\g<q>"
_PATTERNS: Final = tuple(
    (re.compile(pattern, flags), replacement)
    for pattern, flags, replacement in (
        # A name with its value, as in JSON, in a dict, in a list of headers, quoted once or more. A quote inside the
        # value ends it only where something ends; what is left over is cut at the first one.
        (
            rf"{_FIELD}(?P<q>\\*['\"]).{{0,4000}}?(?P=q)(?=\s*(?:[,}}\])]|\\*['\"]|$))",
            re.IGNORECASE | re.DOTALL,
            _FIELD_HIDDEN,
        ),
        (rf"{_FIELD}(?P<q>\\*['\"])(?:(?!(?P=q)).)*(?P=q)", re.IGNORECASE | re.DOTALL, _FIELD_HIDDEN),
        (
            r"(?<![\w-])((?:refresh_token|access_token|client_secret|password|api_key|X-Amz-(?:Signature|Credential|Security-Token))=)[^\s&'\"]+",
            re.IGNORECASE,
            rf"\1{HIDDEN}",
        ),
        (r"(?i)\b(x-amz-access-token\s*:\s*)\S+", 0, rf"\1{HIDDEN}"),
        (r"(?i)\b(cookie\s*:\s*)[^\r\n'\"]+", 0, rf"\1{HIDDEN}"),
        (r"(?i)\b(bearer|basic)\s+[\w.~+/|-]{6,}=*", 0, rf"\1 {HIDDEN}"),
        # Amazon's tokens and the application's secret
        (r"Atz[a-z]\|[\w+/=-]*", 0, HIDDEN),
        (r"amzn1\.oa2-cs\.[\w.-]+", 0, HIDDEN),
        # A password in a URL
        (r"(?<=://)([^\s:/@'\"]*):[^\s/'\"]+@", 0, rf"\1:{HIDDEN}@"),
        # Encrypted documents and tokens (Fernet), API keys of Odoo, access keys of AWS
        (r"gAAAA[\w-]{20,}=*", 0, HIDDEN),
        (r"(?<![\w-])[0-9a-f]{40}(?![\w-])", 0, HIDDEN),
        (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", 0, HIDDEN),
        # E-mail addresses, telephone numbers
        (r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", 0, HIDDEN),
        (r"(?<![\w.:+-])\+\d{1,3}(?:[\s()/.-]{0,2}\d){6,14}\b", 0, HIDDEN),
    )
)


class Redaction:
    """Hides what may not be shown; `secrets`: texts that are hidden wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets for form in (secret, quote(secret, safe="")) if len(secret) >= _SHORTEST}
        ordered = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """Return `text` without them; a very long one is cut."""
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}... [{len(text) - _LONGEST} characters cut]"
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def secrets_in(given: Any) -> Iterator[str]:
    """Yield every secret of a settings object, and the passwords of its URLs."""
    if isinstance(given, SecretStr):
        yield given.get_secret_value()
    elif isinstance(given, BaseModel):
        for name in type(given).model_fields:
            yield from secrets_in(getattr(given, name))
    elif isinstance(given, dict):
        for value in given.values():
            yield from secrets_in(value)
    elif isinstance(given, str) and "://" in given:
        password = urlsplit(given).password
        if password:
            yield password
            yield unquote(password)
