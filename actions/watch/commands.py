"""What may be asked of the neighbour watch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MakeWatch:
    """Staff put a group together; everybody, the lead too, is asked in private. ``source``: once per form."""

    community_id: int
    staff_id: int
    title: str
    lead_id: int
    member_ids: tuple[int, ...]
    names: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ChangeWatch:
    """Staff: ask ``resident_id`` to join ("add"), take them out ("drop"), make them lead ("lead"), or "end" it all."""

    group_id: int
    staff_id: int
    do: str
    resident_id: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerWatch:
    """Who was asked says yes or no; who said yes may leave the same way."""

    group_id: int
    resident_id: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class AskWatch:
    """ "我们守望小组有谁": nicknames, no doors. In no group: Outcome.value is NOTHING_FITS unless ``addressed``."""

    community_id: int
    resident_id: int
    addressed: bool


@dataclass(frozen=True, slots=True)
class SayWorry:
    """ "张奶奶今天没开门". No group knows them: Outcome.value is NOTHING_FITS."""

    community_id: int
    resident_id: int
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class GoAndLook:
    """A member goes; the first who says so."""

    worry_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class TellFound:
    """Who went says how they are: well, or help is needed."""

    worry_id: int
    resident_id: int
    well: bool


@dataclass(frozen=True, slots=True)
class SettleWorry:
    """Staff have seen to it. ``text``: told to who was worried."""

    worry_id: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class AnswerEve:
    """The lead has looked around before a holiday: all are well, or somebody needs help."""

    group_id: int
    resident_id: int
    well: bool


@dataclass(frozen=True, slots=True)
class DoWorry:
    """The clock: nobody went in time, or no word came back; doing it twice does nothing."""

    worry_id: int


@dataclass(frozen=True, slots=True)
class AskEve:
    """The clock: the lead is asked to look around before a long holiday, once."""

    group_id: int
