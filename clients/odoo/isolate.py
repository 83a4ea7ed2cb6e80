"""Many at once, and still one bad record never stops another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from domain.errors import NeedsHuman
from domain.parked import ODOO_REFUSED

Item = TypeVar("Item")
Result = TypeVar("Result")


def isolated(items: Sequence[Item], act: Callable[[Sequence[Item]], Sequence[Result]]) -> list[Result | NeedsHuman]:
    """Return `act`'s result for each of `items`, or the refusal of the one that is to blame for it.

    `act` gets as many items as possible and must be all or nothing. When it raises NeedsHuman the items are halved
    until each culprit stands alone: one culprit among n costs about 2 log2 n calls. Other errors concern all items
    and are raised.
    """
    if not items:
        return []
    try:
        return list(act(items))
    except NeedsHuman as refusal:
        if len(items) == 1:
            return [refusal]
    middle = len(items) // 2
    return [*isolated(items[:middle], act), *isolated(items[middle:], act)]


def load_or_refuse(
    odoo: Odoo,
    model: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    update: bool = False,
    context: Mapping[str, object] | None = None,
) -> tuple[int, ...]:
    """Load `rows`; return the ids of the records.

    Raises OdooRefused with Odoo's first error when nothing was written.
    """
    loaded = odoo.load(model, columns, rows, update=update, context=context)
    if loaded.ids is not None:
        return loaded.ids
    told = next((message for message in loaded.messages if message.kind == "error"), None)
    where = f" (field {told.field})" if told and told.field else ""
    raise OdooRefused(
        ODOO_REFUSED,
        f"{model}: {told.text if told else 'nothing was written'}{where}",
        "Mend in Odoo what the reason names (often an archived or restricted product), then retry.",
    )
