"""The addresses of the channels."""

from __future__ import annotations

from aiohttp import web

from bot.console.channels import acting, grouping, listing

ROUTES = (
    web.get("/channels", listing.show_channels),
    web.post("/channels", acting.add),
    web.get(r"/channels/{id:\d{1,15}}", listing.show_channel),
    web.post(r"/channels/{id:\d{1,15}}", acting.change),
    web.post(r"/channels/{id:\d{1,15}}/state", acting.set_state),
    web.post(r"/channels/{id:\d{1,15}}/test", acting.test),
    web.post(r"/channels/{id:\d{1,15}}/groups", grouping.make_group),
    web.post(r"/channels/{id:\d{1,15}}/groups/{group:\d{1,15}}", acting.place_group),
)
