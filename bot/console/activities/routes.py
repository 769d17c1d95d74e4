"""The addresses of activities."""

from __future__ import annotations

from aiohttp import web

from bot.console.activities import acting, listing, page

ROUTES = (
    web.get("/activities", listing.show_activities),
    web.get("/activities/new", listing.show_new),
    web.post("/activities/new", listing.make_new),
    web.get(r"/activities/{id:\d{1,15}}", page.show_activity),
    web.get(r"/activities/{id:\d{1,15}}/door", page.show_door),
    web.get(r"/activities/{id:\d{1,15}}/pictures/{picture:[0-9a-f]{40}}", page.show_picture),
    web.post(r"/activities/{id:\d{1,15}}/act", acting.act),
)
