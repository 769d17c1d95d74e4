"""What an admin is told while typing a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.bootstrap import bring_in, open_parts
from tests.support.classroom import open_classroom


async def test_a_sentence_is_compared_with_all_others_and_shown_to_the_model(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        check = room.world.parts.checker.check
        added = await room.add("南门的路灯又不亮了", intent="service_request", category="electricity_lighting")
        await room.add("南门的路灯又不亮了呀", intent="chitchat")

        same = await check("[南门](place)的路灯又不亮了", "service_request", "electricity_lighting")
        assert same.duplicate is not None
        assert same.duplicate.id == added.ids[0]
        found = await check("南门的路灯又不亮了吗", "service_request", "electricity_lighting")
        assert found.duplicate is None
        assert [known.label for known in found.near] == ["chitchat", "service_request/electricity_lighting"]
        assert [k.marked for k in found.near_elsewhere("service_request", "electricity_lighting")] == [
            "南门的路灯又不亮了呀"
        ]
        assert len(found.model) == 3
        assert found.model[0][0].startswith("service_request/")
        edited = await check("南门的路灯又不亮了", example_id=added.ids[0])
        assert edited.duplicate is None  # the one that is being edited is no twin of itself

        await room.add("刚刚加进来的一句")
        assert (await check("刚刚加进来的一句")).duplicate is not None


@pytest.mark.parametrize(
    ("text", "fault", "kept_as"),
    [
        ("", "empty", ""),
        ("水" * 400, "too_long", ""),
        ("[3栋](bulding)坏了", "marks", ""),
        ("身份证33010219900307123X", "private", ""),
        ("[302](room)漏水，打13912345678", "", "[101](room)漏水，打13900000000"),
        ("今天天气真好", "", ""),
    ],
)
async def test_what_is_wrong_or_private_is_told(tmp_path: Path, text: str, fault: str, kept_as: str) -> None:
    async with open_classroom(tmp_path) as room:
        check = await room.world.parts.checker.check(text)
    assert (check.fault, check.kept_as) == (fault, kept_as)


async def test_a_process_that_only_shows_pages_loads_the_model_when_it_is_wanted(tmp_path: Path) -> None:
    async with open_classroom(tmp_path) as room:
        settings = room.world.parts.settings
        async with open_parts(settings, room.world.clock) as pages:
            await pages.watcher.look()
            assert not pages.model.is_loaded
            assert (await pages.checker.check("电梯又坏了快来修")).model == ()  # nothing is published yet
            await bring_in(room.world.parts)
            assert len((await pages.checker.check("电梯又坏了快来修")).model) == 3
            assert pages.model.version == "v1"
