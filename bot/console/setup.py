"""Adds the console to the application: its routes, behind its gate."""

from __future__ import annotations

from aiohttp import web
from aiohttp_session import session_middleware

from bot.console import (
    alarms,
    auth,
    delivery,
    duty,
    figures,
    home,
    live,
    opening,
    pages,
    pictures,
    queues,
    same,
    schedules,
    sessions,
    staff_chat,
    ticket_forms,
    ticket_page,
    ticket_seal,
    working,
)
from bot.console.activities.routes import ROUTES as ACTIVITY_ROUTES
from bot.console.ballots.routes import ROUTES as BALLOT_ROUTES
from bot.console.channels.routes import ROUTES as CHANNEL_ROUTES
from bot.console.community.routes import ROUTES as COMMUNITY_ROUTES
from bot.console.duties.routes import ROUTES as DUTY_ROUTES
from bot.console.guard import guard_errors, guard_forms, guard_headers, guard_person
from bot.console.guides.routes import ROUTES as GUIDE_ROUTES
from bot.console.handoffs.routes import ROUTES as HANDOFF_ROUTES
from bot.console.homes.routes import ROUTES as HOME_ROUTES
from bot.console.ledger.routes import ROUTES as LEDGER_ROUTES
from bot.console.mediation.routes import ROUTES as MEDIATION_ROUTES
from bot.console.notices.routes import ROUTES as NOTICE_ROUTES
from bot.console.parts import Console
from bot.console.passwords import PasswordCheck
from bot.console.pool.pages import ROUTES as POOL_ROUTES
from bot.console.proposals.routes import ROUTES as PROPOSAL_ROUTES
from bot.console.shifts.routes import ROUTES as SHIFT_ROUTES
from bot.console.surveys.routes import ROUTES as SURVEY_ROUTES
from bot.console.teaching.routes import ROUTES as TEACHING_ROUTES
from bot.console.tips.routes import ROUTES as TIP_ROUTES
from bot.console.watch.pages import ROUTES as WATCH_ROUTES


def setup_console(app: web.Application, deps: Console) -> None:
    """Serve the console under /console and its assets under /static/console."""
    console = web.Application(
        middlewares=[
            guard_headers,
            session_middleware(sessions.cookie_storage(deps.settings)),
            guard_errors,
            guard_person,
            guard_forms,
        ]
    )
    pages.set_up_templates(console, deps)
    console[auth.CHECK] = PasswordCheck()
    rooms = (
        *(ACTIVITY_ROUTES, CHANNEL_ROUTES, DUTY_ROUTES, GUIDE_ROUTES, HANDOFF_ROUTES, HOME_ROUTES, LEDGER_ROUTES),
        *(COMMUNITY_ROUTES, MEDIATION_ROUTES, NOTICE_ROUTES, PROPOSAL_ROUTES, SHIFT_ROUTES, TEACHING_ROUTES),
        *(BALLOT_ROUTES, POOL_ROUTES, SURVEY_ROUTES, TIP_ROUTES, WATCH_ROUTES),
    )
    console.add_routes([*ROUTES, *(route for routes in rooms for route in routes)])
    live.set_up_live(console)
    app.router.add_get("/console", to_home)
    app.router.add_static("/static/console/", pages.STATIC)
    app.add_subapp("/console", console)


async def to_home(_request: web.Request) -> web.Response:
    """The address without its slash."""
    return pages.redirect("/console/")


ROUTES = (
    web.get("/sign-in", auth.show_sign_in),
    web.post("/sign-in", auth.sign_in),
    web.post("/sign-out", auth.sign_out),
    web.get("/account", auth.show_account),
    web.post("/account/password", auth.change_password),
    web.post("/account/chat-code", working.make_code),
    web.post("/account/chats", working.change_chat),
    web.get("/", home.show_home),
    web.get("/tickets", queues.show_queue),
    web.get("/tickets/new", opening.show_form),
    web.post("/tickets/new", opening.open_ticket),
    web.get(r"/tickets/{id:\d{1,15}}", ticket_page.show_ticket),
    web.post(r"/tickets/{id:\d{1,15}}/context", ticket_page.show_context),
    web.get(r"/tickets/{id:\d{1,15}}/pictures/{picture:[0-9a-f]{40}}", pictures.show_picture),
    web.post(r"/tickets/{id:\d{1,15}}/move", ticket_forms.move_ticket),
    web.post(r"/tickets/{id:\d{1,15}}/lower", ticket_forms.lower_ticket),
    web.post(r"/tickets/{id:\d{1,15}}/oversee", ticket_forms.oversee_ticket),
    web.post(r"/tickets/{id:\d{1,15}}/note", ticket_forms.note_ticket),
    web.post(r"/tickets/{id:\d{1,15}}/answer", ticket_forms.answer_ticket),
    web.post(r"/tickets/{id:\d{1,15}}/same/{likeness:\d{1,15}}", same.decide),
    web.post(r"/tickets/{id:\d{1,15}}/reports/{report:\d{1,15}}/part", same.part),
    web.post(r"/tickets/{id:\d{1,15}}/seal", ticket_seal.seal),
    web.post(r"/tickets/{id:\d{1,15}}/preview/{form:move|answer}", ticket_forms.preview),
    web.get("/duty", duty.show_duty),
    web.post("/duty", duty.add_shift),
    web.post(r"/duty/{id:\d{1,15}}/remove", duty.remove_shift),
    web.post(r"/duty/{id:\d{1,15}}/hand-over", duty.hand_over),
    web.get(r"/alarms/{id:\d{1,15}}", alarms.show_alarm),
    web.post(r"/alarms/{id:\d{1,15}}/act", alarms.act),
    web.post(r"/alarms/{id:\d{1,15}}/roll-call", alarms.start_roll_call),
    web.post(r"/alarms/{id:\d{1,15}}/door", alarms.mark_door),
    web.get(r"/alarms/{id:\d{1,15}}/report", alarms.show_report),
    web.get("/schedules", schedules.show_schedules),
    web.get("/figures", figures.show_figures),
    web.get("/figures/download", figures.download),
    web.get("/deliveries", delivery.show_deliveries),
    web.post(r"/deliveries/{id:\d{1,15}}/resend", delivery.resend_one),
    web.post(r"/deliveries/arrivals/{id:\d{1,15}}/retry", delivery.retry_arrival),
    web.get("/staff-chat", staff_chat.show_staff_chat),
    web.get("/live", live.stream),
)
