"""The addresses of the pages: the live page, its stream of changes, and the data page."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from gateway.page.board import Page
from gateway.page.data import data_board
from gateway.ports import HealthRecord
from gateway.watch import JournalWatch
from nija_domain.errors import NijaError

STATIC = Path(__file__).parent / "static"


def site_routes(
    watch: JournalWatch,
    health: HealthRecord,
    page: Page,
    *,
    pause_s: float,
    is_stopping: Callable[[], bool],
) -> APIRouter:
    """All addresses. If the journal cannot be read, page and stream say so."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def show_page() -> HTMLResponse:
        try:
            return HTMLResponse(page.whole(watch.look()))
        except NijaError as error:
            return HTMLResponse(page.failure(str(error)), status_code=503)

    @routes.get("/data")
    def show_data() -> HTMLResponse:
        try:
            return HTMLResponse(page.data(data_board(health)))
        except NijaError as error:
            return HTMLResponse(page.failure(str(error)), status_code=503)

    def draw() -> ServerSentEvent:
        try:
            return ServerSentEvent(event="board", raw_data=page.board(watch.look()))
        except NijaError as error:
            return ServerSentEvent(event="failure", raw_data=page.failure_notice(str(error)))

    @routes.get("/board", response_class=EventSourceResponse)
    async def stream_board() -> AsyncIterator[ServerSentEvent]:
        sent: ServerSentEvent | None = None
        while not is_stopping():
            drawn = await run_in_threadpool(draw)
            if drawn != sent:
                yield drawn
                sent = drawn
            await asyncio.sleep(pause_s)

    return routes
