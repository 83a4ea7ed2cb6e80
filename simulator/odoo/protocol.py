"""The HTTP faces of an Odoo server: /jsonrpc on both series, JSON-2 and /web/version on 19."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulator.faults import Fault
from simulator.odoo.calls import Database
from simulator.odoo.engine.errors import OdooFault, builtin, http_error
from simulator.serving import Reset

_PAGE: Final = "<!DOCTYPE html>\n<title>{0}</title>\n<h1>{0}</h1>\n"
_WIRE: Final = ("status_502_html", "reset_before", "reset_after", "slow")
_NO_KEY: Final = "User not authenticated, use an API Key with a Bearer Authorization header."

Work = Callable[[], Any]


def routes(database: Database) -> list[Route]:
    """Everything a client of Odoo may ask for."""
    server = Server(database)
    shared = [
        Route("/jsonrpc", server.jsonrpc, methods=["POST"]),
        Route("/web/webclient/version_info", server.version_info, methods=["POST"]),
    ]
    if database.store.series < 19:
        return shared
    return [
        *shared,
        Route("/web/version", server.version, methods=["GET"]),
        Route("/json/version", server.version, methods=["GET"]),
        Route("/web/health", server.health, methods=["GET"]),
        Route("/json/2/{model}/{method}", server.json2, methods=["POST"]),
        Route("/json/2/{rest:path}", server.json2_lost),
    ]


@dataclass(frozen=True, slots=True)
class Server:
    """The request handlers of one database."""

    database: Database

    # --- version ----------------------------------------------------------------------------------------------

    def _info(self) -> list[Any]:
        return [self.database.store.series, 0, 0, "final", 0, ""]

    async def version(self, request: Request) -> Response:
        """GET /web/version."""
        del request
        return JSONResponse({"version_info": self._info(), "version": f"{self.database.store.series}.0"})

    async def health(self, request: Request) -> Response:
        """GET /web/health."""
        del request
        return JSONResponse({"status": "pass"})

    async def version_info(self, request: Request) -> Response:
        """POST /web/webclient/version_info."""
        body = json.loads(await request.body() or b"{}")
        return JSONResponse({"jsonrpc": "2.0", "id": body.get("id"), "result": self._about()})

    def _about(self) -> dict[str, Any]:
        name = f"{self.database.store.series}.0"
        about = {"server_version": name, "server_version_info": self._info(), "server_serie": name}
        return {**about, "protocol_version": 1}

    # --- /jsonrpc ---------------------------------------------------------------------------------------------

    async def jsonrpc(self, request: Request) -> Response:
        """POST /jsonrpc: always 200, with `result` or `error`."""
        body = json.loads(await request.body())
        params = body.get("params") or {}
        service, method = str(params.get("service")), str(params.get("method"))
        args = params.get("args") or []
        operation = f"{args[3]}.{args[4]}" if service == "object" and len(args) > 4 else f"{service}.{method}"

        def answer() -> Response:
            told: dict[str, Any] = {"jsonrpc": "2.0", "id": body.get("id")}
            try:
                result = self._service(service, method, args)
            except OdooFault as fault:
                code = 200 if self.database.store.series < 19 else 0
                told["error"] = {"code": code, "message": "Odoo Server Error", "data": _data(fault)}
                return JSONResponse(told)
            return JSONResponse(told if result is None else {**told, "result": result})

        return await self._on_the_wire(request, operation, answer)

    def _service(self, service: str, method: str, args: Sequence[Any]) -> Any:
        if service == "common":
            return self._common(method, args)
        if service != "object":
            raise builtin("KeyError", str(service))
        if method != "execute_kw":
            raise builtin("Exception", f"Method not found: {method}")
        if len(args) < 5:
            short = f"not enough values to unpack (expected at least 5, got {len(args)})"
            raise (
                builtin("ValueError", short)
                if self.database.store.series >= 19
                else builtin("IndexError", "list index out of range")
            )
        name, uid, key, model, call = args[:5]
        self._require_database(name)
        self.database.require(int(uid), str(key))
        kwargs = args[6] if len(args) > 6 else {}
        return self.database.execute(int(uid), model, call, args[5] if len(args) > 5 else [], kwargs)

    def _common(self, method: str, args: Sequence[Any]) -> Any:
        if method == "version":
            return self._about()
        if method in {"login", "authenticate"}:
            self._require_database(args[0])
            return self.database.uid(str(args[1]), str(args[2])) or False
        raise builtin("Exception", f"Method not found: {method}")

    def _require_database(self, name: str) -> None:
        if name != self.database.store.database:
            text = f'FATAL:  database "{name}" does not exist\n'
            where = 'connection to server at "127.0.0.1", port 5432 failed: '
            raise OdooFault("psycopg2.OperationalError", text if self.database.store.series < 19 else where + text)

    # --- JSON-2 -----------------------------------------------------------------------------------------------

    async def json2(self, request: Request) -> Response:
        """POST /json/2/<model>/<method>: HTTP status and error body."""
        if request.headers.get("x-odoo-database", self.database.store.database) != self.database.store.database:
            return HTMLResponse(_PAGE.format("404 Not Found"), status_code=404)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return HTMLResponse(_PAGE.format("415 Unsupported Media Type"), status_code=415)
        body = await request.body()
        model, method = request.path_params["model"], request.path_params["method"]

        def answer() -> Response:
            try:
                uid = self._bearer(request)
                return JSONResponse(self.database.execute(uid, model, method, (), _object(body), named=True))
            except OdooFault as fault:
                headers = {"WWW-Authenticate": "Bearer"} if fault.status == 401 else None
                return JSONResponse(_data(fault), status_code=fault.status, headers=headers)

        return await self._on_the_wire(request, f"{model}.{method}", answer)

    async def json2_lost(self, request: Request) -> Response:
        """Anything else below /json/2."""
        del request
        fault = http_error("NotFound", "Did you mean POST /json/2/<model>/<method>?")
        return JSONResponse(_data(fault), status_code=404)

    def _bearer(self, request: Request) -> int:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise http_error("Unauthorized", _NO_KEY)
        uid = self.database.uid_of_key(key.strip())
        if not uid:
            raise http_error("Unauthorized", "Invalid apikey")
        return uid

    # --- trouble ----------------------------------------------------------------------------------------------

    async def _on_the_wire(self, request: Request, operation: str, answer: Callable[[], Response]) -> Response:
        """The answer, or what a fault makes of it on its way."""
        if self.database.latency:
            await asyncio.sleep(self.database.latency)
        fault = self.database.faults.take(operation, self.database.store.database, kinds=_WIRE)
        if fault is None:
            return answer()
        return await self._troubled(request, fault, answer)

    async def _troubled(self, request: Request, fault: Fault, answer: Callable[[], Response]) -> Response:
        if fault.kind == "status_502_html":
            return HTMLResponse(_PAGE.format("502 Bad Gateway"), status_code=502)
        if fault.kind == "reset_before":
            return Reset()
        if fault.kind == "reset_after":
            answer()
            return Reset()
        await self._linger(request, fault.seconds)
        return answer()

    async def _linger(self, request: Request, seconds: float) -> None:
        """Wait, or until the client has gone; the work is done all the same, as a real server does it."""
        gone: Awaitable[bool] = self._until_gone(request)
        with_timeout = asyncio.wait_for(gone, seconds) if seconds else gone
        try:
            await with_timeout
        except TimeoutError:
            return

    async def _until_gone(self, request: Request) -> bool:
        while (await request.receive())["type"] != "http.disconnect":
            continue
        return True


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except json.JSONDecodeError as error:
        raise http_error("BadRequest", f"could not parse the body as json: {error}") from None
    return given if isinstance(given, dict) else {}


def _data(fault: OdooFault) -> dict[str, Any]:
    """The error body: of JSON-2 whole, of /jsonrpc as `data`."""
    debug = "".join(traceback.format_exception(fault)).replace(f"{type(fault).__module__}.OdooFault", fault.name)
    told = {"name": fault.name, "message": fault.message, "arguments": fault.arguments, "context": {}}
    return {**told, "debug": debug}
