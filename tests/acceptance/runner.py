"""Plays chat scripts: who says what in which group, when, and what is answered, stored and due."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from actions.emergencies.commands import AcknowledgeAlarm, AddShift, EndAlarm, StartRollCall
from actions.errors import ActionError
from actions.people.link_commands import MakeStaffCode
from actions.reading import read_yaml
from actions.tickets.commands import Actor, AnswerTicket, LowerTicket, Move, MoveTicket, NoteTicket, OverseeTicket
from actions.tickets.model import Article, Ticket
from bot.clock import LOCAL_ZONE
from bot.knowledge.seeding import seed_guides
from bot.storage.tables import Chat, ChatMessage, InboxRow
from nlu.model.script import to_simplified
from tests.acceptance import (
    activity_steps,
    ballot_steps,
    deed_steps,
    home_steps,
    ledger_steps,
    notice_steps,
    pool_steps,
    proposal_steps,
    shift_steps,
    survey_steps,
    tip_steps,
    watch_steps,
)
from tests.acceptance.activity_steps import activity_command, check_activity, find
from tests.acceptance.ballot_steps import ballot_command, check_ballot
from tests.acceptance.deed_steps import check_deed, deed_command
from tests.acceptance.handoff_steps import check_handoff, handoff_command
from tests.acceptance.hearing import fits
from tests.acceptance.home_steps import HomeSteps
from tests.acceptance.ledger_steps import check_hours, hours_command
from tests.acceptance.mediation_steps import check_case, known_room, mediation_command, room_name
from tests.acceptance.notice_steps import check_notice, notice_command
from tests.acceptance.pool_steps import check_need, pool_command
from tests.acceptance.proposal_steps import check_proposal, proposal_command
from tests.acceptance.shift_steps import check_shifts, point_code, shift_command
from tests.acceptance.survey_steps import check_survey, survey_command
from tests.acceptance.tip_steps import TipSteps
from tests.acceptance.watch_steps import check_worry, watch_command
from tests.support.world import World, line_text

SPAN = re.compile(r"^\+(?P<n>\d+)(?P<unit>[smhd])$")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Script:
    """One story. ``at`` is the local wall-clock start; ``settings`` are those of the installation."""

    path: Path
    title: str
    at: datetime
    steps: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any]
    duty: tuple[str, ...]  # who is on duty for a day from an hour before the start, who is paged first in front
    guides: bool = False  # the guides that ship are on the shelf


def read_script(path: Path) -> Script:
    """A script from its YAML file; unknown keys in a step are an error, so that a typo cannot pass for a check."""
    data = read_yaml(path.read_text("utf-8"))
    for number, step in enumerate(data["steps"], 1):
        unknown = set(step) - KNOWN_KEYS
        if not {"who", "staff", "clock", "form", "visit"} & set(step):
            raise ValueError(f"{path.name}, step {number}: nobody does anything")
        if unknown:
            raise ValueError(f"{path.name}, step {number}: unknown {sorted(unknown)}")
    at = datetime.fromisoformat(str(data.get("at", "2026-11-18 10:00"))).replace(tzinfo=LOCAL_ZONE)
    return Script(
        path,
        data["title"],
        at,
        tuple(data["steps"]),
        data.get("settings", {}),
        tuple(data.get("duty", ())),
        bool(data.get("guides")),
    )


KNOWN_KEYS = (
    frozenset(
        "who in says after_characters at at_bot pictures quotes presses mentions again "
        "staff move note answer private text tell to_team to_staff into reason service until ticket refused "
        "mediation party to room day promises alarm clock hears silent stored case history tickets decision "
        "handoff handed chat_code".split()
    )
    | tip_steps.KEYS
    | activity_steps.KEYS
    | home_steps.KEYS
    | ledger_steps.KEYS
    | notice_steps.KEYS
    | (proposal_steps.KEYS | ballot_steps.KEYS | deed_steps.KEYS | survey_steps.KEYS)
)
KNOWN_KEYS |= shift_steps.KEYS | pool_steps.KEYS | watch_steps.KEYS


ALARM_COMMANDS: Mapping[str, Any] = {
    "acknowledge": AcknowledgeAlarm,
    "end": EndAlarm,
    "false_alarm": partial(EndAlarm, false_alarm=True),
}


#: a word of a step → the command that staff give by it
STAFF_COMMANDS: Mapping[str, Any] = {
    "mediation": mediation_command,
    "notice": notice_command,
    "ballot": ballot_command,
    "survey": survey_command,
    "activity": activity_command,
    "handoff": handoff_command,
    "proposal": proposal_command,
    "deed": deed_command,
    "bulletin": deed_command,
    "watch": watch_command,
    "pool": pool_command,
    "shift": shift_command,
    "hours": hours_command,
}
THEN_THE_CLOCK = frozenset({"notice", "survey", "deed", "bulletin", "watch"})  # what it sends, it sends at once


class Player:
    """Plays one script in one world and checks every step."""

    def __init__(self, world: World, script: Script) -> None:
        self.world, self.script = world, script
        self.tips = TipSteps(world)
        self.homes = HomeSteps(world)
        self.seen = 0  # id of the last line looked at
        self.last_line: dict[str, ChatMessage] = {}

    async def play(self) -> None:
        """Every step in order. Raises AssertionError naming script and step."""
        self.world.clock.move_to(self.script.at)
        await self._put_on_duty()
        if self.script.guides:
            parts = self.world.parts
            await seed_guides(parts.db, self.world.clock, parts.rules, parts.settings.data)
        for number, step in enumerate(self.script.steps, 1):
            try:
                await self._step(step)
            except AssertionError as error:
                raise AssertionError(f"{self.script.path.name}, step {number} {dict(step)}:\n{error}") from error

    async def _put_on_duty(self) -> None:
        starts_at = self.script.at - timedelta(hours=1)
        for turn, name in enumerate(self.script.duty, 1):
            here, by = self.world.community_id, self.world.staff["钱主任"]
            shift = AddShift(here, here, self.world.staff[name], starts_at, starts_at + timedelta(days=1), by, turn)
            await self.world.parts.performer.run(shift)

    async def _step(self, step: Mapping[str, Any]) -> None:
        self._move_clock(step)
        if "who" in step:
            await self._resident(step)
        elif "staff" in step:
            await self._staff(step)
        elif "form" in step:
            await self.tips.form(step)
        elif "visit" in step:
            await self.tips.visit(step)
        elif "clock" in step:
            await self.world.tick()
        await self.world.settle()
        lines = await self._new_lines()
        if step.get("silent"):
            assert not lines, f"the bot should be silent but said: {[line_text(line) for _, line in lines]}"
        if "hears" in step:
            self._check_heard(step["hears"], lines)
        await self._check_stored(step)
        await self.tips.check(step)
        await self.homes.check(step)

    def _move_clock(self, step: Mapping[str, Any]) -> None:
        when = str(step.get("at") or step.get("clock") or "")
        if span := SPAN.match(when):
            self.world.clock.advance(timedelta(**{UNITS[span["unit"]]: int(span["n"])}))
        elif when:
            at = datetime.fromisoformat(when).replace(tzinfo=LOCAL_ZONE)
            assert at >= self.world.clock.now(), f"{when} lies before the step before"
            self.world.clock.move_to(at)

    async def _resident(self, step: Mapping[str, Any]) -> None:
        chat = await known_room(self.world, step.get("in", "东区群"), step["who"])
        small_talk = "今天天气不错，" * 1000
        said = self.homes.filled(str(step.get("says", "")))
        button, text = None, small_talk[: int(step.get("after_characters", 0))] + said
        if "code_of" in step:
            text = f"{text}{(await find(self.world, str(step['code_of']))).code}"
        if "point_of" in step:
            text = text.replace("点位码", await point_code(self.world, str(step["point_of"])))
        if "presses" in step:
            button, text = self._button(chat, str(step["presses"]), step["who"])
        external = f"again:{step['again']}" if "again" in step else None
        quoted = self.last_line.get(f"{step['quotes']}@{chat}") if "quotes" in step else None
        assert "quotes" not in step or quoted is not None, f"nothing of {step['quotes']} to quote in {chat}"
        await self.world.say(
            step["who"],
            text,
            chat=chat,
            pictures=tuple(step.get("pictures", ())),
            at_bot=bool(step.get("at_bot")),
            reply_to=quoted.id if quoted is not None else None,
            button=button,
            mentions=tuple(step.get("mentions", ())),
            external_id=external,
        )

    def _button(self, chat: str, wanted: str, who: str) -> tuple[str, str]:
        """Below the last line there, else below the last one that was said to this resident in private."""
        lines = [self.last_line.get(f"buttons@{chat}"), self.last_line.get(f"buttons@{chat}:{who}")]
        buttons = [b for line in lines if line is not None for b in (line.extra or {}).get("buttons", ())]
        for button in buttons:
            if wanted in to_simplified(button["label"]):
                return button["value"], button["label"]
        raise AssertionError(f"no button {wanted!r} in {chat}; there are {[b['label'] for b in buttons]}")

    async def _staff(self, step: Mapping[str, Any]) -> None:
        refused = await self._refused(step)
        assert refused == step.get("refused"), f"refused as {refused}"
        if step.keys() & THEN_THE_CLOCK:
            await self.world.tick()

    async def _refused(self, step: Mapping[str, Any]) -> str | None:
        """Let staff do it; the code of the error it was refused with, None when it was done."""
        if "tip" in step:
            return await self.tips.staff(step)
        if "home" in step:
            return await self.homes.staff(step)
        if "chat_code" in step:
            made = await self.world.parts.performer.run(MakeStaffCode(self.world.staff[step["staff"]]))
            self.homes.code = str(made.value)
            return None
        build = next((build for key, build in STAFF_COMMANDS.items() if key in step), None)
        if build is not None:
            command = await build(self.world, step)
            return await self._refusal(command) if command is not None else None
        ticket = await self._ticket(int(step.get("ticket", 0)))
        actor = Actor("staff", self.world.staff[step["staff"]], step["staff"])
        return await self._refusal(self._staff_command(step, ticket, actor))

    async def _refusal(self, command: Any) -> str | None:
        """The code of the error it was refused with, None when it was done."""
        try:
            await self.world.parts.performer.run(command)
        except ActionError as error:
            return error.code
        return None

    def _staff_command(self, step: Mapping[str, Any], ticket: Ticket, actor: Actor) -> Any:
        text = str(step.get("text", ""))
        if "alarm" in step:
            if step["alarm"] == "roll_call":
                return StartRollCall(ticket.id, ticket.org_unit_id, self.world.staff[str(actor.name)])
            return ALARM_COMMANDS[step["alarm"]](ticket.id, actor.id)
        if "note" in step:
            return NoteTicket(ticket.id, actor, step["note"])
        if "answer" in step:
            return AnswerTicket(ticket.id, actor, step["answer"], private=bool(step.get("private")))
        if step["move"] == "lower":
            return LowerTicket(ticket.id, actor, text)
        if step["move"] == "oversee":
            until = datetime.fromisoformat(str(step["until"])).replace(tzinfo=LOCAL_ZONE)
            return OverseeTicket(ticket.id, actor, text, until)
        return MoveTicket(
            ticket.id,
            Move(step["move"]),
            actor,
            text=text,
            tell=str(step.get("tell", "")),
            pictures=tuple(step.get("pictures", ())),
            team_id=self.world.teams[step["to_team"]] if "to_team" in step else None,
            assignee_id=self.world.staff[step["to_staff"]] if "to_staff" in step else None,
            into_ref=str(step.get("into", "")),
            reason=str(step.get("reason", "")),
            service=str(step.get("service", "")),
        )

    async def _new_lines(self) -> list[tuple[str, ChatMessage]]:
        """What bot and staff said since the last step, with the name of its chat."""
        async with self.world.parts.db.read() as session:
            query = (
                select(Chat, ChatMessage)
                .join(Chat, Chat.id == ChatMessage.chat_id)
                .where(ChatMessage.id > self.seen)
                .order_by(ChatMessage.id)
            )
            rows = (await session.execute(query)).all()
        lines = []
        for chat, line in rows:
            self.seen = max(self.seen, line.id)
            name = self._chat_name(chat)
            plain = name.partition(":")[0]
            if chat.kind == "room":
                name = plain = await room_name(session_world=self.world, chat=chat)
            if line.sender == "resident":
                self.last_line[f"{self._nickname(line.resident_id)}@{plain}"] = line
                continue
            self.last_line[f"小邻@{plain}"] = line
            if (line.extra or {}).get("buttons"):
                self.last_line[f"buttons@{plain}"] = self.last_line[f"buttons@{name}"] = line
            lines.append((name, line))
        return lines

    def _chat_name(self, chat: Chat) -> str:
        if chat.kind == "room":
            return ""
        if chat.kind == "private":
            owner = next(n for n, chat_id in self.world.private.items() if chat_id == chat.id)
            return f"私聊:{owner}"
        return str(chat.name)

    def _nickname(self, resident_id: int | None) -> str:
        return next((n for n, i in self.world.residents.items() if i == resident_id), "?")

    def _check_heard(self, expected: Sequence[Mapping[str, Any]], lines: list[tuple[str, ChatMessage]]) -> None:
        shown = [f"[{name}] {line_text(line)}" for name, line in lines]
        assert len(lines) == len(expected), f"expected {len(expected)} lines, heard {len(lines)}:\n" + "\n".join(shown)
        left = list(lines)
        for want in expected:
            match = next((one for one in left if fits(self.world, want, *one)), None)
            assert match is not None, f"nothing like {dict(want)} in\n" + "\n".join(shown)
            left.remove(match)

    async def _ticket(self, number: int) -> Ticket:
        """The ``number``-th ticket of the story, 1 the first; 0 the latest."""
        async with self.world.parts.db.read() as session:
            tickets = (await session.execute(select(Ticket).order_by(Ticket.id))).scalars().all()
        assert tickets, "there is no ticket"
        return tickets[number - 1]

    async def _check_stored(self, step: Mapping[str, Any]) -> None:
        await check_notice(self.world, step)
        await check_proposal(self.world, step)
        await check_ballot(self.world, step)
        await check_deed(self.world, step)
        await check_shifts(self.world, step)
        await check_survey(self.world, step)
        if "need" in step:
            await check_need(self.world, step["need"])
        if "worry" in step:
            await check_worry(self.world, step["worry"])
        if "balance" in step:
            await check_hours(self.world, step["balance"])
        if "case" in step:
            await check_case(self.world, step["case"])
        if "places" in step:
            await check_activity(self.world, step["places"], str(step.get("of", "")))
        if "handed" in step:
            await check_handoff(self.world, step["handed"])
        async with self.world.parts.db.read() as session:
            tickets = (await session.execute(select(Ticket).order_by(Ticket.id))).scalars().all()
            decision = await session.scalar(select(InboxRow.decision).order_by(InboxRow.id.desc()).limit(1))
        if "tickets" in step:
            assert len(tickets) == step["tickets"], f"{len(tickets)} tickets: {[t.service for t in tickets]}"
        if "decision" in step:
            assert decision == step["decision"], f"decided {decision}"
        if "stored" in step:
            wanted = dict(step["stored"])
            ticket = await self._ticket(int(wanted.pop("ticket", 0)))
            for key, value in wanted.items():
                found = self._field(ticket, key)
                assert found == value, f"{key} is {found!r}, not {value!r}"
        if "history" in step:
            ticket = await self._ticket(int(step.get("ticket", 0)))
            moves = await self._moves(ticket.id)
            assert moves == list(step["history"]), f"history is {moves}"

    def _field(self, ticket: Ticket, key: str) -> Any:
        if key == "team":
            return next(body for body, i in self.world.teams.items() if i == ticket.team_id)
        if key == "assignee":
            return next((n for n, i in self.world.staff.items() if i == ticket.assignee_id), None)
        value = getattr(ticket, key)
        if isinstance(value, datetime):
            return value.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")
        return value

    async def _moves(self, ticket_id: int) -> list[str]:
        async with self.world.parts.db.read() as session:
            query = select(Article.move).where(Article.ticket_id == ticket_id).order_by(Article.id)
            return list((await session.execute(query)).scalars())
