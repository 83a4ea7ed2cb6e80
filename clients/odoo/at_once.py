"""New sale orders into Odoo by two bundles: up to the confirmation, then what Amazon has shipped, and the marks.

Offers that are new come in before, by a short bundle of their own (`clients/odoo/offers.py`).

Whatever is not as usual (a refusal, a total that is not Amazon's, a question of Odoo's) is left to the calls one by one
in `clients/odoo/orders.py`, which find out what is there already. Only orders that nobody has begun come in this way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from clients.odoo.bundle import Answers, Bundle, Id, ref
from clients.odoo.client import Odoo
from clients.odoo.deliveries import NO_QUESTIONS, OPEN, lacking, move_fields, plain, tracked
from clients.odoo.offers import ensure_offers
from clients.odoo.order_work import CONFIRMED, DRAFT, QUIET, Work, alive, step
from clients.odoo.partners import as_comment, note_refused, refused_note
from clients.odoo.positions import is_computed
from clients.odoo.replacements import link_replacements, unlinked
from clients.odoo.rows import Names, moment
from clients.odoo.values import order_values, partner_values, placed
from domain.odoo import CreateOrder
from domain.order import Channel

PICKING_FIELDS = ("sale_id", "x_amazon_account")

Rows = Sequence[Mapping[str, Any]]
# Numbers of the calls that read open deliveries, and open moves.
_Reads = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Opened:
    """Orders that were confirmed, their open deliveries, and the open moves of what Amazon has shipped.

    In rows a many2one is an id.
    """

    works: Sequence[Work]
    pickings: Rows
    moves: Rows


def land(odoo: Odoo, action: int, works: Sequence[Work], names: Names) -> list[Opened]:
    """Bring in those of `works` that nobody has begun; confirm them where all totals are Amazon's.

    Those that are in Odoo afterwards have an id and a state. Returns those that are confirmed. A company has a bundle
    of its own: what one may see of a product's taxes is no matter of the other's.
    """
    if not is_computed(odoo):
        return []
    fresh = [work for work in alive(works) if work.order.existing is None and not work.order.pairings]
    opened = []
    for company in sorted({work.order.facts.company for work in fresh}):
        some = [work for work in fresh if work.order.facts.company == company]
        if ensure_offers(odoo, action, [work.order for work in some], context=QUIET):
            opened += _in_turn(odoo, action, some, names)
    return opened


def _in_turn(odoo: Odoo, action: int, works: Sequence[Work], names: Names) -> list[Opened]:
    """Bring in first the orders whose partners no other batch is creating, then the rest."""
    opened, left = [], list(works)
    while left:
        partners = [(work.order.contact.xid, work.order.address.xid) for work in left]
        with odoo.claims.on(partners) as free:
            mine = [left[place] for place in free]
            opened += _land(odoo, action, mine, names)
        odoo.claims.know([xid for place in free for xid in partners[place] if left[place].odoo_id])
        left = [work for place, work in enumerate(left) if place not in free]
    return opened


def _land(odoo: Odoo, action: int, works: Sequence[Work], names: Names) -> list[Opened]:
    orders = [work.order for work in works]
    bundle = Bundle()
    contacts, tries = _add_partners(odoo, bundle, orders)
    values = {order.xid: order_values(odoo, order, names) for order in orders}
    made = bundle.ensure("sale.order", values, context=QUIET, fresh=True)
    waiting = bundle.search_read("sale.order", unlinked(orders), ["x_amazon_replaces"])
    _add_totals(bundle, orders)
    reads = _add_confirmation(odoo, bundle, [(ref(order.xid), order) for order in orders])
    answers = bundle.run(odoo, action)
    if answers is None or made not in answers:
        return []
    for work, odoo_id in zip(works, answers[made], strict=True):
        work.odoo_id, work.state, work.is_agreed = odoo_id, DRAFT[0], answers.is_whole
    if answers[waiting]:
        step(works, lambda some: link(odoo, some))
    _note_refused(odoo, works, answers[contacts], {xid for xid, number in tries.items() if answers[number] is None})
    return [_opened(works, answers, reads)] if answers.is_whole else []


def link(odoo: Odoo, works: Sequence[Work]) -> None:
    """Link replacements and exchanges among `works`, or to one of them."""
    if works:
        link_replacements(odoo, [work.order for work in works], context=QUIET)


def _note_refused(odoo: Odoo, works: Sequence[Work], contacts: Sequence[int], refused: AbstractSet[str]) -> None:
    """Keep tax numbers that Odoo refused as notes; `contacts`: ids in the order of their external ids in `works`."""
    ids = dict(zip(dict.fromkeys(work.order.contact.xid for work in works), contacts, strict=True))
    numbers = {work.order.contact.xid: work.order.contact.vat for work in works}

    def note(some: Sequence[Work]) -> None:
        xids = {work.order.contact.xid for work in some}
        note_refused(odoo, {ids[xid]: numbers[xid] for xid in xids})

    step([work for work in works if work.order.contact.xid in refused], note)


def confirm(odoo: Odoo, action: int, works: Sequence[Work]) -> list[Opened]:
    """Confirm quotations whose totals are right. Returns those that are confirmed: all, or none."""
    if not works:
        return []
    bundle = Bundle()
    reads = _add_confirmation(odoo, bundle, [(work.odoo_id, work.order) for work in works])
    answers = bundle.run(odoo, action)
    return [] if answers is None else [_opened(works, answers, reads)]


def finish(odoo: Odoo, action: int, opened: Opened) -> None:
    """Mark deliveries as Amazon's, deliver what Amazon has shipped, and mark the orders as finished.

    All of it or, where Odoo asks or refuses something, what is left to the calls one by one.
    """
    lots = tracked(opened.moves)
    sale_of = {picking["id"]: picking["sale_id"] for picking in opened.pickings}
    by_hand = {sale_of[picking] for picking in lots}
    works = {work.odoo_id: work for work in alive(opened.works) if work.odoo_id not in by_hand}
    if not works:
        return
    bundle = Bundle()
    mine = [picking for picking in opened.pickings if sale_of[picking["id"]] in works]
    for values, ids in _marks(mine, works):
        bundle.write("stock.picking", ids, values, context=QUIET)
    _add_deliveries(odoo, bundle, opened, [picking for picking, sale in sale_of.items() if sale in works])
    marks = {odoo_id: _mark(work.order) for odoo_id, work in works.items()}
    bundle.write_each("sale.order", marks, context=QUIET)
    answers = bundle.run(odoo, action)
    for work in works.values():
        work.is_finished = answers is not None and answers.is_whole


def _add_partners(odoo: Odoo, bundle: Bundle, orders: Sequence[CreateOrder]) -> tuple[int, dict[str, int]]:
    """Contacts, their tax numbers, addresses; nothing more when an address has lost its contact on the way.

    Returns the number of the contacts' call, and of each number's, by the contact's external id.
    """
    contacts = {order.contact.xid: order.contact for order in orders}
    addresses = {order.address.xid: order.address for order in orders}
    rows = {xid: partner_values(one, as_comment(odoo, one.notes)) for xid, one in contacts.items()}
    made = bundle.ensure("res.partner", rows, context=QUIET)
    tries = {xid: _add_number(odoo, bundle, xid, one.vat) for xid, one in contacts.items() if one.vat}
    rows = {xid: partner_values(one, as_comment(odoo, one.notes)) for xid, one in addresses.items()}
    bundle.ensure("res.partner", rows, context=QUIET)
    loose = [["id", "in", [ref(xid) for xid in addresses]], ["parent_id", "=", False]]
    bundle.search_read("res.partner", loose, ["type"], expected=[])
    return made, tries


def _add_number(odoo: Odoo, bundle: Bundle, xid: str, number: str) -> int:
    """Give a contact its tax number, unless it has one or this one was refused before."""
    noted = as_comment(odoo, [refused_note(number)])
    where = [["id", "=", ref(xid)], ["vat", "=", False], ["comment", "not ilike", noted]]
    return bundle.try_write("res.partner", where, {"vat": number}, context=QUIET)


def _add_totals(bundle: Bundle, orders: Sequence[CreateOrder]) -> None:
    """Nothing more unless all totals, and the lines of orders with discounts, are what the buyers paid."""
    totals = [
        {"id": ref(order.xid), "amount_total": float(order.total), "currency_id": order.currency} for order in orders
    ]
    fields = ["amount_total", "currency_id"]
    bundle.search_read("sale.order", [["id", "in", [one["id"] for one in totals]]], fields, names=True, expected=totals)
    reduced = [order for order in orders if any(line.gross < 0 for line in order.lines)]
    if reduced:
        where = [["order_id", "in", [ref(order.xid) for order in reduced]]]
        lines = [{"price_total": float(line.gross)} for order in reduced for _, line in placed(order)]
        bundle.search_read("sale.order.line", where, ["price_total"], expected=lines)


def _add_confirmation(odoo: Odoo, bundle: Bundle, orders: Sequence[tuple[Id, CreateOrder]]) -> _Reads:
    """Confirm the orders whose account wants it, and read what is to be delivered."""
    ids = [odoo_id for odoo_id, order in orders if order.account.policy.confirm]
    bundle.act("sale.order", "action_confirm", ids, context=QUIET)
    pickings = bundle.search_read("stock.picking", [["sale_id", "in", ids], OPEN], PICKING_FIELDS)
    shipped = [odoo_id for odoo_id, order in orders if odoo_id in ids and _is_delivered(order)]
    moves = bundle.search_read("stock.move", [["picking_id.sale_id", "in", shipped], OPEN], move_fields(odoo))
    return pickings, moves


def _opened(works: Sequence[Work], answers: Answers, reads: _Reads) -> Opened:
    confirmed = [work for work in works if work.order.account.policy.confirm]
    for work in confirmed:
        work.state = CONFIRMED[0]
    return Opened(confirmed, *(plain(answers[read]) for read in reads))


def _marks(pickings: Rows, works: Mapping[int, Work]) -> list[tuple[dict[str, Any], list[int]]]:
    """What to write on new deliveries: the same values to many at once."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for picking in pickings:
        if not picking["x_amazon_account"]:
            order = works[picking["sale_id"]].order
            groups.setdefault((order.account.key, order.channel, order.note), []).append(picking["id"])
    return [(picking_values(*group), ids) for group, ids in groups.items()]


