"""JSON-2, the API of Odoo 19 and later: POST /json/2/<model>/<method>, named arguments, bearer key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from clients.odoo.errors import Call, Fault, OdooBug, from_fault, from_page, from_transport
from clients.odoo.http import refuse_page

# Overrides in addons often say `values`; JSON-2 knows arguments by name only.
_VALUES: Final = {"create": "vals_list", "write": "vals"}
_MISSING: Final = re.compile(r"missing a required argument: '(?P<name>\w+)'")


class Json2:
    """One database over JSON-2. Thread-safe: besides the pooled client it only remembers names of arguments."""

    name = "json2"

    def __init__(self, http: httpx.Client, *, url: str, database: str, key: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"bearer {key}", "X-Odoo-Database": database}
        self._names: dict[tuple[str, str], str] = {}

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        """Odoo's result. Raises what `clients.odoo.errors` makes of a fault."""
        usual = _VALUES.get(call.method, "")
        used = self._names.get((call.model, call.method), usual)
        try:
            return self._send(call, ids, context, _renamed(named, usual, used))
        except OdooBug as bug:
            missing = _MISSING.match(bug.message)
            if missing is None or usual not in named or missing["name"] == used:
                raise
            # Binding failed before anything ran: an addon's override calls this argument something else.
            self._names[call.model, call.method] = missing["name"]
            return self._send(call, ids, context, _renamed(named, usual, missing["name"]))

    def _send(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
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
        except (ValueError, RecursionError):
            raise from_page(call, httpx.codes.BAD_GATEWAY) from None
        if response.is_success:
            return answer
        if not isinstance(answer, dict) or "name" not in answer:
            raise from_page(call, response.status_code)
        raise from_fault(call, Fault(str(answer["name"]), str(answer.get("message", ""))))


def _renamed(named: Mapping[str, Any], usual: str, used: str) -> Mapping[str, Any]:
    return named if used == usual else {used if name == usual else name: value for name, value in named.items()}
