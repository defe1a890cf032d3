"""One origin: the web app, every service, one reference."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, WebSocket

from backline.front.app import build_front
from backline.kit.http.app import build_app
from backline.kit.service import Service


def stub() -> FastAPI:
    app = build_app(title="Jukebox", service="jukebox")

    @app.get("/queue")
    async def queue() -> dict[str, str]:
        return {"state": "quiet"}

    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    return app


class Box:
    reason: str | None = None

    async def why_not_ready(self) -> str | None:
        return self.reason


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """What Vite would have built."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "docs-assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>the app</title>")
    (tmp_path / "assets" / "index-C0FFEE.js").write_text("export {}")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "sw.js").write_text("// keeps the shell")
    (tmp_path / "manifest.webmanifest").write_text("{}")
    (tmp_path / "docs-assets" / "swagger-ui-bundle.js").write_text("// swagger")
    return tmp_path


@pytest.fixture
async def client(web: Path, box: Box) -> AsyncIterator[httpx.AsyncClient]:
    services = [Service(name="jukebox", app=stub()), Service(name="player")]
    front = build_front(services, why_not_ready=box.why_not_ready, web=web)
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/join", "/room/queue", "/login?next=/me"])
async def test_every_address_of_the_app_gets_its_page(client: httpx.AsyncClient, path: str):
    answer = await client.get(path)
    assert "the app" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_hashed_files_are_kept_for_ever_and_others_asked_for_again(
    client: httpx.AsyncClient,
):
    hashed = await client.get("/assets/index-C0FFEE.js")
    plain = await client.get("/favicon.svg")
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/sw.js", "text/javascript"), ("/manifest.webmanifest", "application/manifest+json")],
)
async def test_what_makes_it_an_installed_app_is_asked_for_again(
    client: httpx.AsyncClient, path: str, media_type: str
):
    answer = await client.get(path)
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["cache-control"] == "no-cache"


async def test_the_service_worker_may_fetch_the_shell_from_here_and_nothing_from_elsewhere(
    client: httpx.AsyncClient,
):
    policy = (await client.get("/sw.js")).headers["content-security-policy"]
    assert policy == "default-src 'none'; connect-src 'self'; script-src 'self'"


@pytest.mark.parametrize("path", ["/assets/gone-ABC.js", "/robots.txt", "/../pyproject.toml"])
async def test_a_file_that_is_not_there_is_not_the_page(client: httpx.AsyncClient, path: str):
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_page_runs_no_inline_script_and_talks_to_its_own_origin(
    client: httpx.AsyncClient,
):
    policy = (await client.get("/")).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"


async def test_a_page_that_has_not_changed_keeps_what_it_may(client: httpx.AsyncClient):
    """What comes with "not modified" replaces the headers that the browser has kept."""
    page = await client.get("/")

    again = await client.get("/", headers={"if-none-match": page.headers["etag"]})

    assert again.status_code == 304
    assert "content-security-policy" not in again.headers


async def test_services_answer_below_their_names(client: httpx.AsyncClient):
    assert (await client.get("/api/jukebox/queue")).json() == {"state": "quiet"}


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nobody", "/api/player/x"])
async def test_an_address_of_nobody_is_a_problem_not_the_page(client: httpx.AsyncClient, path: str):
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["domain"] == "front"


async def test_the_reference_describes_every_service(client: httpx.AsyncClient):
    described = (await client.get("/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    assert "/api/jukebox/queue" in described["paths"]


async def test_the_reference_needs_no_internet(client: httpx.AsyncClient):
    page = (await client.get("/docs")).text
    assert "://" not in page
    assert (await client.get("/docs/assets/swagger-ui-bundle.js")).text == "// swagger"


async def test_it_is_ready_when_every_service_is(client: httpx.AsyncClient, box: Box):
    assert (await client.get("/health/ready")).status_code == 200
    box.reason = "jukebox: its database does not answer"
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["detail"] == box.reason
    assert (await client.get("/health/live")).status_code == 200


async def test_without_the_web_app_the_page_says_how_to_build_it(tmp_path: Path, box: Box):
    front = build_front([], why_not_ready=box.why_not_ready, web=tmp_path / "missing")
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        answer = await client.get("/")
    assert "make web" in answer.text
