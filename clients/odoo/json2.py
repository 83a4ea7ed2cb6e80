"""JSON-2, the API of Odoo 19 and later: POST /json/2/<model>/<method>, named arguments, bearer key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from clients.odoo.errors import Call, Fault, from_fault, from_page, from_transport
from clients.odoo.http import refuse_page


class Json2:
    """One database over JSON-2. Thread-safe: it holds nothing but the pooled client."""

    name = "json2"

    def __init__(self, http: httpx.Client, *, url: str, database: str, key: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"bearer {key}", "X-Odoo-Database": database}

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        """Odoo's result. Raises what `clients.odoo.errors` makes of a fault."""
        body = dict(named)
        if ids is not None:
            body["ids"] = list(ids)
        if context:
            body["context"] = dict(context)
        try:
            response = self._http.post(
                f"{self._url}/json/2/{call.model}/{call.method}", json=body, headers=self._headers
            )
        except httpx.TransportError as error:
            raise from_transport(call, error) from None
        refuse_page(call, response)
        try:
            answer = response.json()
        except json.JSONDecodeError:
            raise from_page(call, httpx.codes.BAD_GATEWAY) from None
        if response.is_success:
            return answer
        if not isinstance(answer, dict) or "name" not in answer:
            raise from_page(call, response.status_code)
        raise from_fault(call, Fault(str(answer["name"]), str(answer.get("message", ""))))
