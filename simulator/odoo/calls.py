"""One RPC call against the store: who calls, which method, in a transaction of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.faults import FaultRegistry
from simulator.odoo.business import behaviours
from simulator.odoo.engine.behaviour import Behaviour
from simulator.odoo.engine.env import SUPERUSER, Env
from simulator.odoo.engine.errors import OdooFault, access_denied, builtin, http_error
from simulator.odoo.engine.methods import bound, find
from simulator.odoo.engine.store import Store

KINDS = (
    "status_500",
    "status_502_html",
    "reset_before",
    "reset_after",
    "slow",
    "serialization",
    "user_error",
    "access_denied",
)
# Kinds that answer in place of the call, which then never runs.
ERRORS = ("status_500", "serialization", "user_error", "access_denied")
_SERIALIZATION = "could not serialize access due to concurrent update\n"


@dataclass(slots=True)
class Database:
    """A store, what goes wrong with it on demand, and what was asked of it."""

    store: Store
    faults: FaultRegistry = field(default_factory=lambda: FaultRegistry(KINDS))
    latency: float = 0.0
    refusal: str = "A refusal on demand"
    calls: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    _behaviours: dict[str, Behaviour] = field(init=False)

    def __post_init__(self) -> None:
        self._behaviours = behaviours(self.store.series)

    def env(self, uid: int, context: Mapping[str, Any] | None = None) -> Env:
        """A call's view of the store."""
        return Env(self.store, self._behaviours, uid, context)

    def uid(self, login: str, key: str) -> int:
        """The active user with this login and key, 0 when there is none."""
        with self.store.lock:
            for one in self.env(SUPERUSER).find("res.users", login=login):
                if self._fits(one, key):
                    return one
        return 0

    def uid_of_key(self, key: str) -> int:
        """The active user with this key, 0 when there is none."""
        with self.store.lock:
            return next((one for one in self.env(SUPERUSER).find("res.users", password=key) if self._fits(one, key)), 0)

    def require(self, uid: int, key: str) -> None:
        """Refuse a user id that does not go with the key."""
        with self.store.lock:
            if uid not in self.store.table("res.users") or not self._fits(uid, key):
                raise access_denied()

    def _fits(self, uid: int, key: str) -> bool:
        row = self.store.table("res.users")[uid]
        return bool(row.get("active", True) and row.get("password") and row["password"] == key)

    def execute(
        self, uid: int, model: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any], *, named: bool = False
    ) -> Any:
        """Run a call in its own transaction. `named`: JSON-2's rules, where `ids` is an argument like the others."""
        operation = f"{model}.{method}"
        self.calls[operation] += 1
        started = time.monotonic()
        try:
            with self.store.transaction():
                return self._run(uid, model, method, args, dict(kwargs), named=named)
        except OdooFault:
            raise
        except Exception as error:  # a server reports whatever went wrong inside it, and goes on
            raise builtin(type(error).__name__, str(error)) from error
        finally:
            self.seconds[operation] = self.seconds.get(operation, 0.0) + time.monotonic() - started

    def _run(
        self, uid: int, model: str, method: str, args: Sequence[Any], kwargs: dict[str, Any], *, named: bool
    ) -> Any:
        env = self.env(uid, kwargs.pop("context", None))
        if named and model not in self.store.schema:
            raise http_error("NotFound", f"the model '{model}' does not exist")
        public = self._public(env, model, method, named=named)
        if named and kwargs.get("ids") and not public.on_records:
            raise http_error("UnprocessableEntity", f"cannot call {model}.{method} with ids")
        positional = list(args)
        if public.on_records:
            first = positional.pop(0) if positional else kwargs.pop("ids", [])
            positional.insert(0, [first] if isinstance(first, int) else list(first or []))
        elif named:
            kwargs.pop("ids", None)
        self._fail(operation=f"{model}.{method}")
        try:
            call = bound(public.function, positional, kwargs)
        except TypeError as error:
            if named:
                raise http_error("UnprocessableEntity", str(error)) from None
            raise builtin("TypeError", f"{method}() {error}") from None
        answer = public.function(env, model, *call.args, **call.kwargs)
        return [answer] if named and method == "create" and isinstance(answer, int) else answer

    def _public(self, env: Env, model: str, method: str, *, named: bool) -> Any:
        try:
            return find(env, model, method)
        except OdooFault as fault:
            if named and fault.name == "builtins.AttributeError":
                raise http_error("NotFound", fault.message) from None
            raise

    def _fail(self, operation: str) -> None:
        fault = self.faults.take(operation, self.store.database, kinds=ERRORS)
        if fault is None:
            return
        if fault.kind == "serialization":
            raise OdooFault("psycopg2.errors.SerializationFailure", _SERIALIZATION)
        if fault.kind == "access_denied":
            raise access_denied()
        if fault.kind == "user_error":
            raise OdooFault("odoo.exceptions.UserError", self.refusal)
        raise OdooFault("builtins.Exception", "An internal error on demand")
