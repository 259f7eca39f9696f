"""The addresses for programs: status, account, allocations, data health, metrics."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from gateway.api import account as account_answers
from gateway.api import data as data_answers
from gateway.api import league as league_answers
from gateway.api import status as answers
from gateway.api.envelope import Envelope, Newest, NewestPoints, envelope
from gateway.build import Build
from gateway.metrics import metrics_text
from gateway.ports import HealthRecord
from gateway.watch import JournalWatch, Reading
from nija_domain.statements.allotments import Allotment, allotments_of
from nija_domain.statements.league import league_of


def api_routes(watch: JournalWatch, health: HealthRecord, build: Build) -> APIRouter:
    """All addresses. Each reads the journal once, so that its answer is consistent."""
    routes = APIRouter(responses={503: {"description": "The journal cannot be read"}})
    _add_account_routes(routes, watch, build)

    @routes.get("/status")
    def status() -> Envelope[answers.StatusAnswer]:
        reading = watch.look()
        return envelope(answers.status_answer(reading, build), reading=reading, build=build)

    @routes.get("/v1/incidents")
    def incidents(newest: Annotated[Newest, Query()]) -> Envelope[list[answers.IncidentAnswer]]:
        reading = watch.look()
        found = [answers.incident_answer(each) for each in reading.incidents[: newest.limit]]
        return envelope(found, reading=reading, build=build)

    @routes.get("/v1/data/health")
    def data_health() -> Envelope[data_answers.DataHealthAnswer | None]:
        found = health.read()
        answer = data_answers.data_health_answer(found) if found else None
        return envelope(answer, reading=watch.look(), build=build)

    @routes.get("/metrics", response_class=Response)
    def metrics() -> Response:
        return Response(metrics_text(watch.look(), build), media_type=CONTENT_TYPE_LATEST)

    return routes


def _allotments(reading: Reading) -> tuple[Allotment, ...]:
    return allotments_of(reading.statement.state, at_us=reading.statement.venue_us)


def _add_account_routes(routes: APIRouter, watch: JournalWatch, build: Build) -> None:
    """The addresses under /v1 that come from the journal."""

    @routes.get("/v1/positions")
    def positions() -> Envelope[list[account_answers.PositionAnswer]]:
        reading = watch.look()
        return envelope(account_answers.position_answers(reading), reading=reading, build=build)

    @routes.get("/v1/trades")
    def trades(newest: Annotated[Newest, Query()]) -> Envelope[list[account_answers.TradeAnswer]]:
        reading = watch.look()
        found = account_answers.trade_answers(reading.statement)[: newest.limit]
        return envelope(found, reading=reading, build=build)

    @routes.get("/v1/orders")
    def orders(newest: Annotated[Newest, Query()]) -> Envelope[list[account_answers.OrderAnswer]]:
        reading = watch.look()
        found = account_answers.order_answers(reading.statement.state)[: newest.limit]
        return envelope(found, reading=reading, build=build)

    @routes.get("/v1/equity")
    def equity(
        newest: Annotated[NewestPoints, Query()],
    ) -> Envelope[list[account_answers.EquityAnswer]]:
        reading = watch.look()
        points = reading.statement.equity[-newest.limit :]
        return envelope(
            [account_answers.equity_answer(p) for p in points], reading=reading, build=build
        )

    @routes.get("/v1/allocations")
    def allocations() -> Envelope[list[account_answers.AllotmentAnswer]]:
        reading = watch.look()
        found = [account_answers.allotment_answer(each) for each in _allotments(reading)]
        return envelope(found, reading=reading, build=build)

    @routes.get("/v1/candidates")
    def candidates() -> Envelope[list[league_answers.LeagueAnswer]]:
        reading = watch.look()
        found = [league_answers.league_answer(row) for row in league_of(reading.statement)]
        return envelope(found, reading=reading, build=build)
