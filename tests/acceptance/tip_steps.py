"""Steps of chat scripts about tips: the form, visits with number and passphrase, staff who open and move a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from actions.errors import ActionError
from actions.tips.commands import LeaveTip, MoveTip, Opening, ReadTip, TipMove, VisitTip
from actions.tips.model import Tip, TipReading
from tests.support.tips import plain_rows
from tests.support.world import World

KEYS = frozenset("tip form visit tip_case to receipt tips sealed opened nowhere".split())
PASSPHRASE, WRONG = "3817 2905 6641", "1111 2222 3333"


class TipSteps:
    """What a script does with tips in a world, and how it is checked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.opened: Any = None

    async def form(self, step: Mapping[str, Any]) -> None:
        """Somebody fills in the anonymous form."""
        form = dict(step["form"])
        service = form.get("service", "safety_tip/other")
        await self.world.parts.performer.run(
            LeaveTip(
                self.world.community_id,
                service,
                form["text"],
                passphrase=PASSPHRASE,
                form_key=str(form.get("number", form["text"])),
            )
        )

    async def visit(self, step: Mapping[str, Any]) -> None:
        """They come back; what they are shown is kept for ``opened``."""
        visit = dict(step["visit"] or {})
        tip = await self.case(int(step.get("tip_case", 0)))
        word = WRONG if visit.get("wrong") else PASSPHRASE
        for _ in range(int(visit.get("times", 1))):
            done = await self.world.parts.performer.run(VisitTip(tip.ref, word, str(visit.get("text", ""))))
        found = done.value
        assert bool(found.ref) == visit.get("in", True), f"let in: {bool(found.ref)}"
        self.opened = [entry.text for entry in found.entries]

    async def staff(self, step: Mapping[str, Any]) -> str | None:
        """A member of staff opens a case or moves it; the code it was refused with."""
        tip, staff_id = await self.case(int(step.get("tip_case", 0))), self.world.staff[step["staff"]]
        what, text = str(step["tip"]), str(step.get("text", ""))
        command: Any
        if what in ("content", "reporter", "form"):
            command = ReadTip(tip.id, staff_id, Opening(what), str(step.get("reason", "handle")))
        else:
            to, receipt = str(step.get("to", "")), str(step.get("receipt", ""))
            command = MoveTip(tip.id, staff_id, TipMove(what), text, to, receipt)
        try:
            outcome = await self.world.parts.performer.run(command)
        except ActionError as error:
            return error.code
        if isinstance(command, ReadTip):
            case = outcome.value
            self.opened = [*(str(dict(e.words)) for e in case.entries), str(case.reporter or "")]
        return None

    async def case(self, number: int) -> Tip:
        """The ``number``-th case of the story, 1 the first; 0 the latest."""
        tips = await self._tips()
        assert tips, "there is no tip"
        return tips[number - 1]

    async def _tips(self) -> list[Tip]:
        async with self.world.parts.db.read() as session:
            return list(await session.scalars(select(Tip).order_by(Tip.id)))

    async def check(self, step: Mapping[str, Any]) -> None:
        """What is kept of it, what was shown, and that words stand nowhere in clear."""
        if "tips" in step:
            tips = await self._tips()
            assert len(tips) == step["tips"], f"{len(tips)} tips"
        if "sealed" in step:
            await self._check_sealed(dict(step["sealed"]), int(step.get("tip_case", 0)))
        for part in _list(step.get("opened")):
            assert any(part in text for text in self.opened or ()), f"{part!r} is not in what was opened: {self.opened}"
        if "nowhere" in step:
            rows = await plain_rows(self.world.parts.db)
            for word in _list(step["nowhere"]):
                found = [f"{table}: {row}" for table, row in rows if word in row]
                assert not found, f"{word!r} stands in clear: {found}"

    async def _check_sealed(self, wanted: dict[str, Any], number: int) -> None:
        tip = await self.case(number)
        if "team" in wanted:
            body = next((b for b, i in self.world.teams.items() if i == tip.team_id), None)
            assert body == wanted.pop("team"), f"team is {body}"
        if "read_by" in wanted:
            async with self.world.parts.db.read() as session:
                query = select(TipReading.name).where(TipReading.tip_id == tip.id).order_by(TipReading.id)
                names = list(await session.scalars(query))
            assert names == wanted.pop("read_by"), f"read by {names}"
        if "unread" in wanted:
            assert (tip.unread_since is not None) == wanted.pop("unread"), f"unread since {tip.unread_since}"
        for key, value in wanted.items():
            assert getattr(tip, key) == value, f"{key} is {getattr(tip, key)!r}, not {value!r}"


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
