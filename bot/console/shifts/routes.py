"""The addresses of patrols."""

from __future__ import annotations

from aiohttp import web

from bot.console.shifts import acting, reading

ROUTES = (
    web.get("/shifts", reading.show_shifts),
    web.get("/shifts/new", reading.show_new),
    web.post("/shifts/new", acting.make_new),
    web.get(r"/shifts/duties/{id:\d{1,15}}", reading.show_duty),
    web.post(r"/shifts/duties/{id:\d{1,15}}", acting.change_duty),
    web.get(r"/shifts/duties/{id:\d{1,15}}/cards", reading.show_cards),
    web.get(r"/shifts/{id:\d{1,15}}", reading.show_shift),
    web.post(r"/shifts/{id:\d{1,15}}/act", acting.act),
    web.get(r"/shifts/{id:\d{1,15}}/pictures/{picture:[0-9a-f]{40}}", reading.show_picture),
)
