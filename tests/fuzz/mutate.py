"""Spoiling JSON values, texts and bytes, by a seeded generator."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any, Final

# Stands in texts that are put in: it must never come out in a message.
MARK: Final = "Zaphod"
_ODD: Final[list[Any]] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**70), 1.5, 1e308, float("inf"), float("nan"), "", " ", "0", "-1",
    "1E+999999999", "NaN", "Infinity", "2026-13-40", "2026-05-01T12:00:00Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "\0", "\ud800", "\u202e", "x" * 5000, f"{MARK} Beeblebrox", [], {}, [[]], [{}],
    {"": ""},
    {"error": None}, {"error": "x"}, {"name": 1, "message": []}, {"amount": "12.345678901234567890"}, {"result": []},
]  # fmt: skip

_CHARACTERS: Final = [0, 9, 10, 34, 39, 60, 92, 123, 127, 0xD7FF, 0xFFFD, 0x1F600]


def odd(rng: Random) -> Any:
    """A value that nobody expects."""
    return copy.deepcopy(rng.choice(_ODD))


def spoilt(rng: Random, value: Any, *, times: int = 3) -> Any:
    """A copy of a JSON value with up to `times` places changed: other value, gone, doubled, moved, renamed."""
    changed = copy.deepcopy(value)
    for _ in range(rng.randint(1, times)):
        places = [*_places(changed)]
        if not places or rng.random() < 0.01:
            return odd(rng)
        inside, key = rng.choice(places)
        _spoil(rng, inside, key, places)
    return changed


def _spoil(rng: Random, inside: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
    kind = rng.randrange(6)
    if kind == 0:
        del inside[key]
    elif kind == 1:
        other, name = rng.choice(places)
        inside[key] = copy.deepcopy(other[name])
    elif kind == 2 and isinstance(inside, list):
        inside.extend([copy.deepcopy(inside[key])] * rng.choice([1, 2, 40]))
    elif kind == 3 and isinstance(inside, dict):
        inside[rng.choice(["", "id", "orderId", str(key).upper(), MARK])] = inside.pop(key)
    elif kind == 4 and isinstance(inside[key], str):
        inside[key] = text(rng, inside[key])
    else:
        inside[key] = odd(rng)


def _places(value: Any) -> Any:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(steps):
        yield value, key
        yield from _places(inner)


def text(rng: Random, given: str) -> str:
    """A text with characters changed, cut off or repeated."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(given))
        kind = rng.randrange(4)
        if kind == 0:
            given = given[:at]
        elif kind == 1:
            given = (
                given[:at] + chr(rng.choice([0, 9, 10, 34, 39, 60, 92, 123, 127, 0xD7FF, 0xFFFD, 0x1F600])) + given[at:]
            )
        elif kind == 2:
            given = given[:at] + given[at + rng.randint(1, 5) :]
        else:
            given = given[:at] + given[max(0, at - 20) : at] * 2 + given[at:]
    return given


def raw(rng: Random, given: bytes) -> bytes:
    """Bytes with some flipped, cut off or put in."""
    changed = bytearray(given)
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(changed))
        kind = rng.randrange(4)
        if kind == 0:
            del changed[at:]
        elif kind == 1:
            changed[at:at] = rng.randbytes(rng.randint(1, 8))
        elif kind == 2:
            del changed[at : at + rng.randint(1, 8)]
        elif changed:
            changed[at % len(changed)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def body(rng: Random, value: Any) -> bytes:
    """The body of an answer: JSON spoilt as a value, as bytes, nested too deep, or none at all."""
    kind = rng.randrange(20)
    if kind == 0:
        return rng.choice([b"", b"<html>Service Unavailable</html>", b"null", b"[" * 100_000, b'"\xff"', b"{}", b"[]"])
    if kind < 4:
        return raw(rng, json.dumps(value).encode())
    return json.dumps(spoilt(rng, value), ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
