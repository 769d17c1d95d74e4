"""Examples, labels, wording: what an admin changes, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from actions.errors import ActionError
from actions.teaching.commands import (
    AddExamples,
    AddLabel,
    AddLocalName,
    AskTraining,
    ChangeLabel,
    DecideReview,
    DeleteExamples,
    EditExample,
    ImportedExample,
    ImportExamples,
    MoveExamples,
    PublishModel,
    RemoveLocalName,
    ResetPhrase,
    RetireLabel,
    RollBack,
    SetPhrase,
    UndoChanges,
)
from actions.teaching.model import Use
from bot.teaching.files import read_file, write_csv, write_xlsx, write_zip
from bot.teaching.queries import list_examples, list_labels, list_local_names, list_phrases
from bot.teaching.start import seed
from tests.support.classroom import Classroom, first_examples, open_classroom, write_nlu
from tests.support.postgres import own_postgres

DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


@asynccontextmanager
async def classroom_on(database: str, folder: Path) -> AsyncIterator[Classroom]:
    if database == "sqlite":
        async with open_classroom(folder) as room:
            yield room
    else:
        async with own_postgres() as url, open_classroom(folder, url) as room:
            yield room


@DATABASES
async def test_examples_are_added_edited_moved_deleted_and_everything_is_taken_back(
    database: str, tmp_path: Path
) -> None:
    async with classroom_on(database, tmp_path) as room:
        before = [(e.label, e.marked) for e in await room.examples()]

        added = await room.add("月亮好圆呀", "[3栋](building)[302](room)的月亮好圆呀")
        kept = await room.find("3栋101的月亮好圆呀")
        assert (added.added, added.hidden) == (2, 1)
        assert kept is not None
        assert kept.marked == "[3栋](building)[101](room)的月亮好圆呀"

        edited = await room.do(EditExample(room.admin, kept.id, "月亮好大呀", kept.marked))
        assert edited.edited == 1
        assert await room.refused(EditExample(room.admin, kept.id, "月亮", kept.marked)) == "error.faster"
        assert await room.refused(EditExample(room.admin, kept.id, "月亮好圆呀")) == "taught.refused.duplicate"

        moved = await room.do(MoveExamples(room.second, (kept.id,), "service_request", "elevator"))
        assert (await room.examples(intent="service_request", plain="月亮好大呀"))[0].changed_by == room.second
        deleted = await room.do(DeleteExamples(room.admin, (kept.id, added.ids[0])))
        assert deleted.deleted == 2
        assert await room.find("月亮好圆呀") is None

        for batch in (deleted.batch, moved.batch, edited.batch):
            await room.do(UndoChanges(room.admin, batch))
        assert (await room.find("3栋101的月亮好圆呀")) is not None
        await room.do(UndoChanges(room.admin, added.batch))
        assert [(e.label, e.marked) for e in await room.examples()] == before
        whats = [change.what for change in await room.changes() if change.example_id == kept.id]
        assert whats == ["add", "edit", "move", "delete", "undo", "undo", "undo", "undo"]


@DATABASES
async def test_what_was_changed_again_since_is_not_taken_back(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        added = await room.add("月亮好圆呀", "星星好亮呀")
        await room.do(EditExample(room.second, added.ids[0], "月亮真的好圆呀"))
        undone = await room.do(UndoChanges(room.admin, added.batch))

        assert undone.deleted == 1
        assert await room.find("月亮真的好圆呀") is not None
        assert await room.find("星星好亮呀") is None
        assert await room.refused(UndoChanges(room.admin, "no such batch")) == "taught.error.no_batch"

        deleted = await room.do(DeleteExamples(room.admin, (added.ids[0],)))
        await room.add("月亮真的好圆呀", intent="feedback")
        undone = await room.do(UndoChanges(room.admin, deleted.batch))
        assert undone.restored == 0  # it is there again, under another label
        assert [e.label for e in await room.examples(plain="月亮真的好圆呀")] == ["feedback"]


@DATABASES
async def test_a_sentence_is_never_there_twice_whoever_is_faster(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        same = AddExamples(room.admin, "chitchat", "", ("今晚月色真美", "今晚月色真美", "别的句子"))
        other = AddExamples(room.second, "feedback", "", ("今晚月色真美", "再来一句"))
        results = await asyncio.gather(room.do(same), room.do(other))

        assert len(await room.examples(plain="今晚月色真美")) == 1
        assert sum(result.added for result in results) == 3
        assert sorted(code for r in results for _, code in r.skipped) == ["duplicate", "duplicate"]
        alone = AddExamples(room.admin, "chitchat", "", ("今晚月色真美",))
        assert await room.refused(alone) == "taught.refused.duplicate"


async def test_what_cannot_be_an_example_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        before = len(await room.changes())
        refusals = {
            "": "taught.refused.empty",
            "水" * 400: "taught.refused.too_long",
            "[3栋](bulding)坏了": "taught.refused.marks",
            "身份证33010219900307123X": "taught.refused.private",
        }
        for text, phrase in refusals.items():
            assert await room.refused(AddExamples(room.admin, "chitchat", "", (text,))) == phrase
        for intent, category, phrase in (
            ("nonsense", "", "taught.error.no_label"),
            ("service_request", "", "taught.error.category_needed"),
            ("service_request", "nonsense", "taught.error.no_label"),
        ):
            assert await room.refused(AddExamples(room.admin, intent, category, ("一句话",))) == phrase
        assert await room.refused(AddExamples(room.admin, "chitchat", "", ())) == "taught.error.empty"
        assert await room.refused(EditExample(room.admin, 10**9, "一句话")) == "taught.error.no_example"
        assert len(await room.changes()) == before


async def test_only_administrators_teach(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        for name in ("钱主任", "监督员", "李师傅", "冯区"):
            staff = room.world.staff[name]
            for command in (
                AddExamples(staff, "chitchat", "", ("一句话",)),
                EditExample(staff, 1, "一句话"),
                MoveExamples(staff, (1,), "chitchat", ""),
                DeleteExamples(staff, (1,)),
                UndoChanges(staff, "x"),
                ImportExamples(staff, (ImportedExample("chitchat", "", "一句话"),)),
                AddLabel(staff, "新的", answer="好"),
                ChangeLabel(staff, 1, "新的"),
                RetireLabel(staff, 1),
                SetPhrase(staff, "chitchat.short", "好"),
                ResetPhrase(staff, "chitchat.short"),
                AddLocalName(staff, room.world.community_id, "place", "醉翁亭"),
                RemoveLocalName(staff, 1),
                DecideReview(staff, 1, "ignore"),
                AskTraining(staff),
                PublishModel(staff, 1, "好"),
                RollBack(staff),
            ):
                assert await room.refused(command) == "taught.error.not_admin"


@DATABASES
async def test_what_ships_comes_once_and_what_was_deleted_or_moved_does_not_come_back(
    database: str, tmp_path: Path
) -> None:
    async with classroom_on(database, tmp_path) as room:
        parts, nlu = room.world.parts, room.data / "nlu"
        shipped = first_examples(4)
        first, second, third = shipped["chitchat"][:3]
        rows = {e.marked: e for e in await room.examples(intent="chitchat")}
        await room.do(DeleteExamples(room.admin, (rows[first].id,)))
        await room.do(MoveExamples(room.admin, (rows[second].id,), "feedback", ""))
        assert await seed(parts.db, parts.clock, parts.phrases, nlu) == 0

        # the next release: a new sentence, one under another label, one the admin has moved elsewhere
        shipped["chitchat"] = [first, "新来的一句闲话"]
        shipped["suggestion"] = [*shipped["suggestion"], second, third]
        write_nlu(nlu / "some.yml", shipped)
        assert await seed(parts.db, parts.clock, parts.phrases, nlu) == 1

        assert [e.label for e in await room.examples() if e.marked == second] == ["feedback"]
        assert [e.label for e in await room.examples() if e.marked == third] == ["suggestion"]
        assert [e.label for e in await room.examples() if e.marked == first] == []
        assert await room.find("新来的一句闲话") is not None


@DATABASES
async def test_a_file_that_is_read_back_changes_nothing(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        await room.add("这句只用来考试", use=Use.TEST)
        await room.add("=1+1是多少", "'单引号开头")
        examples = await room.examples()
        before = len(await room.changes())
        for name, write in (("a.csv", write_csv), ("a.xlsx", write_xlsx), ("a.zip", write_zip)):
            rows = read_file(name, write(examples))
            changed = await room.do(ImportExamples(room.admin, rows, overwrite=True, replace=True))
            assert (changed.added, changed.edited, changed.deleted, changed.hidden) == (0, 0, 0, 0), name
        assert len(await room.changes()) == before


@DATABASES
async def test_a_file_is_taken_in_whole_or_not_at_all(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        known = (await room.examples(intent="chitchat"))[0]
        good = ImportedExample("chitchat", "", "文件里的新句子，住302", 2)
        other = ImportedExample("feedback", "", known.marked, 3)
        for bad in (
            ImportedExample("nonsense", "", "一句话", 4),
            ImportedExample("service_request", "", "一句话", 4),
            ImportedExample("chitchat", "", "[3栋](bulding)", 4),
            ImportedExample("chitchat", "", "文件里的新句子，住302", 4),
            ImportedExample("chitchat", "", "卡号6222021234567890123", 4),
            ImportedExample("chitchat", "", "一句话", 4, "lunch"),
        ):
            assert await room.refused(ImportExamples(room.admin, (good, other, bad))) == "taught.error.file"
        assert await room.find("文件里的新句子，住101") is None

        kept = await room.do(ImportExamples(room.admin, (good, other)))
        assert (kept.added, kept.hidden, len(kept.skipped)) == (1, 1, 1)
        assert [e.label for e in await room.examples(plain=known.plain)] == ["chitchat"]
        moved = await room.do(ImportExamples(room.admin, (other,), overwrite=True))
        assert moved.edited == 1
        assert [e.label for e in await room.examples(plain=known.plain)] == ["feedback"]
        count = len(await room.examples())
        replaced = await room.do(ImportExamples(room.admin, (good,), replace=True))
        assert (replaced.deleted, len(await room.examples())) == (count - 1, 1)
        undone = await room.do(UndoChanges(room.admin, replaced.batch))
        assert (undone.restored, len(await room.examples())) == (count - 1, count)


async def test_labels_are_added_renamed_answered_and_laid_aside(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        own = await room.do(AddLabel(room.admin, "食堂菜单", answer="每天十点半贴在食堂门口。"))
        category = await room.do(AddLabel(room.admin, "充电桩", intent="service_request"))
        label, charging = await room.label(id=own), await room.label(id=category)
        assert (label.is_own_intent, charging.intent, charging.is_own_intent) == (True, "service_request", False)
        await room.add("今天食堂吃啥", intent=label.intent)
        await room.add("充电桩又坏了", intent="service_request", category=charging.category)

        fixed = (await room.label(intent="consult", category="")).id
        for command, phrase in (
            (AddLabel(room.admin, "食堂菜单", answer="好"), "taught.error.label_taken"),
            (AddLabel(room.admin, "电梯", intent="service_request"), "taught.error.label_taken"),
            (AddLabel(room.admin, "没有回答"), "taught.error.answer"),
            (AddLabel(room.admin, "", answer="好"), "taught.error.label_name"),
            (AddLabel(room.admin, "闲聊小类", intent="chitchat"), "taught.error.no_label"),
            (ChangeLabel(room.admin, fixed, answer="好"), "taught.error.fixed_label"),
            (RetireLabel(room.admin, fixed), "taught.error.fixed_label"),
            (ChangeLabel(room.admin, 10**9, "好"), "taught.error.no_label"),
        ):
            assert await room.refused(command) == phrase
        await room.do(ChangeLabel(room.admin, own, "食堂", "看食堂门口。", True))
        changed = await room.label(id=own)
        assert (changed.name, changed.answer, changed.unasked) == ("食堂", "看食堂门口。", True)
        await room.do(RetireLabel(room.admin, own))
        assert await room.refused(AddExamples(room.admin, label.intent, "", ("吃啥",))) == "taught.error.no_label"
        async with room.world.parts.db.read() as session:
            lines = await list_labels(session)
            assert label.intent not in {line.label.intent for line in lines}
            assert len([line for line in lines if line.label.fixed]) == 15
            requests = next(line for line in lines if line.label.intent == "service_request")
            assert {line.label.name for line in requests.categories} >= {"电梯", "充电桩"}
            assert requests.examples == sum(line.examples for line in requests.categories)


async def test_phrases_keep_their_fields_and_take_effect_at_once(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        parts, key = room.world.parts, "button.choose"
        for text in ("没有栏位", "{service}{other}", "{service!r}", "{service:>9}", "{service", "", "水" * 1001):
            with pytest.raises(ActionError):
                await room.do(SetPhrase(room.admin, key, text))
        assert await room.refused(SetPhrase(room.admin, "no.such", "好")) == "taught.error.no_phrase"
        await room.do(SetPhrase(room.admin, key, "我要：{service}"))
        await room.do(SetPhrase(room.admin, key, "我选：{service}"))
        await parts.watcher.look()
        assert parts.phrases.render(key, {"service": "电梯"}) == "我选：电梯"
        async with parts.db.read() as session:
            (line,) = await list_phrases(session, parts.phrases, search="我选")
        assert (line.shipped, line.changed, line.fields) == ("{service}", True, ("service",))
        await room.do(ResetPhrase(room.admin, key))
        await parts.watcher.look()
        assert parts.phrases.render(key, {"service": "电梯"}) == "电梯"


async def test_local_names_are_this_communitys_and_no_numbers(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        here = room.world.community_id
        known = await room.do(AddLocalName(room.admin, here, "place", "醉翁亭"))
        assert await room.do(AddLocalName(room.second, here, "place", " 醉翁亭 ")) == known
        for community, kind, word in (
            (here, "place", "1"), (here, "place", "12"), (here, "person", "老李"), (here, "place", "<b>"),
            (here, "place", "水" * 17), (here + 1, "place", "醉翁亭"),
        ):  # fmt: skip
            await room.refused(AddLocalName(room.admin, community, kind, word))
        await room.do(RemoveLocalName(room.admin, known))
        assert await room.refused(RemoveLocalName(room.admin, known)) == "taught.error.no_local_name"
        async with room.world.parts.db.read() as session:
            assert await list_local_names(session, here) == []


@DATABASES
async def test_examples_are_found_by_a_piece_of_them_page_by_page(database: str, tmp_path: Path) -> None:
    async with classroom_on(database, tmp_path) as room:
        await room.add(*(f"第{n}句50%折扣" for n in range(7)), "另一句")
        async with room.world.parts.db.read() as session:
            first = await list_examples(session, search="50%", size=5)
            last = await list_examples(session, search="50%", size=5, page=9)
            none = await list_examples(session, search="_句50%", size=5)
        assert (first.total, first.pages, len(first.rows), len(last.rows), last.number) == (7, 2, 5, 2, 2)
        assert none.total == 0
