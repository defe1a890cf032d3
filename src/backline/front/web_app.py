"""The built web app: files that never change, and one page for every address of the app."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from typing_extensions import override

BUILT = Path(__file__).parent / "web"

_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_NOT_FOUND = 404
_SERVICE_WORKER = "sw.js"
# A service worker goes by the policy of its own answer, not by the page's: it fetches the shell.
_FETCHES_HERE = "default-src 'none'; connect-src 'self'; script-src 'self'"
_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Backline</title>
<style>body{font:1rem/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem}</style>
<h1>Backline runs, but its web app has not been built.</h1>
<p>Build it with <code>make web</code>, then reload this page.</p>
<p>The <a href="/docs">API reference</a> is there already.</p>
</html>
"""


class WebApp(StaticFiles):
    """Serves the folder that Vite builds into.

    An address without a file extension that names no file is an address inside the app, and gets
    the app's page. Files under `assets/` carry a hash of their content in their name and are kept
    by browsers for ever; everything else is asked for again each time.
    """

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder
        super().__init__(directory=folder, check_dir=False)

    @override
    async def check_config(self) -> None:
        """Allow the folder to be missing, or to be built while we run."""

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        if path in {".", "index.html"}:
            return await self._page(scope)
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code == _NOT_FOUND and not PurePosixPath(path).suffix:
                return await self._page(scope)
            raise
        hashed = path.startswith("assets/")
        response.headers["Cache-Control"] = _FOREVER if hashed else _ASK_AGAIN
        if path == _SERVICE_WORKER:
            response.headers["Content-Security-Policy"] = _FETCHES_HERE
        return response

    async def _page(self, scope: Scope) -> Response:
        if not (self._folder / "index.html").is_file():
            return HTMLResponse(_NOT_BUILT, headers={"Cache-Control": _ASK_AGAIN})
        response = await super().get_response("index.html", scope)
        response.headers["Cache-Control"] = _ASK_AGAIN
        return response
