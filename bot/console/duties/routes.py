"""The addresses of the responsibility list."""

from __future__ import annotations

from aiohttp import web

from bot.console.duties import editing, listing, simulating

ROUTES = (
    web.get("/duties", listing.show_list),
    web.get("/duties/history", listing.show_history),
    web.get("/duties/file.{kind:yml|xlsx}", listing.download),
    web.get(r"/duties/lines/{key:\d{1,9}}", editing.show_line),
    web.post("/duties/lines", editing.save_line),
    web.post(r"/duties/lines/{key:\d{1,9}}/remove", editing.remove_line),
    web.post("/duties/import", editing.import_file),
    web.post("/duties/restore", editing.restore),
    web.get("/duties/simulate", simulating.show_form),
    web.post("/duties/simulate", simulating.run_form),
)
