"""A dispute brought as far as a test needs it, by the same orders as chat and console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from actions.mediation import commands as m
from actions.mediation.model import MediationAgreement, MediationCase, MediationParty
from actions.tickets.commands import Actor, AskMediation
from tests.support.console import Office


@dataclass
class Dispute:
    """The case between 王阿姨 and 老李, led by 孙调解."""

    office: Office
    case_id: int

    @property
    def mediator(self) -> int:
        return self.office.people.staff["孙调解"]

    async def run(self, command: object) -> object:
        return (await self.office.parts.performer.run(command)).value

    async def case(self) -> MediationCase:
        return (await self.office.rows(select(MediationCase).where(MediationCase.id == self.case_id)))[0]

    async def party(self, number: int) -> MediationParty:
        query = select(MediationParty).where(MediationParty.case_id == self.case_id, MediationParty.number == number)
        return (await self.office.rows(query))[0]

    async def begin(self) -> Dispute:
        """Accepted, the other side invited and willing, the room of all open."""
        other = self.office.people.residents["老李"]
        await self.run(m.AcceptCase(self.case_id, self.mediator))
        party_id = int(str(await self.run(m.AddParty(self.case_id, self.mediator, other))))
        await self.run(m.InviteParty(party_id, self.mediator))
        await self.run(m.AnswerInvitation(party_id, other, "yes"))
        await self.run(m.OpenCommonRoom(self.case_id, self.mediator))
        return self

    async def agree(self) -> Dispute:
        """A version with one promise, signed by all."""
        promise = m.Promise((await self.party(2)).id, "铺好地垫", date(2026, 11, 30))
        draft = m.DraftAgreement(self.case_id, self.mediator, "夜里有响动", "晚上十点后不拖桌椅", "", (promise,))
        agreement = int(str(await self.run(draft)))
        await self.run(m.OfferAgreement(agreement, self.mediator))
        for name in ("王阿姨", "老李"):
            await self.run(m.SignAgreement(agreement, self.office.people.residents[name], "sign"))
        await self.run(m.RecordSignature(agreement, self.mediator, 0))
        return self

    async def agreements(self) -> list[MediationAgreement]:
        return await self.office.rows(select(MediationAgreement).order_by(MediationAgreement.id))


async def open_dispute(office: Office) -> Dispute:
    """Applied for by 王阿姨, from a ticket of hers."""
    ticket = await office.open("楼上半夜拖桌椅，说了几次都不听", "dispute/noise")
    who = Actor("resident", office.people.residents["王阿姨"])
    await office.parts.performer.run(AskMediation(ticket.id, who))
    case = (await office.rows(select(MediationCase).where(MediationCase.ticket_id == ticket.id)))[0]
    return Dispute(office, case.id)
