"""The bot's connection with something between it and the server: what was called, and answers that get lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clients.odoo.client import Odoo
from clients.odoo.errors import Call
from clients.odoo.guarded import Transport
from domain.errors import OutcomeUnknown
from tests.contract.odoo_desk import Desk


@dataclass
class Wire:
    """Passes calls on and remembers them; the answers of the runs of bundles with these numbers are lost."""

    inner: Transport
    lost: tuple[int, ...] = ()
    calls: list[str] = field(default_factory=list)
    name: str = "wire"

    @property
    def runs(self) -> int:
        """How many bundles were run."""
        return self.calls.count("ir.actions.server.run")

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        self.calls.append(str(call))
        answer = self.inner.call(call, ids, context, named)
        if call.method == "run" and self.runs in self.lost:
            raise OutcomeUnknown("the answer was lost")
        return answer


def wired(desk: Desk, *, lost: tuple[int, ...] = (), key: str = "") -> tuple[Desk, Wire]:
    """Return `desk` with a wire of its own, for another account where `key` names one."""
    old = desk.odoo
    wire = Wire(old._transport, lost)
    odoo = Odoo(wire, version=old.version, database=old.database, uid=old.uid, http=old._http)
    account = replace(desk.account, key=key or desk.account.key)
    return replace(desk, odoo=odoo, account=account), wire
