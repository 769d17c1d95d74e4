"""For whom somebody reports: "我妈家暖气不热", "帮我爸报修". Read from the words, only when a ticket is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Button, Reply
from actions.people.doors import find_residence
from actions.tickets.model import Ticket

KEEP_BUTTON = "home:keep:{}:{}:{}:{}"

_WORDS: Mapping[str, tuple[str, ...]] = {
    "父母": ("爸妈", "爸媽", "父母", "爹娘", "爸爸妈妈", "爸爸媽媽", "老两口", "老兩口"),
    "公婆": ("公公婆婆", "公婆"),
    "母亲": ("老妈", "老媽", "妈妈", "媽媽", "阿妈", "阿媽", "母亲", "母親", "老娘", "妈", "媽", "娘"),
    "父亲": ("老爸", "老豆", "爸爸", "阿爸", "父亲", "父親", "老爹", "爸", "爹"),
    "奶奶": ("奶奶", "嫲嫲", "阿嫲", "祖母"),
    "爷爷": ("爷爷", "爺爺", "阿爷", "阿爺", "祖父"),
    "外婆": ("外婆", "姥姥", "外祖母"),
    "外公": ("外公", "姥爷", "姥爺", "外祖父"),
    "岳母": ("岳母", "丈母娘", "丈母孃"),
    "岳父": ("岳父", "老丈人", "丈人"),
    "婆婆": ("婆婆",),
    "公公": ("公公",),
    "亲戚": ("舅舅", "姑姑", "姨妈", "姨媽", "叔叔", "伯伯", "姑妈", "姑媽", "大姨", "二姨", "亲戚", "親戚"),
    "儿女": ("儿子", "兒子", "女儿", "女兒", "闺女", "閨女"),
    "邻居": ("邻居", "鄰居", "街坊", "对门", "對門"),
    "老人": ("老人家", "老人"),
}
_KIN_OF = {word: kin for kin, words in _WORDS.items() for word in words} | {kin: kin for kin in _WORDS}
_ALL = sorted(_KIN_OF, key=len, reverse=True)
KINS = tuple(_WORDS)  # the plain words
KIN = "|".join(_ALL)  # for patterns: any of them, the longest first
_NAMED = r"(?:\w{0,3}(?:阿姨|叔叔|大爷|大爺|大妈|大媽|奶奶|爷爷|爺爺|婆婆|伯伯|老师|老師))?"
_HOME_OF = re.compile(
    rf"(?:我|俺|咱|偶|阮)(?:们|們|的)?(?P<kin>{KIN})(?:家|屋企|那边|那邊|那里|那裡|那儿|嗰边|嗰邊|那屋|屋里|屋裡|房子|住)"
)
_FOR = re.compile(
    rf"(?:帮|幫|替|给|給|代|为|為)(?:一下)?(?:我|俺|咱)?(?:们|們|的)?(?P<kin>{KIN}){_NAMED}(?:家)?"
    r"(?:那边|那邊)?(?:报|報|修|问|問|反映|申[请請]|登[记記]|约|約|叫|求|看|催|说|說|打听|打聽|投[诉訴])"
)


def kin_of(word: str) -> str:
    """The plain word for whom they mean: "我妈", "老媽" are 母亲. "" for an unknown one."""
    return _KIN_OF.get(word, "")


def find_kin(text: str) -> str:
    """For whom it is reported, "" where somebody speaks for themselves."""
    found = _HOME_OF.search(text) or _FOR.search(text)
    return kin_of(found["kin"]) if found is not None else ""


async def offer_to_keep(session: AsyncSession, ticket: Ticket) -> tuple[Reply, ...]:
    """Said for the same door before: whether it is to be remembered, asked in private and without naming it."""
    if not (ticket.building and ticket.room and ticket.reporter_id):
        return ()
    before = select(Ticket.id).where(
        Ticket.community_id == ticket.community_id,
        Ticket.reporter_id == ticket.reporter_id,
        Ticket.on_behalf == ticket.on_behalf,
        Ticket.building == ticket.building,
        Ticket.room == ticket.room,
        Ticket.id != ticket.id,
    )
    if await session.scalar(before.limit(1)) is None:
        return ()
    if await find_residence(session, ticket.reporter_id, ticket.on_behalf) is not None:
        return ()
    value = KEEP_BUTTON.format(ticket.building, ticket.unit, ticket.room, ticket.on_behalf)
    reply = Reply(
        "home.keep_offer",
        {"kin": ticket.on_behalf},
        to=Audience.PRIVATE,
        resident_id=ticket.reporter_id,
        community_id=ticket.community_id,
        buttons=(Button("button.home.keep", value),),
        effect_key=f"home:keep:{ticket.reporter_id}:{ticket.on_behalf}:{ticket.building}:{ticket.room}",
    )
    return (reply,)
