"""Surveys in tests: a room in memory, the published means as answers, and ways to ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

from actions.base import Base
from actions.catalogue import build_catalogue
from actions.outcome import Outcome, Reply
from actions.people.home_model import MEMBER, HomeState, Residence
from actions.people.model import Household, OrgUnit, Resident, Role, StaffMember
from actions.surveys import commands as s
from actions.surveys.book import SurveyTools
from actions.surveys.model import Survey
from actions.surveys.questions import Condition, Kind, Question
from actions.surveys.running import due_surveys
from bot.surveys.book import load_survey_tools
from tests.support.desk import NOON, ROOT, RULES, words

TOOLS: SurveyTools = load_survey_tools(ROOT / "data")
CATALOGUE = build_catalogue(RULES, survey_tools=TOOLS)
TABLES = frozenset(
    "org_unit team staff_member household resident residence contact survey survey_response survey_answered "
    "survey_talk survey_reminder survey_opt_out survey_change quiz_entry quiz_prize poll poll_hand".split()
)
#: as the study prints them, in the order of the template's indicators
PUBLISHED = (
    "84.3 87.1 79.4 80.2 88.0 95.8 90.4 85.3 89.5 86.0 86.4 85.1 80.6 78.8 75.8 "
    "81.1 75.4 76.3 67.0 63.9 83.4 73.6 78.8 76.7 68.6"
).split()
PRINTED = ["83.8", "89.4", "81.3", "72.7", "76.2"]
OVERALL = "80.7"
PEOPLE = 250  # so many answers on five steps reach every mean with one decimal exactly


def published_answers() -> list[dict[str, Any]]:
    """Answers of 250 people to the template whose indicator means are the published ones."""
    questions = TOOLS.templates["community"].questions
    answers: list[dict[str, Any]] = [{} for _ in range(PEOPLE)]
    for n, one in enumerate(answers):
        one |= {"knows": 0 if n % 8 else 2, "gender": n % 2, "age": n % 5, "years": n % 4, "wish": None}
    indicators = [one for one in questions if one.is_indicator]
    for question, mean in zip(indicators, PUBLISHED, strict=True):
        steps, more = divmod(round(float(mean) * 10), PEOPLE)  # each step is worth 25 points
        for n, one in enumerate(answers):
            one[question.key] = 1 + steps + (n < more)
    return answers


YES_NO = Question("", Kind.SINGLE, "您参加过社区活动吗？", ("参加过", "没有"))
WHY = Question("", Kind.TEXT, "为什么没有？", required=False, show_if=Condition("q1", (1,)))
SCORE = Question("", Kind.SCALE, "打几分？", low=1, high=5, dimension="总的")


@dataclass
class Office:
    """One session on one community: who makes surveys and who answers."""

    session: AsyncSession
    community: int
    people: dict[str, int]
    staff: dict[str, int]
    now: datetime = NOON
    said: list[Reply] = field(default_factory=list)

    async def do(self, command: Any) -> Outcome:
        """Carry it out; refused, it leaves nothing behind. Every text is rendered."""
        async with self.session.begin_nested():
            outcome = await CATALOGUE[type(command)](self.session, command, self.now)
        for reply in outcome.replies:
            words(reply)
        self.said += outcome.replies
        return outcome

    @property
    def desk(self) -> int:
        return self.staff[Role.COMMITTEE]

    async def draft(self, *questions: Question, template: str = "", quiz: bool = False) -> int:
        """A survey with these questions."""
        made = s.CreateSurvey(self.community, self.desk, "社区小问卷" if not template else "", template, quiz=quiz)
        survey_id = int((await self.do(made)).value)
        for question in questions:
            await self.do(s.SaveQuestion(survey_id, self.desk, question))
        return survey_id

    async def set(self, survey_id: int, **more: Any) -> None:
        """Change its settings."""
        survey = await self.survey(survey_id)
        given: dict[str, Any] = {"title": survey.title, "intro": survey.intro, "who": survey.who}
        given |= {"anonymous": survey.anonymous, "unit_ids": tuple(survey.unit_ids), "closes_at": survey.closes_at}
        await self.do(s.SetSurvey(survey_id, self.desk, s.Setting(**(given | more))))

    async def open(self, survey_id: int) -> None:
        await self.do(s.OpenSurvey(survey_id, self.desk))

    async def survey(self, survey_id: int) -> Survey:
        query = select(Survey).where(Survey.id == survey_id).execution_options(populate_existing=True)
        return (await self.session.scalars(query)).one()

    async def answer(self, survey_id: int, who: str, **answers: Any) -> Outcome:
        return await self.do(s.AnswerSurvey(survey_id, self.people[who], answers))

    async def ring(self, **later: int) -> list[Any]:
        """Let time pass and do all that is due then; the events."""
        self.now += timedelta(**later)
        events = []
        for survey_id in await due_surveys(self.session, self.now, 200):
            events += (await self.do(s.DoSurvey(survey_id))).events
        return events


@asynccontextmanager
async def open_office() -> AsyncIterator[Office]:
    """On SQLite in memory: amei and her husband share a verified home, laoli has one, xiaochen none."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    wanted = [table for table in Base.metadata.sorted_tables if table.name in TABLES]
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=wanted)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        here = OrgUnit(level="community", name="桂花社区", path="/1/")
        session.add(here)
        await session.flush()
        here.community_id = here.id
        building = OrgUnit(
            level="building", name="3栋", code="3", path="/1/2/", community_id=here.id, parent_id=here.id
        )
        session.add(building)
        await session.flush()
        homes = [
            Household(community_id=here.id, building_id=building.id, unit="2", room=room) for room in ("501", "502")
        ]
        session.add_all(homes)
        await session.flush()
        people = {}
        for name, home in (("amei", homes[0]), ("husband", homes[0]), ("laoli", homes[1]), ("xiaochen", None)):
            resident = Resident(
                community_id=here.id, nickname=name, created_at=NOON, building_id=building.id,
                household_id=home.id if home else None,
            )  # fmt: skip
            session.add(resident)
            await session.flush()
            people[name] = resident.id
            if home is not None:
                session.add(
                    Residence(community_id=here.id, resident_id=resident.id, building_id=building.id, kind=MEMBER,
                              unit="2", room=home.room, state=HomeState.VERIFIED, claimed_at=NOON)
                )  # fmt: skip
        staff = [
            StaffMember(community_id=here.id, org_unit_id=here.id, login=role, name=role, role=role, password_hash="",
                        created_at=NOON)
            for role in Role
        ]  # fmt: skip
        session.add_all(staff)
        await session.flush()
        yield Office(session, here.id, people, {one.role: one.id for one in staff})
    await engine.dispose()
