"""Control of the simulated Odoo, on loopback and without a key: statistics, faults, raw rows, starting over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.faults import BadFault, read_fault
from simulator.odoo.calls import Database
from simulator.odoo.seed import fresh


@dataclass(frozen=True, slots=True)
class Control:
    """The handlers below /_sim. `login` and `key` are those of the administrator, for `reset`."""

    database: Database
    login: str
    key: str

    def routes(self) -> list[Route]:
        """The control requests."""
        return [
            Route("/_sim/stats", self.stats, methods=["GET"]),
            Route("/_sim/faults", self.add_fault, methods=["POST"]),
            Route("/_sim/faults", self.drop_faults, methods=["DELETE"]),
            Route("/_sim/dump", self.dump, methods=["GET"]),
            Route("/_sim/reset", self.reset, methods=["POST"]),
        ]

    async def stats(self, request: Request) -> Response:
        """Calls and seconds by model.method, writes, faults taken and waiting."""
        del request
        database = self.database
        return JSONResponse(
            {
                "series": database.store.series,
                "calls": dict(database.calls),
                "seconds": {name: round(spent, 6) for name, spent in database.seconds.items()},
                "writes": database.store.writes,
                "latency": database.latency,
                "faults": {"taken": database.faults.taken(), "waiting": database.faults.waiting()},
            }
        )

    async def add_fault(self, request: Request) -> Response:
        """Register a fault; `message` is what a user_error says. 400 for one that makes no sense."""
        try:
            given = json.loads(await request.body() or b"{}")
            message = given.pop("message", None) if isinstance(given, dict) else None
            self.database.faults.add(read_fault(given))
        except (BadFault, json.JSONDecodeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        if message:
            self.database.refusal = str(message)
        return JSONResponse({"waiting": self.database.faults.waiting()})

    async def drop_faults(self, request: Request) -> Response:
        """Forget every waiting fault."""
        del request
        return JSONResponse({"dropped": self.database.faults.clear()})

    async def dump(self, request: Request) -> Response:
        """Every record of `model` with its raw and computed values (ids, not names), external ids in `xmlids`."""
        model = request.query_params.get("model", "")
        store = self.database.store
        if model not in store.schema:
            return JSONResponse({"error": f"no model {model!r}"}, status_code=404)
        with store.lock:
            env = self.database.env(1)
            names = [name for name in store.schema[model].fields if name not in {"password", "new_password"}]
            rows: list[dict[str, Any]] = [
                {name: env.get(model, one, name) for name in names} | {"xmlids": env.xmlids(model, one)}
                for one in sorted(store.table(model))
            ]
        return JSONResponse(rows)

    async def reset(self, request: Request) -> Response:
        """A fresh database, no faults, no counts."""
        del request
        database = self.database
        store = database.store
        database.store = fresh(store.series, database=store.database, login=self.login, key=self.key)
        database.faults.clear()
        database.calls.clear()
        database.seconds.clear()
        return JSONResponse({"reset": True})
