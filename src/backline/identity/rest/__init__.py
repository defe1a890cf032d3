"""Identity over HTTP."""

from backline.identity.rest import audit, login, me, people, screens

ROUTERS = (login.router, me.router, people.router, audit.router, screens.router)
