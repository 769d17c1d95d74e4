"""What both ways of sending share: where something goes, and what the platform's limits leave of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.plain_words import text_of
from bot.channels.wecom.aibot_accounts import REFUSED, Bot
from bot.channels.wecom.aibot_deps import WecomTools
from bot.channels.wecom.aibot_speech import Json, build_card, can_have_card
from bot.channels.wecom.codes import Answer, Verdict
from bot.errors import DeliveryError, DeliveryLater, DeliveryRefused, DeliveryUnknown
from bot.messages import OutgoingMessage
from bot.storage.channels import set_state
from bot.storage.spending import Purse, spend_all, try_spend

HINT, CARD_TITLE = "channels.buttons", "channels.wecom.card_title"


@dataclass(frozen=True, slots=True)
class Way:
    """Where something goes: our chat, the id there, the group if it is one, and the line that is answered."""

    chat_id: int
    to: str
    in_group: bool
    group_id: int | None
    answers_id: int | None


@dataclass(frozen=True, slots=True)
class Errand:
    """One delivery."""

    message: OutgoingMessage
    way: Way
    delivery_id: int
    again: bool


class Desk:
    """Words and limits of one process."""

    def __init__(self, parts: ChannelParts, tools: WecomTools, counts: Counts) -> None:
        self.parts, self.tools, self.counts = parts, tools, counts

    def words(self, message: OutgoingMessage, *, card: bool) -> str:
        """All of it as text; the buttons as numbers unless they come on a card."""
        shown = replace(message, buttons=()) if card and can_have_card(message.buttons) else message
        return text_of(shown, self.parts.phrases.render(HINT, {"buttons": "{buttons}"}))

    def card(self, errand: Errand) -> Json | None:
        """The buttons on a card, if one can hold them."""
        buttons = errand.message.buttons
        if not can_have_card(buttons):
            return None
        title = self.parts.phrases.render(CARD_TITLE)
        return build_card(title, [{"label": b.label, "value": b.value} for b in buttons], errand.delivery_id)

    async def spend(self, bot: Bot, errand: Errand) -> None:
        """Count one call to the chat. Raises DeliveryLater when the platform takes no more now."""
        limits = self.tools.limits
        async with self.parts.db.write() as session:
            until = await try_spend(
                session,
                _purse(bot, errand.way),
                limits.of(limits.bot, urgent=errand.message.urgent),
                self.parts.clock.now(),
            )
        if until is not None:
            self.counts.count(bot, "put_off")
            raise DeliveryLater(until, "thirty a minute")

    async def settle(self, bot: Bot, errand: Errand, answer: Answer) -> None:
        """Be content with an answer, or raise what follows from it."""
        match answer.verdict:
            case Verdict.DONE:
                self.counts.seen(bot)
            case Verdict.LATER:
                self.counts.fault(bot, "too_many")
                purse, limit = _purse(bot, errand.way), self.tools.limits.bot[0]
                async with self.parts.db.write() as session:
                    until = await spend_all(session, purse, limit, self.parts.clock.now())
                raise DeliveryLater(until, str(answer))
            case Verdict.AGAIN:
                raise DeliveryError(str(answer))
            case Verdict.UNTOLD:
                self.counts.fault(bot, "no_answer")
                raise DeliveryUnknown(f"{answer}: it may have arrived")
            case Verdict.DEAD:
                self.counts.fault(bot, "secret_wrong", str(answer))
                async with self.parts.db.write() as session:
                    await set_state(session, bot.id, state=REFUSED, state_at=self.parts.clock.now())
                raise DeliveryError(str(answer))
            case _:
                self.counts.fault(bot, "not_taken", str(answer))
                raise DeliveryRefused(str(answer))


def _purse(bot: Bot, way: Way) -> Purse:
    return Purse(bot.id, bot.community_id, f"{'group' if way.in_group else 'single'}:{way.to}")
