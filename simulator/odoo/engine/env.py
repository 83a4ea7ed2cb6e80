"""One call's view of the database: who calls, in which context, and every way to reach a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from simulator.odoo.engine import access
from simulator.odoo.engine.behaviour import PLAIN, Behaviour
from simulator.odoo.engine.errors import OdooFault, builtin, missing_error, user_error
from simulator.odoo.engine.schema import Field, Model
from simulator.odoo.engine.store import Row, Store

SUPERUSER = 1


class Env:
    """A user in a context, for the length of one call. `su`: rights are not asked for, as in the server's own code."""

    def __init__(
        self,
        store: Store,
        behaviours: Mapping[str, Behaviour],
        uid: int,
        context: Mapping[str, Any] | None = None,
        *,
        su: bool = False,
    ) -> None:
        self.store = store
        self.behaviours = behaviours
        self.uid = uid
        self.context = dict(context or {})
        self.su = su or uid == SUPERUSER
        self.series = store.series

    def sudo(self) -> Env:
        """The same call without asking for rights."""
        return self if self.su else Env(self.store, self.behaviours, self.uid, self.context, su=True)

    def with_context(self, **more: Any) -> Env:
        """The same call with more context."""
        return Env(self.store, self.behaviours, self.uid, {**self.context, **more}, su=self.su)

    def now(self) -> str:
        """The server's clock as Odoo stores it: UTC, seconds."""
        return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def named(self, name14: str, name19: str) -> str:
        """The name of something that changed between the series."""
        return name14 if self.series < 19 else name19

    # --- schema -----------------------------------------------------------------------------------------------

    def model(self, name: str) -> Model:
        """The model, or the refusal of one that does not exist."""
        found = self.store.schema.get(name)
        if found is None:
            raise user_error(f"Object {name} doesn't exist")
        return found

    def field(self, model: str, name: str) -> Field:
        """The field of a model this code knows to be there."""
        return self.model(model).fields[name]

    def behaviour(self, model: str) -> Behaviour:
        """What the model does of its own."""
        return self.behaviours.get(model, PLAIN)

    def may(self, model: str, operation: str) -> None:
        """Refuse unless the user may read, write, create or unlink records of `model`."""
        if not self.su:
            access.check(self, model, operation)

    # --- values -----------------------------------------------------------------------------------------------

    def row(self, model: str, record: int) -> Row:
        """The stored row. Raises Odoo's MissingError when it is gone."""
        row = self.store.table(model).get(record)
        if row is None:
            raise missing_error(model, [record], self.uid)
        return row

    def exists(self, model: str, record: int) -> bool:
        """Whether the record is there."""
        return record in self.store.table(model)

    def get(self, model: str, record: int, name: str) -> Any:
        """The raw value of any field, "a.b.c" through many2one fields: ids, not names; () for an empty x2many."""
        head, _, rest = name.partition(".")
        value = self._value(model, record, self.model(model).fields[head])
        if not rest:
            return value
        return self.get(self.field(model, head).relation, value, rest) if value else False

    def _value(self, model: str, record: int, field: Field) -> Any:
        compute = self.behaviour(model).compute.get(field.name) or field.reader
        if compute is not None:
            return compute(self.sudo(), record)
        if field.name == "display_name":
            return self.name_of(model, record)
        if field.via:
            return self.get(self.field(model, field.via).relation, self.row(model, record)[field.via], field.name)
        if field.related:
            value = self.get(model, record, field.related)
            return field.empty if value is False else value
        if field.type == "one2many":
            return self.children(field, record)
        value = self.row(model, record).get(field.name)
        return field.empty if value is None else value

    def children(self, field: Field, record: int, *, archived: bool = False) -> tuple[int, ...]:
        """The records of a one2many, in the order they were made."""
        if not field.inverse:
            return ()
        found = sorted(self.store.find(field.relation, field.inverse, record))
        rows = self.store.table(field.relation)
        return tuple(one for one in found if archived or rows[one].get("active", True))

    def name_of(self, model: str, record: int) -> str:
        """The record's display name."""
        env = self.sudo().with_context(_naming=model)
        return str(env.behaviour(model).display_name(env, record) or "")

    def plain_name(self, record: int) -> Any:
        """The value of the field a record is called by, or "model,id"."""
        model = str(self.context["_naming"])
        name = self.model(model).rec_name
        return self.get(model, record, name) if name else f"{model},{record}"

    # --- looking up -------------------------------------------------------------------------------------------

    def find(self, model: str, /, **wanted: Any) -> tuple[int, ...]:
        """Ids, ascending, of the records (archived too) with these stored values."""
        sets = [set(self.store.find(model, name, value)) for name, value in wanted.items()]
        return tuple(sorted(set.intersection(*sets))) if sets else tuple(sorted(self.store.table(model)))

    def active(self, model: str, ids: Iterable[int]) -> tuple[int, ...]:
        """Those of `ids` that are not archived."""
        table = self.store.table(model)
        return tuple(one for one in ids if table[one].get("active", True))

    def ref(self, xmlid: str) -> int:
        """The id behind 'module.name', 0 when there is none."""
        module, _, name = xmlid.partition(".")
        found = self.find("ir.model.data", module=module, name=name)
        return int(self.row("ir.model.data", found[0])["res_id"]) if found else 0

    def xmlids(self, model: str, record: int) -> list[str]:
        """Every external id of a record, the oldest first."""
        rows = self.store.table("ir.model.data")
        found = self.find("ir.model.data", model=model, res_id=record)
        return [f"{rows[one]['module']}.{rows[one]['name']}" for one in found]

    @property
    def company(self) -> int:
        """The company the user works in."""
        return int(self.get("res.users", self.uid, "company_id") or 1)

    # --- changing (see crud) ----------------------------------------------------------------------------------

    def create(self, model: str, *vals_list: Mapping[str, Any]) -> list[int]:
        """Create records; returns their ids."""
        from simulator.odoo.engine import crud  # noqa: PLC0415  # crud needs Env

        return crud.create(self, model, vals_list)

    def write(self, model: str, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """Write the same values on records."""
        from simulator.odoo.engine import crud  # noqa: PLC0415  # crud needs Env

        crud.write(self, model, ids, vals)

    def unlink(self, model: str, ids: Sequence[int]) -> None:
        """Delete records."""
        from simulator.odoo.engine import crud  # noqa: PLC0415  # crud needs Env

        crud.unlink(self, model, ids)

    def put(self, model: str, record: int, /, **values: Any) -> None:
        """Set stored values without hooks: what the server computes and stores itself."""
        self.store.update(model, record, values)

    def invalid_field(self, model: str, name: str, *, creating: bool = False) -> OdooFault:
        """The refusal of a field name the model does not have."""
        old = f"Invalid field '{name}' on model '{model}'"
        new = f"Invalid field '{name}' {'in' if creating else 'on'} '{model}'"
        return builtin("ValueError", self.named(old, new))
