"""A place said once for several matters."""

from __future__ import annotations

import pytest

from actions.tickets.commands import Where
from bot.understand.carrying import carry_places

NOWHERE, GATE = Where(), Where(spot="北门")


@pytest.mark.parametrize(
    ("said", "carried"),
    [
        ((Where("3", "2"), NOWHERE), (Where("3", "2"), Where("3", "2"))),
        ((NOWHERE, Where("3", "2")), (Where("3", "2"), Where("3", "2"))),
        ((Where("3", "2"), Where(unit="3")), (Where("3", "2"), Where("3", "3"))),
        ((Where("3", "2"), Where(spot="楼道")), (Where("3", "2"), Where("3", "2", spot="楼道"))),
        ((Where("3", spot="楼道"), NOWHERE), (Where("3", spot="楼道"), Where("3"))),
        ((Where("5"), GATE), (Where("5"), GATE)),
        ((Where("5"), GATE, NOWHERE), (Where("5"), GATE, GATE)),
        ((GATE, Where(floor="3")), (GATE, Where(floor="3"))),
        ((Where("1"), Where("8")), (Where("1"), Where("8"))),
    ],
)
def test_a_matter_without_a_place_of_its_own_has_the_one_beside_it(
    said: tuple[Where, ...], carried: tuple[Where, ...]
) -> None:
    assert tuple(carry_places(said, NOWHERE)) == carried


def test_a_place_named_in_what_is_no_matter_is_for_all_of_them() -> None:
    home = Where("5", "1")
    assert carry_places([NOWHERE, Where(spot="樓道")], home) == [home, Where("5", "1", spot="樓道")]
