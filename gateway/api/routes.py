"""The answers for programs: status, account, allocations, data health, metrics."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from gateway.api import account as account_answers
from gateway.api import status as answers
from gateway.api.envelope import Envelope, Newest, NewestPoints, envelope
from gateway.build import Build
from gateway.metrics import metrics_text
from gateway.ports import HealthRecord
from gateway.watch import JournalWatch, Sight
from nija_domain.statements.allotments import Allotment, allotments_of


def api_routes(watch: JournalWatch, health: HealthRecord, build: Build) -> APIRouter:
    """Each address looks once, so that what one answer tells fits together."""
    routes = APIRouter(responses={503: {"description": "The journal cannot be read"}})
    _add_account_routes(routes, watch, build)

    @routes.get("/status")
    def status() -> Envelope[answers.StatusAnswer]:
        sight = watch.look()
        return envelope(answers.status_answer(sight, build), sight=sight, build=build)

    @routes.get("/v1/incidents")
    def incidents(newest: Annotated[Newest, Query()]) -> Envelope[list[answers.IncidentAnswer]]:
        sight = watch.look()
        found = [answers.incident_answer(each) for each in sight.incidents[: newest.limit]]
        return envelope(found, sight=sight, build=build)

    @routes.get("/v1/data/health")
    def data_health() -> Envelope[answers.DataHealthAnswer | None]:
        found = health.read()
        answer = answers.data_health_answer(found) if found else None
        return envelope(answer, sight=watch.look(), build=build)

    @routes.get("/metrics", response_class=Response)
    def metrics() -> Response:
        return Response(metrics_text(watch.look(), build), media_type=CONTENT_TYPE_LATEST)

    return routes


def _allotments(sight: Sight) -> tuple[Allotment, ...]:
    return allotments_of(sight.picture.state, at_us=sight.picture.venue_us)


def _add_account_routes(routes: APIRouter, watch: JournalWatch, build: Build) -> None:
    """What the journal tells of the account."""

    @routes.get("/v1/positions")
    def positions() -> Envelope[list[account_answers.PositionAnswer]]:
        sight = watch.look()
        return envelope(account_answers.position_answers(sight), sight=sight, build=build)

    @routes.get("/v1/trades")
    def trades(newest: Annotated[Newest, Query()]) -> Envelope[list[account_answers.TradeAnswer]]:
        sight = watch.look()
        found = account_answers.trade_answers(sight.picture)[: newest.limit]
        return envelope(found, sight=sight, build=build)

    @routes.get("/v1/orders")
    def orders(newest: Annotated[Newest, Query()]) -> Envelope[list[account_answers.OrderAnswer]]:
        sight = watch.look()
        found = account_answers.order_answers(sight.picture.state)[: newest.limit]
        return envelope(found, sight=sight, build=build)

    @routes.get("/v1/equity")
    def equity(
        newest: Annotated[NewestPoints, Query()],
    ) -> Envelope[list[account_answers.EquityAnswer]]:
        sight = watch.look()
        points = sight.picture.equity[-newest.limit :]
        return envelope(
            [account_answers.equity_answer(p) for p in points], sight=sight, build=build
        )

    @routes.get("/v1/allocations")
    def allocations() -> Envelope[list[account_answers.AllotmentAnswer]]:
        sight = watch.look()
        found = [account_answers.allotment_answer(each) for each in _allotments(sight)]
        return envelope(found, sight=sight, build=build)
