"""The two cookies: the refresh token, and the proof that somebody logged in here before.

Scripts never see either. On HTTPS their names begin with `__Host-`, so that no sibling domain can
set them; plain HTTP (a box on a local network) knows no such names, nor `Secure`.
"""

from urllib.parse import urlsplit

from fastapi import Request, Response

from backline.identity.commands.grants import Grant
from backline.kit.core.clock import Clock
from backline.kit.core.errors import PermissionDenied

REFRESH = "bl_rt"
DEVICE = "bl_device"
_DEVICE_LIFETIME_S = 365 * 24 * 3600


class CrossSite(PermissionDenied):
    """Another site's page asked; browsers send cookies along, but not for that."""

    def __init__(self) -> None:
        super().__init__("Another site's page may not do this. Open Backline itself.")


def refresh_token_of(request: Request) -> str:
    """The refresh token of the cookie; empty without one.

    Raises:
        CrossSite: There is one, but another site's page made the browser send it.
    """
    token = request.cookies.get(_name(request, REFRESH), "")
    if token and not _same_origin(request):
        raise CrossSite
    return token


def device_token_of(request: Request) -> str:
    return request.cookies.get(_name(request, DEVICE), "")


def set_cookies(request: Request, response: Response, grant: Grant, clock: Clock) -> None:
    lifetime = grant.session_expires_at - clock.now()
    _set(request, response, REFRESH, grant.refresh_token, int(lifetime.total_seconds()))
    if grant.device_token:
        _set(request, response, DEVICE, grant.device_token, _DEVICE_LIFETIME_S)
    # Tokens stay in no cache, neither the browser's nor a proxy's.
    response.headers["Cache-Control"] = "no-store"


def clear_refresh_cookie(request: Request, response: Response) -> None:
    _set(request, response, REFRESH, "", 0)


def _set(request: Request, response: Response, name: str, value: str, lifetime_s: int) -> None:
    response.set_cookie(
        _name(request, name),
        value,
        max_age=lifetime_s,
        path="/",
        secure=_secure(request),
        httponly=True,
        samesite="strict",
    )


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _secure(request) else name


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _same_origin(request: Request) -> bool:
    # Browsers leave Sec-Fetch-Site out on plain HTTP, but never Origin; programs send neither.
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.url.netloc
