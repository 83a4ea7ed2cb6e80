"""A transport that answers from a table and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from clients.odoo.client import Odoo
from clients.odoo.errors import Call
from clients.odoo.http import http_client


@dataclass
class FakeTransport:
    """`answers`: by 'model.method', a value, an error to raise, or a function of ids and named arguments."""

    answers: Mapping[str, Any]
    asked: list[tuple[str, list[int] | None, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    name: str = "fake"

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        listed = None if ids is None else list(ids)
        self.asked.append((str(call), listed, dict(named), dict(context or {})))
        answer = self.answers[str(call)]
        if isinstance(answer, Exception):
            raise answer
        told = answer(listed, dict(named)) if callable(answer) else answer
        if call.method == "search_read" and "fields" in named:  # Odoo gives the id and each field that was asked for
            return [{"id": 0, **dict.fromkeys(named["fields"], False), **row} for row in told]
        return told

    @property
    def methods(self) -> list[str]:
        return [asked[0] for asked in self.asked]


def _no_network(_request: httpx.Request) -> httpx.Response:
    raise AssertionError("a fake talks to nobody")


def fake_odoo(answers: Mapping[str, Any]) -> tuple[Odoo, FakeTransport]:
    transport = FakeTransport(answers)
    http = http_client(timeout=1, connect_timeout=1, transport=httpx.MockTransport(_no_network))
    return Odoo(transport, version=(19, 0), database="demo", uid=7, http=http), transport
