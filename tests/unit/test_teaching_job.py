"""What a training keeps of how its model did."""

from __future__ import annotations

from bot.teaching import job
from nlu.evaluation.figures import EMERGENCY, Answer
from nlu.evaluation.measuring import measure
from nlu.examples import Example, Part
from nlu.model.parse import Parse


def test_emergencies_are_counted_as_on_the_page_of_figures() -> None:
    parse = Parse("", EMERGENCY, 1.0, ((EMERGENCY, 1.0),))
    heard, missed = (Answer(parse, alarm=alarm, speaks=alarm) for alarm in (True, False))
    parts = Part("着火了", EMERGENCY), Part("灯坏了", "service_request")
    both = Example("着火了。另外灯坏了", EMERGENCY, parts=parts)
    pairs = [(Example("着火了", EMERGENCY), heard), (Example("快来人", EMERGENCY), missed), (both, heard)]

    tested = job.Tested.of(measure(pairs), pairs)

    assert (tested.emergencies, tested.heard) == (2, 1)
    assert (tested.figures["emergencies"], tested.figures["emergencies_heard"]) == (2, 1)
