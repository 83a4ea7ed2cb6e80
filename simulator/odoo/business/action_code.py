"""People's Python as a server action runs it: the code itself, over a small likeness of Odoo's records.

What `safe_eval` lets pass is checked as the server checks it, when the action is saved. Of records there is what a
program of calls needs: their public methods, external ids, savepoints. Other private methods are not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any, Final

from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import OdooFault, builtin, validation_error
from simulator.odoo.engine.methods import find
from simulator.odoo.engine.reading import search
from simulator.odoo.engine.xmlids import assign, lookup

_BUILTINS: Final[Mapping[str, Any]] = {
    kind.__name__: kind
    for kind in (
        bool, str, int, float, dict, list, tuple, set, enumerate, map, filter, zip, range, abs, min, max, sum, sorted,
        round, len, repr, all, any, isinstance, divmod, Exception,
    )
}  # fmt: skip
# Refusals meant for people, and lost races, come out of an action as they are; anything else becomes a ValueError.
_PASSED_ON: Final = ("odoo.exceptions.", "psycopg2.errors.SerializationFailure", "psycopg2.errors.LockNotAvailable")


class _UserError(OdooFault):
    """What the code catches and raises as UserError."""

    def __init__(self, message: str, *, name: str = "odoo.exceptions.UserError") -> None:
        super().__init__(name, message)


def check_code(text: str) -> None:
    """Refuse what safe_eval refuses: names with two underscores, and functions that use another's variables."""
    try:
        code = compile(text.strip(), "", "exec")
    except SyntaxError as error:
        told = f"SyntaxError : {error.msg} at line {error.lineno}\n{text}\n"
        raise validation_error(told) from None
    for one in _codes(code):
        if any("__" in name for name in one.co_names):
            raise validation_error("Access to forbidden name")
        if one.co_freevars or one.co_cellvars:
            raise validation_error("forbidden opcode(s) in 'lambda': LOAD_CLOSURE, LOAD_DEREF, STORE_DEREF, MAKE_CELL")


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def run_code(env: Env, text: str) -> Any:
    """Run `text` as `env`'s user; the value of its variable `action`, False for none."""
    names = {"__builtins__": dict(_BUILTINS), "env": _Environment(env), "UserError": _UserError, "uid": env.uid}
    try:
        exec(compile(text.strip(), "", "exec"), names)  # noqa: S102  # a server action is code, here as there
    except OdooFault as fault:
        if fault.name.startswith(_PASSED_ON):
            raise
        raise _wrapped(fault, text) from fault
    except Exception as error:
        raise _wrapped(error, text) from error
    return names.get("action") or False


class _Environment:
    """`env` of the code: records by model, the context, and the same with another context."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self.context = dict(env.context)
        self.cr = self

    def __getitem__(self, model: str) -> _Records:
        self._env.model(model)
        return _Records(self._env, model)

    def __call__(self, *, context: Mapping[str, Any]) -> _Environment:
        env = self._env
        return _Environment(Env(env.store, env.behaviours, env.uid, context, su=env.su))

    def savepoint(self) -> object:
        """A point to come back to; in 14 one that only a `with` can use, which safe_eval forbids."""
        return object() if self._env.series < 19 else _Savepoint(self._env)


class _Savepoint:
    def __init__(self, env: Env) -> None:
        self._store = env.store
        self._mark = env.store.mark()

    def close(self, *, rollback: bool = True) -> None:
        """Undo what was done since, unless told not to."""
        if rollback:
            self._store.rollback_to(self._mark)


class _Records:
    """Records of a model, with the methods that RPC may call, and the two that load() finds external ids by."""

    def __init__(self, env: Env, model: str, ids: Sequence[int] = ()) -> None:
        self._inner = env
        self._model = model
        self.ids = list(ids)
        self.env = _Environment(env)

    def __iter__(self) -> Iterator[_Records]:
        return (_Records(self._inner, self._model, [one]) for one in self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __getattr__(self, name: str) -> Any:
        try:
            public = find(self._inner, self._model, name)
        except OdooFault as fault:
            raise AttributeError(fault.message) from fault

        def call(*args: Any, **kwargs: Any) -> Any:
            first = (self.ids,) if public.on_records else ()
            return _seen(public.function, self._inner, self._model, *first, *args, **kwargs)

        return call

    @property
    def id(self) -> int:
        """The id of a single record."""
        (one,) = self.ids
        return one

    def browse(self, ids: Sequence[int]) -> _Records:
        """The records with these ids."""
        return _Records(self._inner, self._model, ids)

    def search(self, domain: Sequence[Any], order: str | None = None) -> _Records:
        """The records in the domain."""
        return self.browse(_seen(search, self._inner, self._model, domain, order=order))

    def create(self, vals_list: Sequence[Mapping[str, Any]]) -> _Records:
        """New records."""
        return self.browse(_seen(self._inner.create, self._model, *vals_list))

    def read(self, fields: Sequence[str], load: str = "_classic_read") -> list[Any]:
        """Rows; a filled many2one with its name is a tuple, as it is inside the server."""
        rows = self.__getattr__("read")(fields, load)
        known = self._inner.model(self._model).fields
        links = [name for name in fields if known[name].type == "many2one"]
        return [{**row, **{name: tuple(row[name]) for name in links if isinstance(row[name], list)}} for row in rows]

    def _lookup_xmlids(self, xmlids: Sequence[str], records: _Records) -> list[tuple[Any, ...]]:
        """(row, module, name, model, record, noupdate, record or None where it is gone) of those that are there."""
        found = []
        for xmlid in xmlids:
            known = lookup(self._inner.sudo(), xmlid)
            if known is not None:
                row, model, record = known
                noupdate = self._inner.sudo().row("ir.model.data", row)["noupdate"]
                there = record if self._inner.exists(records._model, record) else None
                found.append((row, *xmlid.split(".", 1), model, record, noupdate, there))
        return found

    def _update_xmlids(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Give records external ids."""
        for entry in entries:
            record: _Records = entry["record"]
            assign(self._inner.sudo(), record._model, record.id, entry["xml_id"], noupdate=entry["noupdate"])


def _seen(function: Any, *args: Any, **kwargs: Any) -> Any:
    """What `function` returns; a refusal in the form in which the code can catch it."""
    try:
        return function(*args, **kwargs)
    except OdooFault as fault:
        if fault.name.startswith("odoo.exceptions."):
            raise _UserError(fault.message, name=fault.name) from fault
        raise


def _wrapped(error: Exception, text: str) -> OdooFault:
    return builtin("ValueError", f"{error!r} while evaluating\n{text.strip()!r}")
