"""Cells of an import become values: text in, what create() takes out, or a message that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from simulator.odoo.engine.schema import Field
from simulator.odoo.engine.values import selection_of
from simulator.odoo.engine.xmlids import full, lookup

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

_TRUE: Final = {"1", "true", "yes"}
_FALSE: Final = {"", "0", "false", "no"}
_FULL: Final = "%Y-%m-%d %H:%M:%S"


class CellError(Exception):
    """A cell that cannot be a value of its field; `more` is the message's moreinfo."""

    def __init__(self, message: str, more: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.more = more


class Converter:
    """Turns the cells of one record into values; warnings gather in `warnings` as (field, message, moreinfo)."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self.warnings: list[tuple[str, str, Any]] = []

    def value(self, model: str, field: Field, cell: Any, label: str = "") -> Any:  # noqa: PLR0911  # one line per type of field
        """What create() or write() takes. Raises CellError."""
        label = label or field.label
        if field.type == "one2many":
            return [self._line(field, raw, label) for raw in cell or ()]
        if field.type == "many2one":
            return self._many2one(field, cell, label)
        if field.type == "many2many":
            return self._many2many(field, cell, label)
        if field.type == "boolean":
            return self._boolean(field, cell, label)
        if cell == "" or cell is None or cell is False:
            return False
        if field.type in {"integer", "float", "monetary", "many2one_reference"}:
            return _number(field, cell, label)
        if field.type == "selection":
            return self._selection(model, field, str(cell), label)
        if field.type in {"datetime", "date"}:
            return self._moment(field, str(cell), label)
        return str(cell)

    def record(self, model: str, values: Mapping[str, Any], label: str = "") -> dict[str, Any]:
        """The values of one nested record, without its ids."""
        known = self._env.model(model).fields
        prefix = f"{label}/" if label else ""
        return {
            name: self.value(model, known[name], cell, f"{prefix}{known[name].label}")
            for name, cell in values.items()
            if name not in {"id", ".id"}
        }

    def _line(self, field: Field, raw: Mapping[str, Any], label: str) -> list[Any]:
        vals = self.record(field.relation, raw, label)
        xmlid = str(raw.get("id") or "")
        found = lookup(self._env, full(self._env, xmlid)) if xmlid else None
        if found and self._env.exists(field.relation, found[2]):
            return [1, found[2], vals]
        return [0, 0, {**vals, "id": xmlid} if xmlid else vals]

    def _boolean(self, field: Field, cell: Any, label: str) -> bool:
        word = "" if cell is None else cell.lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        text, more = f"Unknown value '{cell}' for boolean field '{label}'", "Use '1' for yes and '0' for no"
        if self._env.series >= 19:
            raise CellError(text, more)
        self.warnings.append((field.name, f"{text}, assuming 'yes'", more))
        return True

    def _selection(self, model: str, field: Field, cell: str, label: str) -> str:
        choices = selection_of(self._env, model, field)
        for key, text in choices:
            if cell in {key, text}:
                return key
        raise CellError(f"Value '{cell}' not found in selection field '{label}'", [text for _key, text in choices])

    def _moment(self, field: Field, cell: str, label: str) -> str:
        if field.type == "date":
            try:
                return datetime.strptime(cell, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                text = f"'{cell}' does not seem to be a valid date for field '{label}'"
                raise CellError(text, "Use the format '2012-12-31'") from None
        try:
            local = datetime.strptime(cell, _FULL)  # noqa: DTZ007  # the zone comes from the context, below
        except ValueError:
            text = f"'{cell}' does not seem to be a valid datetime for field '{label}'"
            raise CellError(text, "Use the format '2012-12-31 23:59:59'") from None
        zone = self._env.context.get("tz") or self._env.sudo().get("res.users", self._env.uid, "tz") or "UTC"
        return local.replace(tzinfo=ZoneInfo(str(zone))).astimezone(UTC).strftime(_FULL)

    def _many2one(self, field: Field, cell: Any, label: str) -> int | bool:
        kind, text = _reference(cell)
        return self._find(field, kind, text, label) if text else False

    def _many2many(self, field: Field, cell: Any, label: str) -> list[list[Any]]:
        kind, text = _reference(cell)
        wanted = [part.strip() for part in text.split(",") if part.strip()]
        return [[6, 0, [self._find(field, kind, part, label) for part in wanted]]]

    def _find(self, field: Field, kind: str, text: str, label: str) -> int:
        env = self._env.sudo()
        if kind == ".id":
            if not text.isdecimal():
                raise CellError(f"Invalid database id '{text}' for the field '{label}'", self._possible(field, kind))
            if env.exists(field.relation, int(text)):
                return int(text)
            raise self._no_match("database id", text, field, kind, label)
        if kind == "id":
            found = lookup(env, full(env, text))
            if found and found[1] != field.relation:
                told = f"expected model '{field.relation}', found '{found[1]}'"
                raise CellError(f"Invalid external ID {full(env, text)}: {told}")
            if found and env.exists(field.relation, found[2]):
                return found[2]
            raise self._no_match("external id", text, field, kind, label)
        named = [one for one in env.active(field.relation, env.find(field.relation)) if self._called(field, one, text)]
        if not named:
            raise self._no_match("name", text, field, kind, label)
        if len(named) > 1:
            several = f"Found multiple matches for value '{text}' in field '{label}' ({len(named)} matches)"
            self.warnings.append((field.name, several, None))
        return named[0]

    def _called(self, field: Field, record: int, text: str) -> bool:
        env = self._env.sudo()
        name = env.model(field.relation).rec_name
        return text == env.name_of(field.relation, record) or bool(
            name and text == env.get(field.relation, record, name)
        )

    def _no_match(self, what: str, text: str, field: Field, kind: str, label: str) -> CellError:
        message = f"No matching record found for {what} '{text}' in field '{label}'"
        return CellError(message, self._possible(field, kind))

    def _possible(self, field: Field, kind: str) -> dict[str, Any]:
        action: dict[str, Any] = {
            "name": "Possible Values",
            "type": "ir.actions.act_window",
            "target": "new",
            "view_mode": self._env.named("tree,form", "list,form"),
            "views": [[False, "list"], [False, "form"]],
            "context": {"create": False},
            "help": "See all possible values",
        }
        if kind == "name":
            return {**action, "res_model": field.relation}
        return {**action, "res_model": "ir.model.data", "domain": [["model", "=", field.relation]]}


def _reference(cell: Any) -> tuple[str, str]:
    """How a relational cell names its record: ("id" | ".id" | "name", text)."""
    if isinstance(cell, Mapping):
        kind = "id" if "id" in cell else ".id"
        return kind, str(cell.get(kind) or "").strip()
    return "name", str(cell or "").strip()


def _number(field: Field, cell: Any, label: str) -> float | int:
    try:
        return int(cell) if field.type in {"integer", "many2one_reference"} else float(cell)
    except (TypeError, ValueError):
        kind = "an integer" if field.type == "integer" else "a number"
        raise CellError(f"'{cell}' does not seem to be {kind} for field '{label}'") from None
