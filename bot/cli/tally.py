"""Counts a published ballot again. Knows nothing of the bot and nothing but Python: ``python bot/cli/tally.py FILE``.

What it finds is said in English, one line each; ``docs/ballots.md`` says what the file proves and what it does not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FORMAT = "linan-count/1"
NEEDED = {"article_278_half": (1, 2, True), "article_278_three_quarters": (3, 4, False), "majority": (1, 2, True)}


def recount(data: dict[str, Any]) -> tuple[list[int], list[int], bool]:
    """(votes by option, hundredths of m² by option, whether it passed), from the single lines only."""
    options = data["options"]
    votes, areas = [0] * len(options), [0] * len(options)
    for _, choice in data["votes"]:
        votes[choice] += 1
    for unit, notes in data.get("notes", {}).items():
        for _, choice in notes:
            areas[choice] += int(unit)
    return votes, areas, _passes(data, votes, areas)


def _passes(data: dict[str, Any], votes: list[int], areas: list[int]) -> bool:
    options, by_law = data["options"], data["rule"] != "majority"
    real = [n for n, option in enumerate(options) if option != "弃权"]
    best = max((votes[n] for n in real), default=0)
    first = [0] if options[0] == "同意" else [n for n in real if votes[n] == best and best]
    if len(first) != 1:
        return False
    up, down, more = NEEDED[data["rule"]]
    counted = [(votes, data["voters"])]
    if data["counting"] == "area":
        counted.append((areas, data["area"]))
    for lines, whole in counted:
        took_part, agree = sum(lines), lines[first[0]]
        if by_law and took_part * 3 < whole * 2:
            return False
        if not (agree * down > took_part * up if more else agree * down >= took_part * up):
            return False
    return True


def find_faults(text: str, digest: str = "") -> list[str]:
    """What does not come out. ``digest``: as it was published in the group, or its first characters."""
    if digest and not hashlib.sha256(text.encode()).hexdigest().startswith(digest.lower()):
        return ["this is not the file that was published: another digest"]
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            return ["unknown format"]
        return _faults(data)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return [f"not a file of a count: {type(error).__name__}"]


def _faults(data: dict[str, Any]) -> list[str]:
    faults, result = [], data["result"]
    votes, areas, passed = recount(data)
    if votes != result["votes"] or areas != result["areas"]:
        faults.append(f"the lines say {votes} {areas}, the result says {result['votes']} {result['areas']}")
    if passed is not result["passed"]:
        faults.append(f"by the rule it is passed={passed}, the result says {result['passed']}")
    numbers = [number for number, _ in data["votes"]]
    numbers += [number for notes in data.get("notes", {}).values() for number, _ in notes]
    if len(set(numbers)) != len(numbers):
        faults.append("a number stands twice")
    if len(data["votes"]) > data["voters"] or sum(areas) > data["area"] > 0:
        faults.append("more votes or area than the electorate has")
    if len(data["votes"]) > len(data["log"]):
        faults.append("more votes than lines in the log")
    if _head(data["ref"], data["log"]) != data["head"]:
        faults.append("the log does not lead to its head: a line was changed, added or left out")
    return faults


def _head(ref: str, log: list[str]) -> str:
    head = _hash("head", ref)
    for line in log:
        head = _hash("next", head, line)
    return head


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join((FORMAT, *parts)).encode()).hexdigest()


def find_code(data: dict[str, Any], code: str) -> tuple[str, list[int], list[str]]:
    """(the option counted for a receipt's code or "", its lines in the log, faults of its area's notes)."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    choice = dict(data["votes"]).get(_hash("line", data["ref"], plain)[:32])
    mine = {_hash("cast", data["ref"], plain, str(n)) for n in range(len(data["options"]))}
    lines = [n for n, line in enumerate(data["log"], 1) if line in mine]
    area = 0
    for unit, notes in data.get("notes", {}).items():
        known, n = dict(notes), 0
        while (number := _hash("note", data["ref"], plain, unit, str(n))[:20]) in known and known[number] == choice:
            area, n = area + int(unit), n + 1
    faults = [f"its area is counted as {area / 100} m2"] if data.get("notes") else []
    return ("" if choice is None else data["options"][choice]), lines, faults


def main(arguments: list[str]) -> int:
    """``FILE [--digest D] [--code C]`` → 0 if everything comes out."""
    if not arguments or arguments[0].startswith("-"):
        print("usage: tally FILE [--digest DIGEST] [--code CODE]", file=sys.stderr)
        return 2
    given = dict(zip(arguments[1::2], arguments[2::2], strict=False))
    text = Path(arguments[0]).read_text("utf-8")
    faults = find_faults(text, given.get("--digest", ""))
    for fault in faults:
        print(f"WRONG: {fault}")
    if faults:
        return 1
    data = json.loads(text)
    votes, areas, passed = recount(data)
    for option, count, area in zip(data["options"], votes, areas, strict=True):
        print(f"{option}: {count}" + (f"  {area / 100} m2" if data["counting"] == "area" else ""))
    print(f"took part: {sum(votes)} of {data['voters']}; passed: {passed}; everything comes out")
    if "--code" in given:
        print("this code:", *find_code(data, given["--code"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
