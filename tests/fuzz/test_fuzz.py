"""The short form of `make fuzz`, with a fixed seed: a failure names how to see it again."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.fuzz import every
from tests.fuzz.boundary import Boundary, fuzz

INPUTS = 40  # times a boundary's share


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("boundary", every(), ids=lambda one: one.name)
def test_nothing_but_typed_errors_comes_out(boundary: Boundary) -> None:
    result = fuzz(boundary, INPUTS * boundary.share, seed=20260501)
    assert result.failures == []
    assert result.inputs == sum(result.ends.values())
    # Inputs that are never refused, or always, would put nothing to the test.
    assert len(result.ends) > 1 or not boundary.allowed, result.ends
