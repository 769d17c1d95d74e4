"""The addresses of the time bank."""

from __future__ import annotations

from aiohttp import web

from bot.console.ledger import acting, reading

ROUTES = (
    web.get("/ledger", reading.show_claims),
    web.post("/ledger/new", acting.enter),
    web.post(r"/ledger/claims/{id:\d{1,15}}", acting.settle_claim),
    web.get(r"/ledger/claims/{id:\d{1,15}}/pictures/{picture:[0-9a-f]{40}}", reading.show_evidence),
    web.get("/ledger/shop", reading.show_shop),
    web.post("/ledger/shop", acting.save_item),
    web.post(r"/ledger/orders/{id:\d{1,15}}", acting.settle_order),
    web.get("/ledger/books", reading.show_books),
    web.post("/ledger/grants", acting.grant),
    web.post("/ledger/gifts", acting.offer_gift),
    web.get(r"/ledger/residents/{id:\d{1,15}}", reading.show_statement),
    web.get(r"/ledger/residents/{id:\d{1,15}}/statement.xlsx", reading.download_statement),
    web.post(r"/ledger/entries/{id:\d{1,15}}", acting.reverse),
)
