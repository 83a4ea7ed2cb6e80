"""What stands before every operation: tokens, quotas, roles, faults, headers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from simulator.amazon import answers, clock
from simulator.amazon.answers import ApiError
from simulator.amazon.feed_processing import catch_up
from simulator.amazon.operation import Call, Operation
from simulator.amazon.sellers import ORDERS_ROLE, Seller
from simulator.amazon.world import API_FAULTS, World
from simulator.faults import Fault


class Gateway:
    """The endpoint of one operation."""

    def __init__(self, world: World, operation: Operation) -> None:
        self._world = world
        self._operation = operation

    async def __call__(self, request: Request) -> Response:
        """Answer a request: first the token, then the quota, then faults, roles and the operation itself.

        Feeds that are due have been processed before.
        """
        catch_up(self._world)
        rate = self._world.quotas.rate(self._operation.plan)
        try:
            seller = self._authenticate(request)
            if not self._world.quotas.take(seller.seller_id, self._operation.name, self._operation.plan):
                raise answers.quota_exceeded()
            fault = self._world.faults.take(
                self._operation.name, seller.seller_id, kinds=API_FAULTS | self._operation.faults
            )
            return await self._answer(request, seller, fault, rate)
        except ApiError as error:
            told = rate if error.status in {400, 404} else None
            return answers.with_headers(answers.json_response(error.body, error.status), rate=told)

    def _authenticate(self, request: Request) -> Seller:
        """The seller whose token this is, as authorised now. Raises ApiError 403."""
        token = request.headers.get("x-amz-access-token")
        if not token:
            raise answers.unauthorized(answers.MISSING_TOKEN)
        grant = self._world.tokens.grant(token)
        if grant is None:
            raise answers.unauthorized(answers.INVALID_TOKEN)
        if grant.ends <= clock.now():
            raise answers.unauthorized(answers.EXPIRED)
        if grant.seller_id not in self._world.sellers:
            raise answers.unauthorized("")
        return self._world.sellers[grant.seller_id]

    async def _answer(self, request: Request, seller: Seller, fault: Fault | None, rate: float) -> Response:
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            await answers.linger(request, fault.seconds)
        early = self._refuse(kind, seller)
        if early is not None:
            return early
        if ORDERS_ROLE not in seller.roles:
            raise answers.unauthorized("")
        if request.method == "POST" and not _is_json(request):
            raise ApiError(415, "UnsupportedMediaType", "Content-Type must be application/json.")
        self._world.count_unknown_parameters(set(request.query_params) - self._operation.parameters)
        pairs = request.query_params.multi_items()
        base = str(request.base_url).rstrip("/")
        call = Call(self._world, seller, pairs, request.path_params, await request.body(), kind, base)
        body, status = self._operation.answer(call), self._operation.status
        response = Response(status_code=status) if body is None else answers.json_response(body, status)
        if fault and kind == "slow_after":
            await answers.linger(request, fault.seconds)
        if kind == "reset_after":
            return answers.Reset()
        if kind == "status_500_after":
            raise answers.internal_failure()
        if kind == "truncated_json":
            response = answers.truncated(response)
        return answers.with_headers(response, rate=rate)

    def _refuse(self, kind: str, seller: Seller) -> Response | None:
        """The answer of a fault that keeps the operation from running, or None. Raises ApiError."""
        if kind == "reset_before":
            return answers.Reset()
        if kind in {"html_200", "status_503_html"}:
            return answers.html_response(200 if kind == "html_200" else 503)
        if kind == "status_500":
            raise answers.internal_failure()
        if kind == "empty_503":
            return answers.with_headers(Response(status_code=503), rate=None)
        if kind in {"status_429", "empty_429"}:
            self._world.quotas.count_throttled(seller.seller_id, self._operation.name)
            if kind == "empty_429":
                return answers.with_headers(Response(status_code=429), rate=None)
            raise answers.quota_exceeded()
        if kind == "expired_token":
            self._world.tokens.expire(seller.seller_id)
            raise answers.unauthorized(answers.EXPIRED)
        if kind == "forbidden":
            raise answers.unauthorized("")
        return None


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"
