"""The addresses of tips."""

from __future__ import annotations

from aiohttp import web

from bot.console.tips import case, paper, queue

ONE = r"/tips/{id:\d{1,15}}"
ROUTES = (
    web.get("/tips", queue.show_queue),
    web.get(ONE, case.show_case),
    web.post(f"{ONE}/open", case.open_case),
    web.post(f"{ONE}/move", case.move_case),
    web.post(f"{ONE}/paper", paper.show_paper),
    web.post(f"{ONE}/docx", paper.send_docx),
)
