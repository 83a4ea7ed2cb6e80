"""An unexpected error is shown without what it stumbled over, with its traceback, and stays a failure."""

from __future__ import annotations

import pickle
import traceback
from decimal import InvalidOperation

import pytest
import redis
from celery.exceptions import SoftTimeLimitExceeded

from clients.odoo.errors import OdooBug
from tasks.defect import Defect, kind_of, without_message
from tests.unit.tasks.fakes import Broker, World, ended


@pytest.mark.parametrize(
    "error",
    [
        KeyError("fulfillment"),
        AttributeError("'NoneType' object has no attribute 'strip'"),
        TypeError("unsupported operand type(s) for +: 'int' and 'str'"),
        ZeroDivisionError("division by zero"),
        InvalidOperation([]),
        FileNotFoundError(2, "No such file"),
        redis.ConnectionError("refused"),
        SoftTimeLimitExceeded(240),
        OdooBug("builtins.KeyError", "sale.order has none of the fields a, b"),
        ValueError(),
        AssertionError(),
    ],
)
def test_what_speaks_of_the_program_stays_as_it_is(error: Exception) -> None:
    assert without_message(error) is error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Erika Mustermann"),
        KeyError("Erika Mustermann"),
        RuntimeError("Erika Mustermann"),
        AssertionError("Erika Mustermann"),
        UnicodeEncodeError("ascii", "Mustermann", 0, 1, "ordinal not in range"),
    ],
)
def test_what_may_speak_of_a_person_is_left_out(error: Exception) -> None:
    try:
        raise error
    except type(error) as raised:
        shown = without_message(raised)
    assert isinstance(shown, Defect)
    assert type(error).__name__ in str(shown)
    told = "".join(traceback.format_exception(shown))
    assert "Mustermann" not in told.replace("raise error", "")
    assert "test_what_may_speak_of_a_person_is_left_out" in told


def test_it_says_its_kind_also_after_a_pool_has_pickled_it() -> None:
    for shown in (Defect("ValueError"), pickle.loads(pickle.dumps(Defect("ValueError")))):
        assert kind_of(shown) == "ValueError"
        assert str(shown) == "ValueError (its message is left out: it may hold personal data)"
    assert kind_of(KeyError("x")) == "KeyError"


def test_the_failed_task_tells_celery_no_name(world: World, broker: Broker) -> None:
    raised = ended(world, ValueError("Erika Mustermann"))
    assert isinstance(raised, Defect)
    assert "Mustermann" not in "".join(traceback.format_exception(raised))
    assert [row["x_reason"] for row in world.odoo.issues()] == ["unexpected ValueError"]
