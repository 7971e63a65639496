"""The pages that describe the interfaces. Invariant: a browser that opens them asks nobody but this server.

The AsyncAPI page compiles its parsers at run time and so needs `unsafe-eval`; it has a content policy of its
own, and no other page is loosened for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from casework.shared.contracts.registry import EVENT_TYPES, json_schema
from casework.shared.errors import CaseworkError
from casework.shared.http.access import open_route

_STATIC: Mapping[str, str] = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "openapi-page.js": "text/javascript",
    "asyncapi-react.css": "text/css",
    "asyncapi-react.js": "text/javascript",
    "asyncapi-page.js": "text/javascript",
}
_POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/{style}">
<div id="page"></div>
<script src="/static/{library}"></script>
<script src="/static/{start}"></script>
</html>
"""


def docs_router(asyncapi: Callable[[], Mapping[str, Any]] | None, *, pages: bool = True) -> APIRouter:
    """`/problems/...`, `/schemas/...`; and with `pages` also `/docs`, `/openapi.json`, `/static/...`, and `/asyncapi`
    where `asyncapi` makes its document."""
    router = APIRouter(dependencies=[Depends(open_route)], include_in_schema=False)

    @router.get("/problems/{code}")
    async def problem(code: str) -> PlainTextResponse:
        meanings = [inspect.getdoc(kind) or "" for kind in _kinds(CaseworkError) if kind.code == code]
        if not meanings:
            raise HTTPException(404, "no kind of problem has this page; the answer's `detail` says what to do")
        return PlainTextResponse("\n\n".join(meanings) + "\n")

    @router.get("/schemas/{stem}/{version}.json")
    async def schema(stem: str, version: str) -> JSONResponse:
        name = f"{stem}.v{version}"
        if name not in EVENT_TYPES:
            raise HTTPException(404, "no event has this schema; the types are listed at /asyncapi")
        return JSONResponse(json_schema(name), media_type="application/schema+json")

    if pages:
        _add_pages(router)
        if asyncapi is not None:
            _add_asyncapi(router, asyncapi)
    return router


def _add_pages(router: APIRouter) -> None:
    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return _page("Casework: HTTP interface", "swagger-ui.css", "swagger-ui-bundle.js", "openapi-page.js")

    @router.get("/openapi.json")
    async def openapi(request: Request) -> JSONResponse:
        return JSONResponse(request.app.openapi())

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        content = files("casework.shared.http").joinpath("static", name).read_bytes()
        return Response(content, media_type=_STATIC[name], headers={"cache-control": "public, max-age=86400"})


def _add_asyncapi(router: APIRouter, asyncapi: Callable[[], Mapping[str, Any]]) -> None:
    @router.get("/asyncapi")
    async def asyncapi_page() -> HTMLResponse:
        return _page(
            "Casework: topics",
            "asyncapi-react.css",
            "asyncapi-react.js",
            "asyncapi-page.js",
            scripts=" 'unsafe-eval'",
        )

    @router.get("/asyncapi.json")
    async def asyncapi_document() -> JSONResponse:
        return JSONResponse(dict(asyncapi()))


def _page(title: str, style: str, library: str, start: str, *, scripts: str = "") -> HTMLResponse:
    content = _PAGE.format(title=title, style=style, library=library, start=start)
    return HTMLResponse(content, headers={"content-security-policy": _POLICY.format(scripts=scripts)})


def _kinds(base: type[CaseworkError]) -> Iterator[type[CaseworkError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)
