"""What an installation keeps in ``data/surveys``: questionnaires ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from actions.errors import InvalidInput
from actions.reading import read_yaml
from actions.surveys.questions import Question, check_questions


@dataclass(frozen=True, slots=True)
class Template:
    """A questionnaire to begin with."""

    code: str
    title: str
    intro: str
    questions: tuple[Question, ...]
    quiz: bool = False


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class SurveyTools:
    """What the handlers need from outside: templates, and who knows private numbers when it sees them."""

    templates: Mapping[str, Template] = field(default_factory=dict)
    scrub: Callable[[str], str] = _as_it_is


class TemplateWrong(ValueError):
    """A file in ``data/surveys`` cannot be used; the message says which and why."""


def read_templates(texts: Sequence[tuple[str, str]]) -> dict[str, Template]:
    """(name, text) of the files → templates by name. Raises TemplateWrong."""
    return {name: _template(name, text) for name, text in texts}


def _template(name: str, text: str) -> Template:
    try:
        data = read_yaml(text)
        questions = tuple(Question.from_json(one) for one in data["questions"])
        check_questions(questions, quiz=bool(data.get("quiz")))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, InvalidInput) as error:
        raise TemplateWrong(f"{name}.yml: {type(error).__name__}: {error}") from error
    return Template(name, str(data["title"]), str(data["intro"]).strip(), questions, bool(data.get("quiz")))
