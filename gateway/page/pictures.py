"""Serves the pictures that the pipelines drew, for Dagster's page to show."""

import re
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}\.png")


def picture_routes(folder: Path) -> APIRouter:
    """Serve the files of one folder."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/pictures/{name}")
    def show_picture(name: str) -> FileResponse:
        path = folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise HTTPException(404, "this picture does not exist; materialise its asset again")
        return FileResponse(path, media_type="image/png")

    return routes
