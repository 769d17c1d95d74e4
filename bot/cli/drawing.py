"""``linan draw``: does the draw of a prize quiz again from the file that its page gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from actions.surveys.draw import check_record
from bot.errors import LinanError


class BadRecord(LinanError):
    """The file is no record of a draw."""

    code = "bad_record"


def check(path: Path, out: TextIO) -> int:
    """Say whether it is as it should be; 1 where it is not. Raises BadRecord, OSError."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadRecord(f"{path} is no JSON file: {error}") from error
    if not isinstance(record, dict):
        raise BadRecord(f"{path} is no record of a draw")
    faults = check_record(record)
    for fault in faults:
        out.write(f"wrong: {fault}\n")
    if not faults:
        out.write(f"right: {len(record['winners'])} of {len(record['entries'])} entries, as seed and list say\n")
    return 1 if faults else 0
