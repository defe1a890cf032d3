"""Identity over HTTP."""

from backline.identity.rest import login, me, people, screens

ROUTERS = (login.router, me.router, people.router, screens.router)
