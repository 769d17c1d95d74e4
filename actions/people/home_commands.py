"""What may be asked about homes: claiming one, proving it, asking neighbours, leaving, and what staff decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

CODES_HOLD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Door:
    """A door as said: the building's number or name, unit and room in digits."""

    building: str = ""
    unit: str = ""
    room: str = ""

    def __bool__(self) -> bool:
        return bool(self.building or self.unit or self.room)


@dataclass(frozen=True, slots=True)
class ClaimHome:
    """ "我住3栋2单元501", or with ``kin`` "我妈家住…": a claim, no proof. ``moving``: leave the home they have."""

    community_id: int
    resident_id: int
    door: Door
    kin: str = ""
    moving: bool = False


@dataclass(frozen=True, slots=True)
class UseCode:
    """An invitation code, with the door it should be for if it was said."""

    community_id: int
    resident_id: int
    code: str
    door: Door = Door()
    kin: str = ""


@dataclass(frozen=True, slots=True)
class VoidCode:
    """A code was sent into a group by mistake: it is void from now on. Nothing happens if it is none."""

    community_id: int
    resident_id: int
    code: str


@dataclass(frozen=True, slots=True)
class AskNeighbours:
    """Have one or two who are verified asked whether they know this resident. ``residence_id``: which claim."""

    community_id: int
    resident_id: int
    residence_id: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerVouch:
    """What one who was asked says: "yes" or "no"."""

    vouch_id: int
    resident_id: int
    answer: str


@dataclass(frozen=True, slots=True)
class ObjectToMember:
    """A member of the household does not know who has just been bound to it."""

    residence_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class ShowHome:
    """ "我的住址": home, state, members by nickname, whom one speaks for. In private."""

    community_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class LeaveHome:
    """ "我搬走了". Not ``sure``: asked once more. ``residence_id``: a household no longer spoken for."""

    community_id: int
    resident_id: int
    sure: bool = False
    residence_id: int | None = None


@dataclass(frozen=True, slots=True)
class SettleClaim:
    """A grid worker's word. ``what``: confirm, refuse (with a reason), move (to ``building_id``…), end (of a verified
    one, with a reason)."""

    residence_id: int
    staff_id: int
    what: str
    reason: str = ""
    building_id: int | None = None
    unit: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class RegisterDoors:
    """The doors that a building (or a unit of it) has. Those known stay. Outcome.value: how many are new."""

    staff_id: int
    building_id: int
    unit: str
    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MakeCodes:
    """A code for each of these households; those made before are void. Outcome.value: {household id: code}."""

    staff_id: int
    household_ids: tuple[int, ...]
    uses: int = 1
    lasting: timedelta = CODES_HOLD


@dataclass(frozen=True, slots=True)
class SaveContact:
    """Real name and phone, sealed already. ``resident_id`` None: somebody who only phones. Outcome.value: the id."""

    community_id: int
    name_sealed: bytes
    phone_sealed: bytes
    phone_mark: str
    resident_id: int | None = None
    building_id: int | None = None
    unit: str = ""
    room: str = ""
