"""The addresses of surveys."""

from __future__ import annotations

from aiohttp import web

from bot.console.surveys import listing, page, results

ONE = r"/surveys/{id:\d{1,15}}"
ROUTES = (
    web.get("/surveys", listing.show_surveys),
    web.post("/surveys/new", listing.make_new),
    web.post("/surveys/polls", listing.start_poll),
    web.post("/surveys/polls/end", listing.end_poll),
    web.get(ONE, page.show_survey),
    web.post(f"{ONE}/act", page.act),
    web.get(f"{ONE}/results", results.show_results),
    web.get(f"{ONE}/results.xlsx", results.download),
    web.get(ONE + r"/{chart:radar|bars}.svg", results.picture),
    web.get(f"{ONE}/draw.json", results.draw_record),
)
