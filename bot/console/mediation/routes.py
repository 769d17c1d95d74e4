"""The addresses of mediation."""

from __future__ import annotations

from aiohttp import web

from bot.console.mediation import acting, case_page, listing, paper

ROUTES = (
    web.get("/mediation", listing.show_cases),
    web.get("/mediation/new", listing.show_new),
    web.post("/mediation/new", listing.open_new),
    web.get("/mediation/mediators", listing.show_mediators),
    web.post(r"/mediation/mediators/{id:\d{1,15}}", listing.save_profile),
    web.get(r"/mediation/{id:\d{1,15}}", case_page.show_case),
    web.post(r"/mediation/{id:\d{1,15}}/act", acting.act),
    web.get(r"/mediation/{id:\d{1,15}}/pictures/{picture:[0-9a-f]{40}}", case_page.show_picture),
    web.get(r"/mediation/{id:\d{1,15}}/paper", paper.show_paper),
    web.get(r"/mediation/{id:\d{1,15}}/paper.docx", paper.download_paper),
    web.post(r"/tickets/{id:\d{1,15}}/mediation", acting.from_ticket),
)
