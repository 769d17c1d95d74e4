"""HTML and SVG as values: whatever is not markup already is escaped, so that no sentence can become one."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | float | None
_EMPTY = frozenset({"meta", "rect", "line", "circle", "polyline", "br"})


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """One element. `class_` is written class, an underscore in a name a dash; None leaves a child or attribute out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY and not children:
        return Markup(f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """One after the other."""
    return Markup("".join(c if isinstance(c, Markup) else escape(_plain(c)) for c in children if c is not None))


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def table(heads: Iterable[str], rows: Iterable[Iterable[Child]], *, class_: str | None = None) -> Markup:
    """A table; numbers stand at the right by the style of their column."""
    head = tag("thead", tag("tr", *(tag("th", text, scope="col") for text in heads)))
    body = tag("tbody", *(tag("tr", *(_cell(child) for child in row)) for row in rows))
    return tag("div", tag("table", head, body, class_=class_), class_="wide")


def _cell(child: Child) -> Markup:
    numeric = isinstance(child, int | float) or (isinstance(child, str) and child[:1].isdigit())
    numeric = numeric and not isinstance(child, Markup)
    return tag("td", child, class_="n" if numeric else None)
