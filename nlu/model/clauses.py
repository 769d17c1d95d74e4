"""Where a message can be cut, and what the words of a clause say of how it hangs together with what was said before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from nlu.model.folding import fold

SHORTEST = 4  # characters of a part that can be a matter
LONGEST = 300  # characters: a letter tells one matter in many sentences
LETTER = 80  # characters, from here on only a word such as 另外 begins another matter
MANY = 24  # clauses: nobody lists so many matters, and each costs a look

_NEXT = (
    r"另外|还有(?=[^人没])|对了|顺便|顺带|顺道|捎带|顺手(?=[问说报])|再就是|再一个|再者|再[问说]|再麻烦|还想问|想再问|此外|以及"
    r"|(?:说|讲)正经的|[第其][二三四](?=[,:、])|第[二三四][个件条]|[2-4][.、)](?!\d)|[②③④]|[一二三四]是(?!不是)"
)
_TURN = r"但是|不过|可是|而且|只是"  # something else may begin, or what was said is weighed
_NEXT_AT = re.compile(rf"[,、\s]*(?:哦|啊|嗯)?(?:{_NEXT})")
_HAN = "\u4e00-\u9fff"
_CUT = re.compile(
    rf"[。!?;\n~]+|(?<!\d),|,(?!\d)|(?<=[{_HAN}])[ \u3000]+(?=[{_HAN}\d])|(?:[、\s]|^)(?={_NEXT}|{_TURN})"
    # two faults in one breath: "电梯坏了门禁也坏了"
    rf"|(?<=[了亮着开动里])(?=[^,。!?;\s了亮]{{2,8}}[也还](?!没|是|不行))"
)

_RETOLD = re.compile(
    r"说(?!的|好)|讲(?!座)|话我|问|告诉|答应|不认|不理|劝|吵架|要求|[让叫][我他她]|找(?:[他她佢]|物业|楼上|房东)"
)
_ASKS_FOR_HELP = re.compile(r"[,\s]*(?:来|喊|叫|求|派|请(?!问)|帮|麻烦|赶紧|快(?!递)|能不能派|能不能来|安排)")
_GUESSED = re.compile(r"可能|别是|估计|怕|八成|是不是|不是|不怪|不关|好像|大概|像|一个[声样]|想|打算|准备")
_AS_SOON_AS = re.compile(r"一.{1,6}就")
_FOLLOWS = re.compile(r"就(?!是)|害得|弄得|搞得|吵得|都快|只能|只好|从.{1,4}走")
_OF_SOMEBODY = re.compile(r"[,\s]*(?:[他她它佢]|人家|对方|结果|于是|所以|因为|我(?![家们单这屋]))")
_IF = re.compile(r"[,\s]*(?:这不|难道|有就|有的话|能就|.{1,4}的话|不行就|可以就)")
_AS_WELL = re.compile(r"也|还(?![没是好行要能])|又|仲|就是|而且")
_STILL = re.compile(r"还没|还是|依旧|仍|到现在|照样|又坏")
_OFFICE = re.compile(
    r"医保|社保|养老|退休|居住证|身份证|老年[卡证]|户口|落户|低保|补贴|补助|津贴|公租房|入学|学区|独生|生育|残疾|高龄|长护|租房补"
)
#: what a list begins with: "反映三个事，一是…"
_ANNOUNCED = re.compile(
    r"[^,]{0,8}(?:反映|说|讲|报|问|有)[^,]{0,4}[几两二三四2-4][个件样]?(?:事|问题|情况)[^,]{0,3}[,:。]?\s*"
)
_BUILDING = re.compile(r"([\da-z一二三四五六七八九十]{1,3})(?:栋|幢|号楼|座)")


@dataclass(frozen=True)
class Part:
    """A stretch of a message. ``apart``: the writer says with a word that something else begins."""

    text: str
    apart: bool = False
    head: str = ""  # the clause it begins with, where it has several

    @property
    def wording(self) -> Wording:
        """How it begins."""
        return Wording.of(self.head or self.text)


@dataclass(frozen=True)
class Wording:
    """How a clause is put, whatever it speaks of."""

    length: int
    fresh: bool  # nothing in it leans on what was said before, or tells what somebody said to it
    as_well: bool  # "也", "还": one more of something
    still: bool  # "还没": of what was said before
    asks_for_help: bool  # "麻烦查一查"
    conditional: bool  # "有的话", or no question at all: "这不是……吗"
    at_an_office: bool  # papers and benefits, which have nothing to do with what is broken at home
    buildings: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Wording:
        """Reads the words of a clause."""
        plain = fold(text)
        asks_for_help = _ASKS_FOR_HELP.match(plain) is not None
        leans = any(
            (
                _RETOLD.search(plain),
                _GUESSED.search(plain),
                _FOLLOWS.search(_AS_SOON_AS.sub("", plain)),
                asks_for_help,
                _OF_SOMEBODY.match(plain),
            )
        )
        return cls(
            length=len(plain.strip(" ,。!?;~\n")),
            fresh=not leans,
            as_well=_AS_WELL.search(plain) is not None,
            still=_STILL.search(plain) is not None,
            asks_for_help=asks_for_help,
            conditional=_IF.match(plain) is not None,
            at_an_office=_OFFICE.search(plain) is not None,
            buildings=frozenset(_BUILDING.findall(plain)),
        )


def split(text: str) -> tuple[Part, ...]:
    """The clauses of a message; fewer than two when there is nothing to part."""
    if len(text) > LONGEST:
        return ()
    plain = fold(text)
    cuts = sorted({0, len(text), *(match.end() for match in _CUT.finditer(plain))})
    parts: list[Part] = []
    for first, last in pairwise(cuts):
        piece = Part(text[first:last], _NEXT_AT.match(plain, first, last) is not None)
        if parts and _hang_together(parts[-1], piece, is_letter=len(text) > LETTER):
            parts[-1] = Part(parts[-1].text + piece.text, parts[-1].apart)
        elif piece.text.strip():
            parts.append(piece)
    told = [part for part in parts if not _ANNOUNCED.fullmatch(fold(part.text))]
    return tuple(told) if 1 < len(told) <= MANY else ()


def _hang_together(before: Part, part: Part, *, is_letter: bool) -> bool:
    too_short = min(len(part.text.strip()), len(before.text.strip())) < SHORTEST
    return not part.apart and (is_letter or too_short)
