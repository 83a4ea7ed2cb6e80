"""The HTTP application: one table of operations, the token endpoint, the control plane."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.amazon import answers, feeds, orders, shipments
from simulator.amazon.answers import ApiError
from simulator.amazon.control import Control
from simulator.amazon.gateway import Gateway
from simulator.amazon.lwa import OPERATION as LWA_OPERATION
from simulator.amazon.lwa import TokenEndpoint
from simulator.amazon.operation import Operation
from simulator.amazon.quotas import Plan
from simulator.amazon.search import PARAMETERS
from simulator.amazon.transfer import DOWNLOAD, UPLOAD, Transfer
from simulator.amazon.transfer import PATH as TRANSFER_PATH
from simulator.amazon.world import OPERATION_FAULTS, World

_ORDERS = "/orders/2026-01-01/orders"
_CONFIRMATION = "/orders/v0/orders/{orderId}/shipmentConfirmation"
_FEEDS = "/feeds/2021-06-30/feeds"
_DOCUMENTS = "/feeds/2021-06-30/documents"

# Usage plans: the defaults in Amazon's model of each operation.
OPERATIONS = (
    Operation(
        name="searchOrders",
        method="GET",
        path=_ORDERS,
        plan=Plan(0.0056, 20),
        answer=orders.search_orders,
        parameters=PARAMETERS,
        faults=OPERATION_FAULTS,
    ),
    Operation(
        name="getOrder",
        method="GET",
        path=f"{_ORDERS}/{{orderId}}",
        plan=Plan(0.5, 30),
        answer=orders.get_order,
        parameters=frozenset({"includedData"}),
        faults=frozenset({"old_version"}),
    ),
    Operation("confirmShipment", "POST", _CONFIRMATION, Plan(2, 10), shipments.confirm_shipment, status=204),
    Operation("createFeedDocument", "POST", _DOCUMENTS, Plan(0.5, 15), feeds.create_feed_document, status=201),
    Operation("createFeed", "POST", _FEEDS, Plan(0.0083, 15), feeds.create_feed, status=202),
    Operation("getFeeds", "GET", _FEEDS, Plan(0.0222, 10), feeds.get_feeds, feeds.FEEDS_PARAMETERS),
    Operation("getFeed", "GET", f"{_FEEDS}/{{feedId}}", Plan(2, 15), feeds.get_feed),
    Operation("cancelFeed", "DELETE", f"{_FEEDS}/{{feedId}}", Plan(2, 15), feeds.cancel_feed),
    Operation(
        "getFeedDocument",
        "GET",
        f"{_DOCUMENTS}/{{feedDocumentId}}",
        Plan(0.0222, 10),
        feeds.get_feed_document,
        frozenset({"enableContentEncodingUrlHeader"}),
    ),
)


def create_app(world: World) -> Starlette:
    """The simulated Amazon of `world` as an ASGI application.

    Faults that reset the connection need the server of `simulator.serving`.
    """
    routes = [Route("/auth/o2/token", _endpoint(TokenEndpoint(world)), methods=["POST"])]
    routes += [Route(row.path, _endpoint(Gateway(world, row)), methods=[row.method]) for row in OPERATIONS]
    routes.append(Route(TRANSFER_PATH, _endpoint(Transfer(world)), methods=["GET", "PUT"]))
    control = Control(world, [LWA_OPERATION, UPLOAD, DOWNLOAD, *(row.name for row in OPERATIONS)])
    return Starlette(routes=routes + control.routes(), exception_handlers={404: _not_found})


def _endpoint(answering: TokenEndpoint | Gateway | Transfer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answering(request)

    return endpoint


async def _not_found(request: Request, error: Exception) -> Response:
    """An address that is no operation: Amazon's gateway says so in the form of its errors."""
    del request, error
    failure = ApiError(404, "NotFound", "The requested resource was not found.")
    return answers.with_headers(answers.json_response(failure.body, failure.status), rate=None)
