"""Names of queues and tasks, in one place. A worker may serve any subset of the queues."""

from __future__ import annotations

from typing import Final

FETCH: Final = "amazon.fetch"
UPSERT: Final = "odoo.upsert"
SHIPMENTS: Final = "amazon.shipments"
FEEDS: Final = "amazon.feeds"
CONTROL: Final = "control"
ALL: Final = (FETCH, UPSERT, SHIPMENTS, FEEDS, CONTROL)

FETCH_ORDERS: Final = "amazon.fetch_orders"
UPSERT_ORDER: Final = "odoo.upsert_order"
FAN_OUT: Final = "control.fan_out"
ADVANCE_CURSOR: Final = "control.advance_cursor"
RETRY_PARKED: Final = "control.retry_parked"
RECONCILE: Final = "control.reconcile"
FIND_SHIPMENTS: Final = "amazon.find_shipments"
CONFIRM_SHIPMENT: Final = "amazon.confirm_shipment"
FEED_SHIPMENTS: Final = "amazon.feed_shipments"
FIND_CANCELLATIONS: Final = "amazon.find_cancellations"
NOTIFY_CANCELLATIONS: Final = "amazon.notify_cancellations"

ROUTES: Final = {
    FETCH_ORDERS: {"queue": FETCH},
    UPSERT_ORDER: {"queue": UPSERT},
    FAN_OUT: {"queue": CONTROL},
    ADVANCE_CURSOR: {"queue": CONTROL},
    RETRY_PARKED: {"queue": CONTROL},
    RECONCILE: {"queue": CONTROL},
    FIND_SHIPMENTS: {"queue": SHIPMENTS},  # with `control` it would wait behind pages of an import
    CONFIRM_SHIPMENT: {"queue": SHIPMENTS},
    FEED_SHIPMENTS: {"queue": FEEDS},
    FIND_CANCELLATIONS: {"queue": FEEDS},
    NOTIFY_CANCELLATIONS: {"queue": FEEDS},
}
