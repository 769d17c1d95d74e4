"""Writes a responsibility list as ``data/routing.yml`` is written; what ``read_list`` reads back unchanged."""

from __future__ import annotations

from typing import Any

import yaml

from actions.routing.rules import DutyList, Route


class _Dumper(yaml.SafeDumper):
    """Lists of services on one line, everything else as people write it."""


class _OneLine(list[str]):
    pass


_Dumper.add_representer(
    _OneLine, lambda dumper, names: dumper.represent_sequence("tag:yaml.org,2002:seq", names, flow_style=True)
)


def write_list(duties: DutyList) -> str:
    """The whole list as YAML."""
    content = {"bodies": dict(duties.bodies), "routes": [_entry(route) for route in duties.routes]}
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)


def _entry(route: Route) -> dict[str, Any]:
    entry: dict[str, Any] = {"services": _OneLine(route.services)}
    more = {
        "place": route.place,
        **{str(level): body for level, body in route.bodies.items()},
        "hours": str(route.hours or ""),
        "deputy": route.deputy,
        "from": route.valid_from,
        "until": route.valid_to,
    }
    return entry | {key: value for key, value in more.items() if value}
