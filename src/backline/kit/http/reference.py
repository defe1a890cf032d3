"""The API reference: Swagger UI, from local files where they were built, else from a CDN."""

import json
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

CDN = "https://cdn.jsdelivr.net"
CDN_ASSETS = f"{CDN}/npm/swagger-ui-dist@5"
_BUNDLE = "swagger-ui-bundle.js"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="reference"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{start}"></script>
</body>
</html>
"""
_START = """window.ui = SwaggerUIBundle({
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  ...%s
});
"""


def install_reference(app: FastAPI, url: str, assets: Path | None = None) -> None:
    """Serve Swagger UI at `url`.

    Nothing in the page is inline, so its content security policy needs no exception for scripts.

    Args:
        assets: A folder with npm's `swagger-ui-dist`; without it the page loads it from a CDN.
    """
    local = assets is not None and (assets / _BUNDLE).is_file()
    sources = "'self'" if local else f"'self' {CDN}"
    policy = (
        f"default-src 'none'; script-src {sources}; style-src {sources} 'unsafe-inline';"
        " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    if local:
        app.mount(f"{url}/assets", StaticFiles(directory=str(assets)), name="reference-assets")

    async def page(request: Request) -> Response:
        here = request.scope.get("root_path", "") + url
        html = _PAGE.format(
            title=f"{app.title}: API reference",
            assets=f"{here}/assets" if local else CDN_ASSETS,
            start=f"{here}/start.js",
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    async def start(request: Request) -> Response:
        described = request.scope.get("root_path", "") + (app.openapi_url or "/openapi.json")
        return Response(_START % json.dumps({"url": described}), media_type="text/javascript")

    app.add_route(url, page, include_in_schema=False)
    app.add_route(f"{url}/start.js", start, include_in_schema=False)
