"""How each address of the workbench is asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from actions.teaching.commands import (
    AddExamples,
    AddLabel,
    AddLocalName,
    AskTraining,
    DecideReview,
    PublishModel,
    SetPhrase,
)
from actions.teaching.model import ModelState, ModelVersion, Publication, ReviewItem
from tests.support.access_asks import GONE, Make, as_it_stands
from tests.support.access_town import Ask, Town
from tests.support.workbench import ELEVATOR, NOISE, Workbench, ready
from tests.support.world import START

FILE = "intent,category,text,use\nchitchat,,晚上吃火锅呀,train\n".encode()
PHRASE = "help.yes"


def simple(path: str, form: Mapping[str, Any], **more: Any) -> Make:
    """A form that needs nothing made for it; ``{word}`` in it is one that was not there before."""

    async def make(town: Town) -> Ask:
        word = town.new_word()
        filled = {name: str(value).replace("{word}", word) for name, value in form.items()}
        return Ask(f"/teaching{path}", filled, **more)

    return make


def admin(town: Town) -> int:
    return town.person("admin").id


async def example(town: Town) -> tuple[int, str]:
    """A sentence that was just added, and the batch it came with."""
    text = f"{town.new_word('电梯')}停了"
    changed = (await town.do(AddExamples(admin(town), "service_request", "elevator", (text,)))).value
    return changed.ids[0], changed.batch


def on_example(path: str, form: Mapping[str, Any] | None = None, *, chosen: bool = False) -> Make:
    """``chosen``: its number stands in the form, not in the address."""

    async def make(town: Town) -> Ask:
        one, _ = await example(town)
        filled = {**(form or {}), "marked": f"{town.new_word('电梯')}又停了", "before": ""}
        if chosen:
            return Ask(f"/teaching/examples{path}", {**filled, "only": one})
        return Ask(f"/teaching/examples/{one}{path}", filled, Ask(f"/teaching/examples/{GONE}{path}", filled))

    return make


async def undo(town: Town) -> Ask:
    _, batch = await example(town)
    return Ask("/teaching/undo", {"batch": batch})


def on_label(path: str, form: Mapping[str, Any]) -> Make:
    async def make(town: Town) -> Ask:
        label = (await town.do(AddLabel(admin(town), town.new_word("类"), "service_request"))).value
        filled = {name: value.replace("{word}", town.new_word("名")) for name, value in form.items()}
        return Ask(f"/teaching/labels/{label}{path}", filled, Ask(f"/teaching/labels/{GONE}{path}", filled))

    return make


async def doubt(town: Town) -> int:
    """A message in the review queue of ours."""
    word = town.new_word("桑树")
    row = ReviewItem(community_id=town.here.community_id, key=word, text=word, intent="chitchat", category="",
                     reason="unsure", confidence=0.5, ranking={"chitchat": 0.5}, created_at=START)  # fmt: skip
    return int((await town.add(row)).id)


async def review(town: Town) -> Ask:
    form = {"decision": "ignore"}
    return Ask(f"/teaching/review/{await doubt(town)}", form, Ask(f"/teaching/review/{GONE}", form))


async def undo_review(town: Town) -> Ask:
    item = await doubt(town)
    await town.do(DecideReview(admin(town), item, "ignore"))
    return Ask(f"/teaching/review/{item}/undo", missing=Ask(f"/teaching/review/{GONE}/undo"))


async def new_version(town: Town, heard: int = 10) -> int:
    """A trained version that could be published; one that hears less needs a second administrator."""
    number = int((await town.newest(ModelVersion)).number) + 1
    browser = town.office.browsers[0] if town.office.browsers else await town.office.browser()
    await ready(Workbench(town.office, browser), number, heard=heard)
    return number


async def no_training(town: Town) -> None:
    under_way = ModelVersion.state.in_((ModelState.WAITING, ModelState.TRAINING))
    async with town.office.parts.db.write() as session:
        await session.execute(update(ModelVersion).where(under_way).values(state=ModelState.FAILED))


async def train(town: Town) -> Ask:
    await no_training(town)
    return Ask("/teaching/models/train")


async def cancel(town: Town) -> Ask:
    await no_training(town)
    number = (await town.do(AskTraining(admin(town)))).value
    return Ask(f"/teaching/models/{number}/cancel", missing=Ask(f"/teaching/models/{GONE}/cancel"))


async def publish(town: Town) -> Ask:
    form = {"reason": "更好"}
    path = f"/teaching/models/{await new_version(town)}/publish"
    return Ask(path, form, Ask(f"/teaching/models/{GONE}/publish", form))


async def confirm(town: Town) -> Ask:
    await town.do(PublishModel(admin(town), await new_version(town, heard=1), "急着用"))
    asked = await town.newest(Publication, Publication.state == "asked")
    return Ask(f"/teaching/publications/{asked.id}", {"agree": "0"}, Ask(f"/teaching/publications/{GONE}"))


async def roll_back(town: Town) -> Ask:
    await town.do(PublishModel(admin(town), await new_version(town), "更好"))
    return Ask("/teaching/rollback", {"reason": "不对劲"})


async def import_file(town: Town) -> Ask:
    rows = [["chitchat", "", f"{town.new_word('晚上')}吃火锅", 2, "train", ""]]
    return Ask("/teaching/exchange/import", {"rows": json.dumps(rows, ensure_ascii=False)})


async def new_name(town: Town) -> Ask:
    form = {"kind": "place", "words": town.new_word("梧桐")}
    ask = Ask("/teaching/names", {**form, "community": GONE})
    return Ask("/teaching/names", {**form, "community": town.community}, ask)


async def gone_name(town: Town) -> Ask:
    name = AddLocalName(admin(town), town.here.community_id, "place", town.new_word("梧桐"))
    kept = (await town.do(name)).value
    return Ask(f"/teaching/names/{kept}/remove", missing=Ask(f"/teaching/names/{GONE}/remove"))


async def reset(town: Town) -> Ask:
    await town.do(SetPhrase(admin(town), PHRASE, f"{town.new_word('好的')}，我在。"))
    return Ask("/teaching/phrases/reset", {"key": PHRASE})


TEACHING: dict[str, Make] = {
    "POST /teaching/undo": undo,
    "POST /teaching/labels/add": simple("/labels/add", {"name": "类{word}", "intent": "service_request"}),
    "POST /teaching/labels/{id}": on_label("", {"name": "{word}"}),
    "POST /teaching/labels/{id}/retire": on_label("/retire", {}),
    "POST /teaching/examples/check": simple("/examples/check", {"label": ELEVATOR, "text": "电梯停了"}, reads=True),
    "POST /teaching/examples/add": simple("/examples/add", {"label": ELEVATOR, "text": "{word}电梯停了"}),
    "POST /teaching/examples/move": on_example("/move", {"label": NOISE}, chosen=True),
    "POST /teaching/examples/delete": on_example("/delete", chosen=True),
    "GET /teaching/examples/{id}": on_example(""),
    "GET /teaching/examples/{id}/edit": on_example("/edit"),
    "POST /teaching/examples/{id}": on_example(""),
    "POST /teaching/review/{id}": review,
    "POST /teaching/review/{id}/undo": undo_review,
    "POST /teaching/models/train": train,
    "GET /teaching/models/{number}": as_it_stands("/teaching/models/1", f"/teaching/models/{GONE}"),
    "GET /teaching/models/{number}/progress": as_it_stands(
        "/teaching/models/1/progress", f"/teaching/models/{GONE}/progress"
    ),
    "POST /teaching/models/{number}/cancel": cancel,
    "POST /teaching/models/{number}/publish": publish,
    "POST /teaching/publications/{id}": confirm,
    "POST /teaching/rollback": roll_back,
    "POST /teaching/exchange": simple("/exchange", {}, reads=True, refusal='name="file"', file=("sentences.csv", FILE)),
    "POST /teaching/exchange/import": import_file,
    "GET /teaching/export/{kind}": as_it_stands("/teaching/export/csv"),
    "POST /teaching/try": simple("/try", {"text": "电梯停了", "where": "private", "to_bot": "1"}, reads=True),
    "GET /teaching/phrases/one": as_it_stands(f"/teaching/phrases/one?key={PHRASE}"),
    "POST /teaching/phrases/one": simple("/phrases/one", {"key": PHRASE, "text": "{word}，我在。"}),
    "POST /teaching/phrases/preview": simple("/phrases/preview", {"key": PHRASE, "text": "我在。"}, reads=True),
    "POST /teaching/phrases/reset": reset,
    "POST /teaching/names": new_name,
    "POST /teaching/names/{id}/remove": gone_name,
}
