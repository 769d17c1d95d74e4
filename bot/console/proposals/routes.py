"""The addresses of deliberation."""

from __future__ import annotations

from aiohttp import web

from bot.console.proposals import acting, conventions, index, listing, page

ROUTES = (
    web.get("/proposals", listing.show_proposals),
    web.get("/proposals/new", listing.show_new),
    web.post("/proposals/new", listing.make_new),
    web.get("/proposals/index", index.show_index),
    web.post("/proposals/index", index.act),
    web.get("/proposals/conventions", conventions.show_conventions),
    web.post("/proposals/conventions", conventions.make_new),
    web.get(r"/proposals/conventions/{id:\d{1,15}}", conventions.show_convention),
    web.post(r"/proposals/conventions/{id:\d{1,15}}/act", conventions.act),
    web.get(r"/proposals/{id:\d{1,15}}", page.show_proposal),
    web.post(r"/proposals/{id:\d{1,15}}/act", acting.act),
)
