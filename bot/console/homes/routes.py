"""The addresses of homes."""

from __future__ import annotations

from aiohttp import web

from bot.console.homes import caller, claims, codes, person

ROUTES = (
    web.get("/homes", claims.show_claims),
    web.post(r"/homes/{id:\d{1,15}}/settle", claims.settle),
    web.get("/homes/codes", codes.show_doors),
    web.post("/homes/codes", codes.make),
    web.post("/homes/doors", codes.register),
    web.get(r"/residents/{id:\d{1,15}}", person.show_person),
    web.post(r"/residents/{id:\d{1,15}}/identity", person.show_identity),
    web.post(r"/residents/{id:\d{1,15}}/contact", person.save),
    web.post(r"/tickets/{id:\d{1,15}}/caller", caller.show_caller),
)
