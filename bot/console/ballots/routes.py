"""The addresses of ballots."""

from __future__ import annotations

from aiohttp import web

from bot.console.ballots import acting, areas, reading, writing

ONE = r"/ballots/{id:\d{1,15}}"
ROUTES = (
    web.get("/ballots", reading.show_list),
    web.get("/ballots/new", writing.show_new),
    web.post("/ballots/new", writing.make_new),
    web.get("/ballots/areas", areas.show),
    web.post("/ballots/areas", areas.save),
    web.post("/ballots/areas/file", areas.import_file),
    web.get("/ballots/areas.xlsx", areas.download),
    web.get(ONE, reading.show_ballot),
    web.post(ONE, acting.act),
    web.get(f"{ONE}/doors", reading.show_doors),
    web.get(f"{ONE}/sheet", reading.show_sheet),
    web.get(f"{ONE}/ballot.xlsx", reading.download),
    web.get(f"{ONE}/papers", reading.show_papers),
    web.post(f"{ONE}/papers", acting.enter),
    web.post(ONE + r"/papers/{paper:\d{1,15}}", acting.settle),
)
