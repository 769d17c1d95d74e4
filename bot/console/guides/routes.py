"""The addresses of the guides."""

from __future__ import annotations

from aiohttp import web

from bot.console.guides import editing, listing

ROUTES = (
    web.get("/guides", listing.show_guides),
    web.get("/guides/unanswered", listing.show_unanswered),
    web.get("/guides/new", editing.show_new),
    web.post("/guides/new", editing.save),
    web.post("/guides/preview", editing.preview),
    web.get(r"/guides/{id:\d{1,15}}", editing.show_guide),
    web.post(r"/guides/{id:\d{1,15}}", editing.save),
    web.post(r"/guides/{id:\d{1,15}}/renew", editing.renew),
    web.post(r"/guides/{id:\d{1,15}}/state", editing.set_state),
)
