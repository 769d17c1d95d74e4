"""The questionnaires that an installation keeps in ``data/surveys``."""

from __future__ import annotations

from pathlib import Path

from actions.surveys.book import SurveyTools, TemplateWrong, read_templates
from bot.errors import SettingsError
from bot.understand.privacy import scrub

FOLDER = "surveys"


def load_survey_tools(data: Path) -> SurveyTools:
    """Templates and the mask for private numbers. Raises SettingsError that says which file is wrong."""
    folder = data / FOLDER
    try:
        texts = [(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.yml"))]
        return SurveyTools(read_templates(texts), scrub)
    except (OSError, TemplateWrong) as error:
        raise SettingsError(f"cannot read {folder}: {error}") from error
