"""The report as one HTML page that needs nothing else: figures, pictures, and the sentences behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.evaluation.comparing import Comparison
from nlu.evaluation.drawing import bar, heat_map, reliability, scope_curve
from nlu.evaluation.figures import Confused, Figures, Pair, Score
from nlu.evaluation.markup import Markup, join, table, tag
from nlu.evaluation.report_comparison import comparison_section
from nlu.evaluation.values import main_figures, said_label

STYLE = Path(__file__).with_name("report.css")
NOTHING_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'"
MOST_PAIRS, MOST_SENTENCES = 60, 25  # told in full
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
NAMES = {
    "ece": "ECE (calibration)",
    "auroc": "AUROC (out of scope)",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "entity_f1": "entity F1",
    "accuracy": "intent accuracy",
}


@dataclass(frozen=True)
class About:
    """What was measured, and with what."""

    model: str
    files: tuple[str, ...]
    compared_with: str = ""


Section = tuple[str, str, Markup]  # anchor, title, content


def report_page(about: About, figures: Figures, comparison: Comparison | None = None) -> str:
    """The whole page."""
    sections = list(_sections(about, figures, comparison))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=NOTHING_OUTSIDE),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"Evaluation of {about.model}"),
        tag("style", Markup(STYLE.read_text(encoding="utf-8"))),
    )
    body = tag(
        "body",
        tag("h1", "How well it understands"),
        tag("p", f"Model {about.model} · {', '.join(about.files)}", class_="soft"),
        tag("nav", *(tag("a", title, href=f"#{anchor}") for anchor, title, _ in sections)),
        *(tag("section", tag("h2", title), content, id=anchor) for anchor, title, content in sections),
    )
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def _sections(about: About, figures: Figures, comparison: Comparison | None) -> Iterator[Section]:
    yield "summary", "Summary", _tiles(main_figures(figures))
    if comparison is not None:
        yield "comparison", "Comparison", comparison_section(comparison, about.compared_with)
    yield from _alarms(figures)
    yield from _speaking(figures)
    yield "confusion", "Confusion matrix", _with_note(
        "Rows are what is true, columns what was said. Point at a cell for its numbers.", heat_map(figures.confusion)
    )
    yield "intents", "Intents", _scores(figures.by_intent, "intent")
    if figures.by_category:
        note = f"{figures.category_right} of {figures.category_asked} right where the intent is right."
        yield "categories", "Categories given the intent", _with_note(note, _scores(figures.by_category, "category"))
    if figures.worst:
        yield "mistakes", "Mixed up most", join(_confused(found) for found in figures.worst[:MOST_PAIRS])
    yield "calibration", "Calibration", _with_note(
        f"ECE {figures.calibration.ece:.3f}: mean distance between how sure it is and how often it is right. "
        "Bars: how many sentences.",
        reliability(figures.calibration),
    )
    yield from _scope(figures)
    if figures.slices:
        rows = [(note, s.examples, _share(s.accuracy), _share(s.macro_f1)) for note, s in figures.slices.items()]
        yield "slices", "Slices", table(("note", "sentences", "intent accuracy", "macro F1"), rows)
    if figures.entities:
        note = "Values are compared as numbers and in one width: 三栋, 3栋 and 3 are the same building."
        yield "entities", "Entities", _with_note(note, _scores(figures.entities, "kind"))


def _tiles(figures: Mapping[str, float]) -> Markup:
    return tag("ul", *(_tile(name, value) for name, value in figures.items()), class_="tiles")


def _tile(name: str, value: float) -> Markup:
    shown = f"{value:.0f}" if isinstance(value, int) or name.endswith("per_second") else _share(value)
    return tag("li", tag("b", shown), tag("span", NAMES.get(name, name.replace("_", " "))))


def _with_note(note: str, content: Markup) -> Markup:
    return join([tag("p", note, class_="soft"), content])


def _share(value: float) -> str:
    return f"{value:.3f}"


def _scores(scores: Mapping[str, Score], name: str) -> Markup:
    rows = [
        (label, _share(s.precision), _share(s.recall), _share(s.f1), bar(s.f1), s.true, s.said)
        for label, s in scores.items()
    ]
    return table((name, "precision", "recall", "F1", "", "support", "said"), rows)


def _alarms(figures: Figures) -> Iterator[Section]:
    alarms = figures.alarms
    if alarms is None:
        return
    said = [
        f"{alarms.heard} of {alarms.true} emergencies are heard by rules and model together "
        f"(rules {alarms.heard_by_rules}, model {alarms.heard_by_model}). "
    ] * bool(alarms.true)
    if alarms.chitchat:
        said.append(f"{alarms.false} false alarms on {alarms.chitchat} sentences of chit-chat.")
    missed = _listed(f"Missed ({len(alarms.missed)})", alarms.missed)
    false = _listed(f"False alarms ({alarms.false})", alarms.false_examples)
    yield "emergencies", "Emergencies", join([tag("p", "".join(said)), missed, false])


def _speaking(figures: Figures) -> Iterator[Section]:
    speaking = figures.speaking
    if speaking is None:
        return
    talk = f"Said to nobody in a group, the bot would speak up on {speaking.on_chitchat} of {speaking.chitchat} "
    matters = f"on {speaking.on_matters} of {speaking.matters} matters, {speaking.rightly} times with the right intent."
    said = tag("p", f"{talk}sentences of chit-chat, and {matters}")
    yield "speaking", "Speaking up", join([said, _listed("Chit-chat it would speak up on", speaking.examples)])


def _scope(figures: Figures) -> Iterator[Section]:
    scope = figures.scope
    if scope is None:
        return
    note = (
        f"AUROC {scope.auroc:.3f}: the chance that a sentence in scope ({scope.inside}) scores higher than one of "
        f"{scope.label} ({scope.outside})."
    )
    rows = [(_share(p.threshold), _share(p.recall), _share(p.false_speaking)) for p in scope.curve]
    kept = [row for row, point in zip(rows, scope.curve, strict=True) if round(point.threshold, 2) in THRESHOLDS]
    heads = ("threshold", "in scope kept", f"{scope.label} let through")
    pictures = tag("div", scope_curve(scope), table(heads, kept), class_="pictures")
    yield "scope", "Out of scope", _with_note(note, pictures)


def _confused(confused: Confused) -> Markup:
    return _listed(f"{len(confused.pairs)} × {confused.true} taken for {confused.said}", confused.pairs)


def _listed(title: str, pairs: Sequence[Pair]) -> Markup:
    """Sentences that fold out."""
    if not pairs:
        return Markup("")
    rows = [
        (e.text, e.label, said_label((e, a)), f"{a.parse.confidence:.2f}", " ".join(a.parse.why))
        for e, a in pairs[:MOST_SENTENCES]
    ]
    more = len(pairs) - len(rows)
    note = tag("p", f"and {more} more", class_="soft") if more else None
    heads = ("sentence", "true", "said", "confidence", "words that weighed")
    return tag("details", tag("summary", title), table(heads, rows), note)
