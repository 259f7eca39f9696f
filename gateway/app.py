"""The gateway as one web application."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response

from gateway.api.routes import api_routes
from gateway.build import Build
from gateway.page.board import Page
from gateway.page.routes import STATIC, site_routes
from gateway.ports import HealthRecord
from gateway.settings import GatewaySettings
from gateway.watch import JournalWatch
from nija_domain.errors import NijaError

# Another site can point its host name at this address (DNS rebinding); only these are served.
OWN_NAMES = ("127.0.0.1", "localhost")
MILLISECONDS_A_SECOND = 1_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline';"
    " img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


def build_app(
    watch: JournalWatch,
    health: HealthRecord,
    *,
    settings: GatewaySettings,
    build: Build,
    is_stopping: Callable[[], bool],
) -> FastAPI:
    """All addresses. None changes anything, and no page loads anything from elsewhere."""
    app = FastAPI(title="Nija gateway", version=build.version, docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(OWN_NAMES), www_redirect=False)
    app.middleware("http")(_with_policy)
    app.add_exception_handler(NijaError, _unreadable)
    pause_s = settings.refresh_ms / MILLISECONDS_A_SECOND
    app.include_router(api_routes(watch, health, build))
    app.include_router(
        site_routes(watch, health, Page(build), pause_s=pause_s, is_stopping=is_stopping)
    )
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


async def _with_policy(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _unreadable(_request: Request, error: Exception) -> JSONResponse:
    """A journal that cannot be read gives status 503; the next request reads it again."""
    return JSONResponse({"detail": str(error)}, status_code=503)
