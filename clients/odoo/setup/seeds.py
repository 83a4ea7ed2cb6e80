"""What views, buttons and menu entries are described with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ViewSeed:
    """A view. In `arch`, %(name)d is the id of our record of that name; `extends` names Odoo's view that it adds to."""

    name: str
    model: str
    arch: str
    extends: str = ""


@dataclass(frozen=True, slots=True)
class ServerActionSeed:
    """A button: Python that Odoo runs on the chosen records, with the user's own rights."""

    name: str
    title: str
    model: str
    code: str


@dataclass(frozen=True, slots=True)
class ActionSeed:
    """A menu entry with its window; `list_view`, `search_view` name ViewSeeds; `empty` is what an empty list says."""

    name: str
    title: str
    model: str
    list_view: str
    search_view: str
    sequence: int
    empty: tuple[str, str]
    domain: str = "[]"
    context: str = "{}"