def picking_values(account: str, channel: str, note: str) -> dict[str, Any]:
    """Return what a delivery of an Amazon order carries; a gift message as its note."""
    return {"x_amazon_account": account, "x_amazon_channel": channel, **({"note": note} if note else {})}


def _add_deliveries(odoo: Odoo, bundle: Bundle, opened: Opened, pickings: Sequence[int]) -> None:
    """Deliver what Amazon has shipped; nothing more unless all of it is done then."""
    moves = [move for move in opened.moves if move["picking_id"] in pickings]
    due = list(dict.fromkeys(move["picking_id"] for move in moves))
    if not due:
        return
    for ids, values in lacking(odoo, moves):
        bundle.write("stock.move", ids, values, context=QUIET)
    bundle.act("stock.picking", "button_validate", due, context=NO_QUESTIONS)
    done = [{"id": picking, "state": "done"} for picking in sorted(due)]
    bundle.search_read("stock.picking", [["id", "in", due]], ["state"], expected=done)


def _is_delivered(order: CreateOrder) -> bool:
    return order.channel is Channel.FBA and order.account.policy.deliver_fba


def _mark(order: CreateOrder) -> dict[str, Any]:
    """Odoo moved the order's date when it confirmed, and the version says that all is done.

    One that was begun before gets this version's ship-by date, too.
    """
    begun = order.existing is not None and order.commitment_date is not None
    return {
        "date_order": moment(order.date_order),
        "x_amazon_status": order.status,
        "x_amazon_last_update": moment(order.updated),
        **({"commitment_date": moment(order.commitment_date)} if begun else {}),
    }
