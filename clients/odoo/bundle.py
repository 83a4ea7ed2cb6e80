"""Several calls in one transaction, by a server action of `odoo setup`; without the action there is no bundle.

Each call by itself costs Odoo a check of the key, a transaction and a cold cache. A bundle is all or nothing: what
Odoo refuses in it has written nothing, and its calls can be made one by one, where the culprit is found.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.errors import Call, OdooBug, OdooRefused, from_form

TITLE: Final = "Amazon: calls in one transaction"
# Odoo tells a user which actions there are for a model to those who may run them. No view shows this model.
HOME: Final = "x_amazon_cursor"
CALLS: Final = "amazon_calls"
CONTEXTS: Final = "amazon_contexts"
REF: Final = "$xid"

Values = Mapping[str, Any]
Context = Mapping[str, object]
# The id of a record, or what ref() returns.
Id = int | Mapping[str, str]

_LOG: Final = logging.getLogger(__name__)
_BROKEN: Final = "Odoo fails to run its action %r (%s): orders come in call by call. Run `odoo setup`."
_RUN: Final = Call("ir.actions.server", "run")
# A create within an import reads external ids of lines from their values.
_IMPORT: Final[Context] = {"_import_current_module": "__amazon_sync__", "noupdate": True, "tz": "UTC"}


class _AbsentError(Exception):
    """The database has no such action, or not for this user."""


def ref(xid: str) -> dict[str, str]:
    """Return what stands for the id of a record that an earlier call of the bundle ensures."""
    return {REF: xid}


def find_action(odoo: Odoo) -> int | None:
    """Return the id of the action that runs bundles; None when setup has not made it, or not for this user.

    Asked anew until it is there: setup may be run while the fleet works.
    """

    def ask() -> int:
        told = odoo.call("ir.actions.actions", "get_bindings", model_name=HOME)
        found = told.get("action", []) if isinstance(told, dict) else []
        ids = [one["id"] for one in found if one.get("name") == TITLE]
        if not ids:
            raise _AbsentError
        return int(ids[0])

    try:
        return odoo.once("bundle", TITLE, ask) or None
    except _AbsentError:
        return None


class Answers:
    """What the calls of a bundle answered, by the numbers they were added under.

    A call whose answer was not the expected one is the last that was made. What was done until then stays.
    """

    def __init__(self, answers: Sequence[Any], wanted: int) -> None:
        self._answers = answers
        self.is_whole = len(answers) == wanted

    def __getitem__(self, number: int) -> Any:
        """The answer of a call. Raises IndexError for one that was not made any more."""
        return self._answers[number]

    def __contains__(self, number: int) -> bool:
        return number < len(self._answers)


class Bundle:
    """Calls to be made in one transaction, in the order in which they were added. Each addition returns its number."""

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._contexts: dict[str, Context] = {}

    def ensure(self, model: str, rows: Mapping[str, Values], *, context: Context, fresh: bool = False) -> int:
        """Create those of `rows` (values by external id) that are absent; the answer: ids in their order.

        `fresh`: all are to be absent, else the bundle is refused. A race for an external id ends as with load(): the
        database lets one win, and Odoo runs the other bundle anew.
        """
        given = [[xid, values] for xid, values in rows.items()]
        return self._add(model, "ensure", {**context, **_IMPORT}, rows=given, fresh=fresh)

    def search_read(
        self,
        model: str,
        domain: Sequence[Any],
        fields: Sequence[str],
        *,
        order: str = "id",
        names: bool = False,
        expected: Sequence[Values] | None = None,
    ) -> int:
        """Read records; a filled many2one is its id, or with `names`, which cost Odoo much, [id, name].

        `expected`: the values of the rows, without which no further call is made.
        """
        more = {} if expected is None else {"expected": list(expected)}
        given = {"domain": list(domain), "fields": list(fields), "order": order, "names": names}
        return self._add(model, "search_read", {}, **given, **more)

    def write(self, model: str, ids: Sequence[Id], vals: Values, *, context: Context) -> int:
        """Write on records."""
        return self._add(model, "write", context, ids=list(ids), vals=dict(vals))

    def write_each(self, model: str, rows: Mapping[int, Values], *, context: Context) -> int:
        """Write on each record its own values, by id: what Odoo needs to know of them it reads at once for all."""
        return self._add(model, "write_each", context, rows=[[one, dict(values)] for one, values in rows.items()])

    def try_write(self, model: str, where: Sequence[Any], vals: Values, *, context: Context) -> int:
        """Write on the records in the domain `where`; the answer is None when Odoo refuses: then it is as before."""
        return self._add(model, "write", context, domain=list(where), vals=dict(vals), lenient=True)

    def act(self, model: str, method: str, ids: Sequence[Id], *, context: Context) -> int:
        """Call `method` of records."""
        return self._add(model, method, context, ids=list(ids))

    def run(self, odoo: Odoo, action: int) -> Answers | None:
        """Make the calls by the action that find_action() found. None: it was refused, and nothing was written.

        Raises Unavailable, OutcomeUnknown, Conflict or DatabaseBroken. After an answer that is none, which somebody may
        have written into the action, find_action() finds it no more.
        """
        context = {CALLS: self._calls, CONTEXTS: self._contexts}
        try:
            told = odoo.call(_RUN.model, _RUN.method, ids=[action], context=context)
        except OdooRefused:
            return None
        except OdooBug as bug:
            _LOG.warning(_BROKEN, TITLE, bug.name)
            return None
        answers = told.get("answers") if isinstance(told, dict) else None
        if not isinstance(answers, list) or len(answers) > len(self._calls):
            _LOG.warning(_BROKEN, TITLE, "its answer is none")
            odoo.learn("bundle", TITLE, 0)
            raise from_form(_RUN)
        return Answers(answers, len(self._calls))

    def _add(self, model: str, method: str, context: Context, **given: Any) -> int:
        name = next((name for name, known in self._contexts.items() if known == context), str(len(self._contexts)))
        self._contexts[name] = context
        self._calls.append({"model": model, "method": method, "context": name, **given})
        return len(self._calls) - 1
