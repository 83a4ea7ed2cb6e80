"""A boundary: where something comes in from outside, and which errors may come out."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.fuzz.mutate import MARK

_MOST_SHOWN = 5


@dataclass(frozen=True)
class Boundary:
    """`attack` puts in one spoilt input; only `allowed` may come out.

    `share`: of all inputs; `quiet`: the errors tell no value of the input.
    """

    name: str
    attack: Callable[[Random], object]
    allowed: tuple[type[BaseException], ...]
    share: int = 1
    quiet: bool = True


@dataclass
class Result:
    """How often what came of it; `failures`: how to see one again, and its traceback."""

    name: str
    inputs: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def fuzz(boundary: Boundary, inputs: int, seed: int) -> Result:
    """Put in `inputs` inputs; each one's generator is made of boundary, seed and number: it can be seen again."""
    result = Result(boundary.name)
    for number in range(inputs):
        result.inputs += 1
        wrong = _one(boundary, f"{boundary.name}:{seed}:{number}", result.ends)
        if wrong and len(result.failures) < _MOST_SHOWN:
            result.failures.append(wrong)
    return result


def _one(boundary: Boundary, name: str, ends: Counter[str]) -> str:
    try:
        boundary.attack(Random(name))
    except boundary.allowed as error:
        ends[type(error).__name__] += 1
        if boundary.quiet and MARK in f"{error} {error!r}":
            return f"{name}: {type(error).__name__} tells a value of the input"
    except Exception:  # noqa: BLE001 - that is what is looked for
        ends["DEFECT"] += 1
        return f"{name}\n{traceback.format_exc(limit=-6)}"
    else:
        ends["fine"] += 1
    return ""
