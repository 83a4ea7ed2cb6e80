"""The form of a task's message: what the consumer drops before Celery sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kombu.message import Message

from worker.foreign import fault

HEADERS = {"task": "control.fan_out", "id": "1"}
BODY: list[Any] = [[], {}, {"chain": None}]


def message(body: Any, headers: Any = None, *, content_type: str = "application/json") -> Message:
    told = json.dumps(body)
    return Message(body=told, headers=headers or HEADERS, content_type=content_type, content_encoding="utf-8")


@pytest.mark.parametrize("body", [BODY, [[], {"account": "a"}, None]])
def test_a_task_message_passes(body: Any) -> None:
    assert fault(message(body)) == ""


@pytest.mark.parametrize("body", ["a text", None, 7, {}, [], [[], {}], [[], {}, {}, {}]])
def test_a_body_of_other_parts_is_dropped(body: Any) -> None:
    assert fault(message(body)) == "its body is not arguments, keywords and options"


@pytest.mark.parametrize("body", [[{}, {}, {}], [[], [], {}], [[], {}, []], [[], None, {}]])
def test_arguments_of_another_form_are_dropped(body: Any) -> None:
    assert fault(message(body)) == "its arguments have another form"


@pytest.mark.parametrize("headers", [{"id": "1"}, {"task": "t"}, {"task": 7, "id": "1"}, {"task": "t", "id": None}])
def test_headers_that_name_no_task_are_dropped(headers: Any) -> None:
    assert fault(message(BODY, headers)) == "its headers name no task and id"


def test_what_cannot_be_decoded_is_celerys_business() -> None:
    assert fault(message(BODY, content_type="application/x-python-serialize")) == ""
