"""The archive that Rasa wrote, read without Rasa."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from nlu.model.cascade import Cascade
from nlu.model.features import Vectorizer
from nlu.model.lexicon import Lexicon
from nlu.model.reader import Reader
from nlu.model.storage import ARRAYS, VALUES, BrokenModel, Stored

FEATURIZER, CLASSIFIER, EXTRACTOR = "LinanFeaturizer", "LinanClassifier", "LinanEntityExtractor"
LEXICON = "lexicon.json"
_LARGEST_MEMBER = 512 * 1024 * 1024  # bytes; a member beyond it is not one of ours


def read_archive(archive: Path) -> Reader:
    """The model in the archive; nothing is unpacked onto the disk. Raises BrokenModel."""
    try:
        members = _read_members(archive)
        return Reader(
            Vectorizer.restore(_stored(members, FEATURIZER)),
            Cascade.restore(_stored(members, CLASSIFIER)),
            Lexicon.from_mapping(json.loads(members[EXTRACTOR, LEXICON])),
        )
    except KeyError as error:
        raise BrokenModel(f"{archive}: {error} is missing; train again with `linan train`") from error
    except (OSError, EOFError, tarfile.TarError, BrokenModel, ValueError, TypeError) as error:
        raise BrokenModel(f"{archive}: {error}") from error


def _stored(members: dict[tuple[str, str], bytes], component: str) -> Stored:
    return Stored.from_bytes(members[component, ARRAYS], members[component, VALUES])


def _read_members(archive: Path) -> dict[tuple[str, str], bytes]:
    """What our components stored, by component and file name."""
    found: dict[tuple[str, str], bytes] = {}
    with tarfile.open(archive, "r:gz") as opened:
        for member in opened:
            parts = Path(member.name).parts
            if not member.isfile() or len(parts) < 3 or parts[-3] != "components":
                continue
            component = _component(parts[-2])
            content = opened.extractfile(member) if component and member.size <= _LARGEST_MEMBER else None
            if component and content:
                found[component, parts[-1]] = content.read()
    return found


def _component(folder: str) -> str | None:
    """Rasa names a folder train_<module path>.<class><place in the pipeline>."""
    name = folder.rpartition(".")[2].rstrip("0123456789")
    return name if name in {FEATURIZER, CLASSIFIER, EXTRACTOR} else None
