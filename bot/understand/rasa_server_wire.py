"""What goes to a Rasa server and what comes back, as values. Nothing is sent here."""

from __future__ import annotations

from typing import Any

from bot.errors import UnderstandError
from nlu.model.entities import Entity
from nlu.model.parse import Parse
from nlu.model.ranking import Ranking

PARSE_PATH = "/model/parse"


def build_request(text: str, message_id: str) -> dict[str, str]:
    """The body of one parse. Rasa answers 500 to a body without text, so an empty one becomes a space."""
    return {"text": text or " ", "message_id": message_id}


def read_parse(text: str, payload: Any) -> Parse:
    """The parse in an answer. Understands any pipeline; category is only said by ours."""
    try:
        intent = payload["intent"]
        ranking = _read_ranking(payload.get("intent_ranking") or [intent])
        categories = _read_ranking(payload.get("category_ranking") or [])
        return Parse(
            text=text,
            intent=str(intent["name"] or "chitchat"),
            confidence=float(intent["confidence"]),
            ranking=ranking,
            category=categories[0][0] if categories else None,
            category_confidence=categories[0][1] if categories else 0.0,
            category_ranking=categories,
            likeliest=_read_ranking(payload.get("likeliest") or []),
            entities=tuple(_read_entity(row, text) for row in payload.get("entities") or []),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnderstandError(f"the model server's answer is not a parse: {error!r}") from error


def _read_ranking(rows: list[dict[str, Any]]) -> Ranking:
    return tuple((str(row["name"]), float(row["confidence"])) for row in rows if row["name"])


def _read_entity(row: dict[str, Any], text: str) -> Entity:
    start, end = int(row["start"]), int(row["end"])
    value = str(row["value"])
    return Entity(str(row["entity"]), text[start:end] or value, start, end, str(row.get("normalized", value)))
