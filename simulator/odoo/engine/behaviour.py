"""What a model does beyond storing fields: defaults, computed values, hooks, and the methods RPC may call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.odoo.engine.env import Env

Compute = Callable[["Env", int], Any]
Lookup = Callable[["Env", Collection[Any]], set[int]]
Method = Callable[..., Any]


class Behaviour:
    """The behaviour of a model that has none of its own; business models override what they need.

    `compute`: readers of computed fields; `on_records`: RPC methods called with ids; `on_model`: those without;
    `lookups`: of computed fields, the records that hold one of some values, so that a search need not try all;
    `reads_first`: it looks at a record before it writes or deletes it, and so fails where that is gone;
    `unique`: groups of fields that identify a record, with the message of 14 and of 19 for a second one.
    """

    compute: Mapping[str, Compute] = {}
    lookups: Mapping[str, Lookup] = {}
    on_records: Mapping[str, Method] = {}
    on_model: Mapping[str, Method] = {}
    reads_first: bool = False
    unique: Sequence[tuple[tuple[str, ...], str, str]] = ()

    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Values of fields that were not given."""
        del env, vals
        return {}

    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """The values to create with, defaults included; may refuse."""
        del env
        return vals

    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """After the row and its x2many commands."""

    def writing(self, env: Env, ids: Sequence[int], vals: dict[str, Any]) -> dict[str, Any]:
        """The values to write; may refuse."""
        del env, ids
        return vals

    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """After the rows and their x2many commands."""

    def unlinking(self, env: Env, ids: Sequence[int]) -> None:
        """Before deletion; may refuse, or delete what goes along."""

    def display_name(self, env: Env, record: int) -> Any:
        """What the record is called in many2one values."""
        return env.plain_name(record)


PLAIN = Behaviour()
