"""The Odoo of one database: one small interface over two protocols, chosen by asking the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

import httpx

from clients.odoo.claims import Claims
from clients.odoo.connecting import Connection, choose
from clients.odoo.errors import Call, OdooBug, cut, from_form, is_serialization
from clients.odoo.guarded import Guard, Guarded, Transport
from domain.errors import Conflict

Answer = TypeVar("Answer")

__all__ = ["Connection", "FieldInfo", "LoadMessage", "Loaded", "Odoo", "Transport", "connect"]

# Tried on 14.0 and 19.0: an existing record is left alone with the first, written with the second;
# both leave its external id `noupdate`. Without tz, datetime cells would be read in the user's zone.
_CREATE_IF_ABSENT: Final = {"mode": "update", "noupdate": True, "tz": "UTC"}
_CREATE_OR_UPDATE: Final = {"mode": "init", "noupdate": True, "tz": "UTC"}
_ASKED_OF_FIELDS: Final = ["type", "relation", "required", "readonly", "selection"]


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field as fields_get tells: `relation` is '' and `selection` empty where the type has none."""

    type: str
    relation: str
    required: bool
    readonly: bool
    selection: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LoadMessage:
    """One message of load(): `kind` error|warning, `record` the index of the record in the rows (None: unknown)."""

    kind: str
    text: str
    record: int | None
    field: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What load() did: database ids in the order of the records, or None when nothing was written."""

    ids: tuple[int, ...] | None
    messages: tuple[LoadMessage, ...]


class Odoo:
    """A connected database. Thread-safe. It neither retries nor sleeps.

    Every method raises Unavailable, OutcomeUnknown, Conflict, DatabaseBroken, OdooRefused (a NeedsHuman), or
    OdooBug for a call that is wrong in itself.
    """

    def __init__(
        self, transport: Transport, *, version: tuple[int, int], database: str, uid: int, http: httpx.Client
    ) -> None:
        self.version = version
        self.protocol = transport.name
        self.database = database
        self.uid = uid
        self._transport = transport
        self._http = http
        self._lock = Lock()
        self._remembered: dict[tuple[str, str], Any] = {}
        self.claims = Claims()

    def call(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> Any:
        """Call a public method with the server's own parameter names; `ids` for methods of records."""
        return self._transport.call(Call(model, method), ids, context, named)

    def search_read(
        self,
        model: str,
        domain: Sequence[Any],
        fields: Sequence[str],
        *,
        limit: int = 0,
        order: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Records of `model` in `domain` (limit 0: all). An empty many2one is False, a filled one [id, name]."""
        named: dict[str, Any] = {"domain": list(domain), "fields": list(fields)}
        if limit:
            named["limit"] = limit
        if order:
            named["order"] = order
        answer = self.call(model, "search_read", context=context, **named)
        wanted = {"id", *fields}
        if not isinstance(answer, list) or not all(isinstance(row, dict) and wanted <= row.keys() for row in answer):
            raise from_form(Call(model, "search_read"))
        found: list[dict[str, Any]] = answer
        return found

    def load(
        self,
        model: str,
        fields: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        update: bool = False,
        context: Mapping[str, Any] | None = None,
    ) -> Loaded:
        """Import `rows` in one transaction, keyed by the external id in column 'id': all of them, or none.

        An existing record is left as it is, or written with `update`. Raises Conflict when a concurrent
        transaction won; any other error message comes back in `Loaded`, with nothing written.
        """
        if not rows:
            return Loaded((), ())
        whole = {**(context or {}), **(_CREATE_OR_UPDATE if update else _CREATE_IF_ABSENT)}
        data = [list(row) for row in rows]
        answer = self.call(model, "load", context=whole, fields=list(fields), data=data)
        loaded = _loaded(Call(model, "load"), answer, len(rows))
        if any(message.kind == "error" and is_serialization(message.text) for message in loaded.messages):
            raise Conflict(f"{model}.load: another transaction was quicker")
        return loaded

    def fields(self, model: str) -> Mapping[str, FieldInfo]:
        """The fields of `model` this user may see, asked once. Names that differ between versions are found here."""

        def ask() -> Mapping[str, FieldInfo]:
            told = self.call(model, "fields_get", attributes=_ASKED_OF_FIELDS)
            try:
                return MappingProxyType({name: _field_info(info) for name, info in told.items()})
            except (AttributeError, KeyError, TypeError, ValueError):
                raise from_form(Call(model, "fields_get")) from None

        return self.once("fields", model, ask)

    def first_field(self, model: str, *names: str) -> str:
        """The first of `names` that `model` has here. Raises OdooBug when it has none: a version we do not know."""
        known = self.fields(model)
        for name in names:
            if name in known:
                return name
        raise OdooBug("builtins.KeyError", f"{model} has none of the fields {', '.join(names)}")

    def ref(self, xmlid: str) -> int | None:
        """The id of the record with external id 'module.name', archived or not; None when absent or not ours to see.

        Raises OdooRefused when this user may not read that model at all.
        """
        module, _, name = xmlid.partition(".")
        archived_too = {"active_test": False}
        asked: dict[str, Any] = {"module": module, "xml_id": name}
        try:
            found = self.call("ir.model.data", "check_object_reference", context=archived_too, **asked)
        except OdooBug as absent:
            if absent.name == "builtins.ValueError":
                return None
            raise
        if not isinstance(found, list) or len(found) != len(("model", "id")) or not isinstance(found[1], int):
            raise from_form(Call("ir.model.data", "check_object_reference"))
        return found[1] or None

    def once(self, kind: str, name: str, ask: Callable[[], Answer]) -> Answer:
        """What `ask` answers, kept for the life of the connection; two threads at once may both ask."""
        with self._lock:
            if (kind, name) in self._remembered:
                known: Answer = self._remembered[kind, name]
                return known
        answer = ask()
        with self._lock:
            return cast("Answer", self._remembered.setdefault((kind, name), answer))

    def learn(self, kind: str, name: str, answer: object) -> None:
        """From now on `once` returns `answer` for it."""
        with self._lock:
            self._remembered[kind, name] = answer

    def forget(self) -> None:
        """Drop what is remembered of the database, after setup changed it."""
        with self._lock:
            self._remembered.clear()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def connect(connection: Connection, guard: Guard | None = None) -> Odoo:
    """Ask the server its version, choose the protocol, log in; later calls ask `guard` first, if there is one.

    Raises Unavailable when the server does not answer, DatabaseBroken when it refuses database, login or key.
    """
    choice = choose(connection)
    transport = choice.transport if guard is None else Guarded(choice.transport, guard)
    return Odoo(transport, version=choice.version, database=connection.database, uid=choice.uid, http=choice.http)


def _field_info(info: Mapping[str, Any]) -> FieldInfo:
    return FieldInfo(
        type=info["type"],
        relation=info.get("relation") or "",
        required=bool(info.get("required")),
        readonly=bool(info.get("readonly")),
        selection=tuple((str(value), str(label)) for value, label in info.get("selection") or ()),
    )


def _loaded(call: Call, answer: Any, most: int) -> Loaded:
    """What `load` answered, of `most` records. Raises OutcomeUnknown for another form: it may have written."""
    ids = answer.get("ids") if isinstance(answer, dict) else None
    messages = answer.get("messages") if isinstance(answer, dict) else None
    if not isinstance(messages, list) or not all(isinstance(told, dict) for told in messages):
        raise from_form(call)
    if ids and not (isinstance(ids, list) and len(ids) <= most and all(isinstance(one, int) for one in ids)):
        raise from_form(call)
    return Loaded(tuple(ids) if ids else None, tuple(_message(told) for told in messages))


def _message(told: Mapping[str, Any]) -> LoadMessage:
    record = told.get("record")
    return LoadMessage(
        kind=str(told.get("type", "error")),
        text=cut(str(told.get("message", ""))),
        record=record if isinstance(record, int) else None,
        field=str(told.get("field") or ""),
    )
