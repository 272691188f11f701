"""/docs and /redoc from scripts that ship with the program, so that they work without the internet."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

ASSETS_URL = "/docs/assets"
OPENAPI_URL = "/openapi.json"


def mount_docs(app: FastAPI) -> None:
    """Add both pages and their assets (Swagger UI and Redoc, from the package fastapi-offline)."""
    pages = APIRouter(include_in_schema=False)

    @pages.get("/docs")
    async def swagger_ui() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=OPENAPI_URL.lstrip("/"),
            title=f"{app.title}: try it",
            swagger_js_url="docs/assets/swagger-ui-bundle.js",
            swagger_css_url="docs/assets/swagger-ui.css",
            swagger_favicon_url="docs/assets/favicon.png",
        )

    @pages.get("/redoc")
    async def redoc() -> HTMLResponse:
        return get_redoc_html(
            openapi_url=OPENAPI_URL.lstrip("/"),
            title=f"{app.title}: reference",
            redoc_js_url="docs/assets/redoc.standalone.js",
            redoc_favicon_url="docs/assets/favicon.png",
            with_google_fonts=False,
        )

    app.include_router(pages)
    app.mount(ASSETS_URL, StaticFiles(directory=str(files("fastapi_offline") / "static")))
