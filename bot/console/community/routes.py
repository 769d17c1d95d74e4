"""The addresses of what is made public."""

from __future__ import annotations

from aiohttp import web

from bot.console.community import acting, reading

ROUTES = (
    web.get("/community", reading.show_deeds),
    web.post("/community/deeds", acting.write_deed),
    web.post(r"/community/deeds/{id:\d{1,15}}", acting.settle_deed),
    web.get("/community/bulletins", reading.show_bulletins),
    web.post("/community/bulletins", acting.write_bulletin),
    web.post(r"/community/bulletins/{id:\d{1,15}}", acting.withdraw_bulletin),
    web.get("/community/page", reading.show_page),
    web.post("/community/page", acting.set_public),
    web.post("/community/pictures", acting.offer_picture),
    web.post(r"/community/pictures/{id:\d{1,15}}", acting.remove_picture),
    web.get("/community/sheet", reading.show_sheet),
)
