"""Ballots in the chat: what is voted on, how one votes, one's own vote, whether the home has voted, paper."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.ballots.commands import (
    ABSTAIN,
    AGAINST,
    AGREE,
    AskBallots,
    AskOwnVote,
    CastVote,
    ShowReceipt,
    WantPaper,
)
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.messages import ChatKind
from nlu.model.script import to_simplified

LONGEST = 40  # characters; more is a story
_SIGNS = ("投", "票", "弃权", "棄權", "回执", "回執")  # without one of them nothing here is meant
_PLAIN = {
    **dict.fromkeys(("同意", "赞成", "支持"), AGREE),
    **dict.fromkeys(("反对", "不同意", "不赞成", "不支持"), AGAINST),
    "弃权": ABSTAIN,
}
_WHO = r"(?:我们家|我们|咱们?家?|俺家?|我家|我|本户)"
_HEAD = r"[\s,，]*(?:@?小邻)?[\s,，]*"
_END = r"(?:票|一票|这一项|吧|了|啊|哦|的|[。.！!～~\s])*"
_VOTES = re.compile(
    rf"{_HEAD}{_WHO}(?:要|想|就)?(?:投|选|投票)(?:的是|个|一票|给)?(?P<word>{'|'.join(_PLAIN)}){_END}"
    rf"|{_HEAD}{_WHO}?投(?P<bare>{'|'.join(_PLAIN)})票?{_END}|{_HEAD}{_WHO}(?P<out>弃权){_END}"
)
_VOTES_FOR = re.compile(
    rf"{_HEAD}{_WHO}(?:要|想|就)?投(?:票)?(?:给|的是|个)?(?P<word>[^投诉票了过没吗呢？?，,。]{{2,20}}){_END}"
)
_NO_VOTE = re.compile(r"投诉|投资|投币|投递|投稿|投影|投毒|投篮|投保|投放|投喂")
_OWN = re.compile(
    rf"{_WHO}(?:有没有|是不是|到底)?(?:投|投票)(?:过|好)?(?:了)?(?:票)?(?:了)?(?:没有?|吗|么|嘛)[呀啊呢？?。\s]*$"
    rf"|{_WHO}(?:有没有|投没投|是不是)(?:投)?(?:过)?票?"
)
_HOW = re.compile(
    r"(?:怎么|咋|如何|怎样|哪里|在哪|去哪)(?:儿|里)?(?:能|可以|去|参加|样)?投(?:票)?(?!诉)"
    r"|投票(?:是)?(?:怎么|咋|如何|在哪|哪里|去哪|入口|链接|流程|方法)"
    r"|(?:有|现在|最近)(?:什么|哪些|啥|有什么|有哪些)(?:要)?(?:投票|表决)|(?:我要|我想|我来|去)投票"
)
_PAPER = re.compile(
    r"纸质?的?(?:选|投)?票|(?:上门|手机).{0,10}(?:投票|选票)|(?:投票|选票).{0,10}(?:上门|纸|不会用手机)"
)
_RECEIPT = re.compile(r"(?:看看?|查看?|查一下|要|给)?(?:我|我家|我们家)?的?(?:投票)?回执码?[。.!！?？\s]*")
#: names what it is about before the word
_VOTES_IN = re.compile(
    rf"{_HEAD}(?P<about>[^,，。?？别没谁他她]{{2,20}}?)[\s,，:：]*{_WHO}(?:要|想|就)?投(?P<word>{'|'.join(_PLAIN)})票?{_END}"
)
#: after a ballot's card was quoted
_BARE = re.compile(rf"{_HEAD}(?:{_WHO})?(?P<word>{'|'.join(_PLAIN)}){_END}")


def decide_ballot(case: Case) -> Decision | None:
    """Short, and plainly about a vote; in a group what finds no ballot is not for the bot."""
    message = case.message
    if message.button or message.mentions_others or message.chat_kind not in (ChatKind.GROUP, ChatKind.PRIVATE):
        return None
    card = _on_card(case)
    if card is None and not any(sign in message.text for sign in _SIGNS):
        return None
    if case.understanding.danger or len(message.text) > LONGEST:
        return None
    if message.quoted is not None and not message.quoted.from_bot:
        return None
    text = to_simplified(message.text).strip()
    if _NO_VOTE.search(text):
        return None
    return _vote(case, text, card) or _question(case, text)


def _on_card(case: Case) -> int | None:
    quoted = case.message.quoted
    return quoted.ballot_id if quoted is not None and quoted.from_bot else None


def _vote(case: Case, text: str, card: int | None) -> Decision | None:
    message = case.message
    found = _VOTES.fullmatch(text)
    word = next((one for one in found.groups() if one), "") if found is not None else ""
    if not word and card is not None and (bare := _BARE.fullmatch(text)) is not None:
        word = bare["word"]
    about = ""
    if not word and card is None and (named := _VOTES_IN.fullmatch(text)) is not None:
        word, about = named["word"], named["about"]
    if word:
        command = replace(_cast(case, _PLAIN[word], card), about=about)
        if not message.addressed:
            return Run(command, tentative=True)
        return Run(command, otherwise=AskBallots(message.community_id, message.resident_id, in_group=_in_group(case)))
    if message.addressed and (named := _VOTES_FOR.fullmatch(text)) is not None:
        return Run(
            _cast(case, named["word"].strip(), card),
            otherwise=AskBallots(message.community_id, message.resident_id, in_group=_in_group(case)),
        )
    return None


def _cast(case: Case, word: str, ballot_id: int | None) -> CastVote:
    message = case.message
    return CastVote(
        message.community_id, message.resident_id, ballot_id, word=word, said_at=message.sent_at,
        in_group=_in_group(case), in_chat=True, tentative=not message.addressed,
    )  # fmt: skip


def _in_group(case: Case) -> bool:
    return case.message.chat_kind is ChatKind.GROUP


def _question(case: Case, text: str) -> Decision | None:
    message = case.message
    here, who, unasked, in_group = message.community_id, message.resident_id, not message.addressed, _in_group(case)
    if _OWN.search(text) is not None:
        return Run(AskOwnVote(here, who, in_group, unasked), tentative=unasked)
    if _PAPER.search(text) is not None:
        return Run(WantPaper(here, who, _on_card(case), unasked), tentative=unasked)
    if not in_group and _RECEIPT.fullmatch(text) is not None:
        return Run(ShowReceipt(None, who))
    if _HOW.search(text) is not None:
        return Run(AskBallots(here, who, _on_card(case), in_group, unasked), tentative=unasked)
    return None


def decide_ballot_press(case: Case, rest: str) -> Decision:
    """A button of a ballot; the room asks again what is allowed."""
    what, _, value = rest.partition(":")
    number, _, option = value.partition(":")
    message = case.message
    if not _is_number(number) or (option and not _is_number(option)):
        return Ignore("unknown_button")
    ballot_id, here, who, in_group = int(number), message.community_id, message.resident_id, _in_group(case)
    match what:
        case "cast" if option:
            return Run(
                CastVote(here, who, ballot_id, int(option), said_at=message.sent_at, in_group=in_group, in_chat=True)
            )
        case "show":
            return Run(AskBallots(here, who, ballot_id, in_group))
        case "mine":
            return Run(AskOwnVote(here, who, in_group))
        case "paper":
            return Run(WantPaper(here, who, ballot_id))
        case "receipt":
            return Run(ShowReceipt(ballot_id, who))
        case _:
            return Ignore("unknown_button")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16
