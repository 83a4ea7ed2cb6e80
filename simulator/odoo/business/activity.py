"""Activities: what somebody is to do about a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from simulator.odoo.engine.access import check
from simulator.odoo.engine.behaviour import Behaviour, Method
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import OdooFault, user_error


def action_feedback(env: Env, model: str, ids: Sequence[int], feedback: str = "") -> int:
    """Done: 14 deletes the activity, 19 archives it; a message stays on the record."""
    message = 0
    for one in ids:
        row = env.row(model, one)
        about = {"model": env.get(model, one, "res_model"), "res_id": row["res_id"], "body": feedback}
        (message,) = env.sudo().create("mail.message", {**about, "date": env.now(), "message_type": "notification"})
    if env.series < 19:
        env.unlink(model, ids)
    else:
        env.write(model, ids, {"active": False})
    return message


class Activity(Behaviour):
    """mail.activity."""

    on_records: Mapping[str, Method] = {"action_feedback": action_feedback}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Due today; 14 gives it to who made it, 19 to nobody."""
        mine = {"user_id": env.uid} if env.series < 19 else {"active": True}
        return {"date_deadline": env.now()[:10], **mine}

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """14 looks whether the assigned user may see the record."""
        row = env.row("mail.activity", record)
        user = row.get("user_id")
        if env.series >= 19 or not user or user == env.uid:
            return
        try:
            check(Env(env.store, env.behaviours, user), str(env.get("mail.activity", record, "res_model")), "read")
        except OdooFault:
            name = env.name_of("res.users", user)
            text = f"Assigned user {name} has no access to the document and is not able to handle this activity."
            raise user_error(text) from None
