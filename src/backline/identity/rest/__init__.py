"""Identity over HTTP."""

from backline.identity.rest import login, me, people

ROUTERS = (login.router, me.router, people.router)
