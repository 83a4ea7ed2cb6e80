"""The control plane under /_sim: what tests and demonstrations turn. No authentication; the server is on loopback."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.amazon.answers import json_response, read_json
from simulator.amazon.feed_processing import catch_up
from simulator.amazon.world import UnknownSeller, World
from simulator.faults import ANY, BadFault, read_fault

_MOST_STEPS = 1000
_MOST_ORDERS = 10_000

REFUSED_ON_DEMAND = "Failed validation because order {order} cannot be confirmed."

Handler = Callable[[Request], Awaitable[Any]]


class Control:
    """The handlers, each giving a JSON body."""

    def __init__(self, world: World, operations: Collection[str]) -> None:
        self._world = world
        self._operations = frozenset(operations) | {ANY}

    def routes(self) -> list[Route]:
        """The control routes."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/orders", self.orders),
            ("POST", "/orders", self.put_order),
            ("GET", "/oddities", self.oddities),
            ("GET", "/packages", self.packages),
            ("GET", "/shipments", self.shipments),
            ("POST", "/shipments/refuse", self.refuse_shipments),
            ("GET", "/stats", self.stats),
            ("GET", "/calls", self.calls),
            ("POST", "/advance", self.advance),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/tokens/expire", self.expire_tokens),
            ("POST", "/tokens/revoke", self.revoke_tokens),
            ("POST", "/tokens/authorise", self.authorise),
            ("POST", "/roles", self.set_roles),
            ("POST", "/quotas/refill", self.refill),
        )
        return [
            Route(f"/_sim{path}", _answering(self._world, handler), methods=[method]) for method, path, handler in table
        ]

    async def orders(self, request: Request) -> Any:
        """Raw full orders, the truth: {"seller id": [order, ...]}; ?seller= for one seller's."""
        wanted = request.query_params.get("seller")
        ids = [wanted] if wanted else list(self._world.sellers)
        return {seller_id: [stored.raw for stored in self._world.orders(seller_id)] for seller_id in ids}

    async def put_order(self, request: Request) -> Any:
        """{"seller", "order"}: put in or replace one raw order."""
        data = await read_json(request)
        stored = self._world.put(data["seller"], data["order"])
        return {"orderId": stored.raw["orderId"]}

    async def oddities(self, request: Request) -> Any:
        """Which of the drawn orders are odd, and how: {"seller id": {"order id": [name, ...]}}; ?seller= for one's."""
        wanted = request.query_params.get("seller")
        ids = [wanted] if wanted else list(self._world.sellers)
        return {seller_id: self._world.oddities(seller_id) for seller_id in ids}

    async def packages(self, request: Request) -> Any:
        """The truth: {"seller id": {"order id": [package, ...]}} of orders with packages; ?seller= for one seller's.

        With ?told=true only the packages that the seller told, each with the number of times it was `told`.
        """
        wanted, told = request.query_params.get("seller"), request.query_params.get("told") == "true"
        ids = [wanted] if wanted else list(self._world.sellers)
        return {seller_id: self._packages(seller_id, only_told=told) for seller_id in ids}

    def _packages(self, seller_id: str, *, only_told: bool) -> dict[str, Any]:
        answer = {}
        for stored in self._world.orders(seller_id):
            order_id, packages = stored.raw["orderId"], stored.raw.get("packages", [])
            if only_told:
                times = self._world.outbound.told(seller_id, order_id)
                packages = [
                    package | {"told": times[package["packageReferenceId"]]}
                    for package in packages
                    if package.get("packageReferenceId") in times
                ]
            if packages:
                answer[order_id] = packages
        return answer

    async def shipments(self, request: Request) -> Any:
        """Each success in telling of a package, in order; ?first= leaves out so many: {"seller", "order", ...}."""
        rows = self._world.outbound.moments(int(request.query_params.get("first", "0")))
        return [dict(zip(("seller", "order", "package", "at"), row, strict=True)) for row in rows]

    async def refuse_shipments(self, request: Request) -> Any:
        """{"seller", "order", "message"?, "refused"?}: each confirmation of the order fails for good, until false."""
        data = await read_json(request)
        if self._world.order(data["seller"], data["order"]) is None:
            raise ValueError(f"no order {data['order']}")
        message = str(data.get("message") or REFUSED_ON_DEMAND.format(order=data["order"]))
        refused = data.get("refused", True)
        self._world.outbound.block(data["seller"], data["order"], message if refused else "")
        return {"order": data["order"], "refused": bool(refused)}

    async def stats(self, request: Request) -> Any:
        """What was counted."""
        del request
        return self._world.stats()

    async def calls(self, request: Request) -> Any:
        """?operation=: when each seller called it, {"seller id": [seconds since the epoch, ...]}."""
        return self._world.quotas.times(request.query_params["operation"])

    async def advance(self, request: Request) -> Any:
        """{"steps": 1, "new_orders": 0 per seller} → {"changed": [ids], "created": [ids]}."""
        data = await read_json(request)
        steps, new_orders = int(data.get("steps", 1)), int(data.get("new_orders", 0))
        if not 0 <= steps <= _MOST_STEPS or not 0 <= new_orders <= _MOST_ORDERS:
            raise ValueError(f"steps must be 0 to {_MOST_STEPS}, new_orders 0 to {_MOST_ORDERS}")
        changed, created = self._world.advance(steps=steps, new_orders=new_orders)
        return {"changed": changed, "created": created}

    async def faults(self, request: Request) -> Any:
        """The waiting faults."""
        del request
        return {"faults": self._world.faults.waiting()}

    async def add_fault(self, request: Request) -> Any:
        """A fault as `read_fault` reads it."""
        fault = read_fault(await read_json(request))
        if fault.operation not in self._operations:
            raise BadFault(f"unknown operation; known: {', '.join(sorted(self._operations))}")
        if fault.seller and fault.seller not in self._world.sellers:
            raise UnknownSeller(fault.seller)
        self._world.faults.add(fault)
        return {"faults": self._world.faults.waiting()}

    async def clear_faults(self, request: Request) -> Any:
        """Forget all faults."""
        del request
        return {"cleared": self._world.faults.clear()}

    async def expire_tokens(self, request: Request) -> Any:
        """{"seller"} or {}: end access tokens now."""
        data = await read_json(request)
        return {"expired": self._world.tokens.expire(data.get("seller"))}

    async def revoke_tokens(self, request: Request) -> Any:
        """{"seller"}: the seller takes back the authorisation; invalid_grant from now on."""
        seller_id = (await read_json(request))["seller"]
        self._world.orders(seller_id)
        self._world.tokens.revoke(seller_id)
        return {"revoked": seller_id}

    async def authorise(self, request: Request) -> Any:
        """{"seller", "refresh_token"}: the seller authorises again."""
        data = await read_json(request)
        self._world.orders(data["seller"])
        self._world.tokens.authorise(data["seller"], str(data["refresh_token"]))
        return {"authorised": data["seller"]}

    async def set_roles(self, request: Request) -> Any:
        """{"seller", "roles"}: what the authorisation covers from now on."""
        data = await read_json(request)
        self._world.set_roles(data["seller"], data["roles"])
        return {"seller": data["seller"], "roles": sorted(data["roles"])}

    async def refill(self, request: Request) -> Any:
        """Fill every quota bucket."""
        del request
        self._world.quotas.refill()
        return {"refilled": True}


def _answering(world: World, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """`handler`, when due feeds are processed, with the caller's mistakes answered as 400 or 404 and a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            catch_up(world)
            return json_response(await handler(request))
        except UnknownSeller as error:
            return json_response({"error": f"no seller {error}"}, 404)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return json_response({"error": f"{type(error).__name__}: {error}"}, 400)

    return endpoint
