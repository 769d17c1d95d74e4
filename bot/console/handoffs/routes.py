"""The addresses of hand-offs."""

from __future__ import annotations

from aiohttp import web

from bot.console.handoffs import doing, listing, talk

ONE = r"/handoffs/{id:\d{1,15}}"
ROUTES = (
    web.get("/handoffs", listing.show_handoffs),
    web.get(ONE, talk.show_handoff),
    web.post(f"{ONE}/act", doing.act),
    web.get(ONE + r"/pictures/{picture:[0-9a-f]{40}}", talk.show_picture),
    web.post(r"/tickets/{id:\d{1,15}}/step-in", doing.step_in),
)
