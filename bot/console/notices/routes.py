"""The addresses of notices."""

from __future__ import annotations

from aiohttp import web

from bot.console.notices import care, listing, page

ROUTES = (
    web.get("/notices", listing.show_notices),
    web.get("/notices/new", listing.show_new),
    web.post("/notices/new", listing.make_new),
    web.post("/notices/look", listing.look),
    web.post("/notices/welcome", listing.save_welcome),
    web.get("/notices/care", care.show_care),
    web.post("/notices/care", care.act),
    web.get(r"/notices/{id:\d{1,15}}", page.show_notice),
    web.post(r"/notices/{id:\d{1,15}}/act", page.act),
    web.get(r"/notices/{id:\d{1,15}}/answers.xlsx", page.download),
    web.get(r"/notices/{id:\d{1,15}}/pictures/{picture:[0-9a-f]{40}}", page.show_picture),
)
