"""What may be asked of the teaching room. Only staff with the role admin may; ``staff_id`` says who.

Every change of examples and labels belongs to a ``batch``; ``UndoChanges`` takes a whole batch back.
"""

from __future__ import annotations

from dataclasses import dataclass

from actions.teaching.model import Origin, Use


@dataclass(frozen=True, slots=True)
class AddExamples:
    """One or many sentences under a label, with entity marks or without. Outcome.value: Changed.

    Sentences that are there already, or that are broken, are skipped and named in ``Changed.skipped``; a single one
    is refused instead. Phones, doors and card numbers are replaced (``Changed.hidden`` counts the sentences).
    """

    staff_id: int
    intent: str
    category: str
    texts: tuple[str, ...]
    use: str = Use.TRAIN
    origin: str = Origin.ADMIN


@dataclass(frozen=True, slots=True)
class EditExample:
    """Other words or marks for one example. ``before``: the marked text the admin saw ("" does not compare).

    Outcome.value: Changed.
    """

    staff_id: int
    example_id: int
    marked: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class MoveExamples:
    """These examples mean something else. Outcome.value: Changed."""

    staff_id: int
    example_ids: tuple[int, ...]
    intent: str
    category: str


@dataclass(frozen=True, slots=True)
class DeleteExamples:
    """These examples are no longer used; they stay to be brought back. Outcome.value: Changed."""

    staff_id: int
    example_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UndoChanges:
    """Take a batch of changes back: what was added goes, what was deleted, moved or edited is as before.

    What somebody has changed again since stays as it is. Outcome.value: Changed (of the undoing, itself a batch).
    """

    staff_id: int
    batch: str


@dataclass(frozen=True, slots=True)
class ImportedExample:
    """One sentence of a file. ``line`` of the file, to say where something is wrong; ``file`` in a zip of several."""

    intent: str
    category: str
    marked: str
    line: int = 0
    use: str = Use.TRAIN
    file: str = ""


@dataclass(frozen=True, slots=True)
class ImportExamples:
    """The sentences of a file, all or none. What is known stays as it is, also under another label or with other marks.

    ``overwrite``: known sentences get label and marks of the file. ``replace``: examples (of the uses that occur in
    the file) that the file does not have are deleted. Outcome.value: Changed.
    """

    staff_id: int
    rows: tuple[ImportedExample, ...]
    overwrite: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change of examples. ``skipped``: (sentence, reason code) of what was left out.

    Reason codes: empty, too_long, marks, duplicate, other_label, private, not_here.
    """

    batch: str
    ids: tuple[int, ...] = ()
    added: int = 0
    moved: int = 0
    edited: int = 0
    deleted: int = 0
    restored: int = 0
    hidden: int = 0
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AddLabel:
    """A new category under service_request, safety_tip or dispute (``intent``), or (``intent`` "") a new intent,
    which needs ``answer``. The code is chosen here. Outcome.value: the label's id."""

    staff_id: int
    name: str
    intent: str = ""
    answer: str = ""
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class ChangeLabel:
    """Another name of a label, or another answer of an intent that an admin added; None leaves it as it is."""

    staff_id: int
    label_id: int
    name: str | None = None
    answer: str | None = None
    unasked: bool | None = None


@dataclass(frozen=True, slots=True)
class RetireLabel:
    """A label that an admin added is no longer used: its examples are left out of the next training.

    ``retired`` False brings it back. The taxonomy's own labels cannot be retired.
    """

    staff_id: int
    label_id: int
    retired: bool = True


@dataclass(frozen=True, slots=True)
class SetPhrase:
    """Say it in other words. The fields in braces must be the same as in the text that ships."""

    staff_id: int
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class ResetPhrase:
    """Say it again as it ships."""

    staff_id: int
    key: str


@dataclass(frozen=True, slots=True)
class AddLocalName:
    """A word of this community for a place or an activity. Outcome.value: its id (also if it was there)."""

    staff_id: int
    community_id: int
    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class RemoveLocalName:
    """Forget a word."""

    staff_id: int
    name_id: int


@dataclass(frozen=True, slots=True)
class DecideReview:
    """What a message in the review queue means. ``decision``: confirm (the bot was right), correct (``intent``,
    ``category`` say what it means) or ignore. Confirming and correcting make an example. Outcome.value: Changed.

    ``text``: the sentence as the admin has improved it; "" takes it as it stands.
    """

    staff_id: int
    item_id: int
    decision: str
    intent: str = ""
    category: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class UndoReview:
    """Put a message back into the review queue and take its example back."""

    staff_id: int
    item_id: int


@dataclass(frozen=True, slots=True)
class AskTraining:
    """Train a new version on the examples as they are now. Outcome.value: its number.

    Refused while another one waits or is being trained.
    """

    staff_id: int


@dataclass(frozen=True, slots=True)
class CancelTraining:
    """Give a training up; the version is then failed, with that reason."""

    staff_id: int
    number: int


@dataclass(frozen=True, slots=True)
class PublishModel:
    """Use this version from now on. ``seen``: the publication that was live when the admin looked (0: not compared);
    another one means that somebody was faster.

    A version that hears fewer emergencies than the published one, or of which that is not known, is only asked for:
    another admin has to confirm. Outcome.value: Published.
    """

    staff_id: int
    number: int
    reason: str
    seen: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmPublication:
    """The second admin agrees (``agree``) or refuses; the first one may refuse too. Outcome.value: Published."""

    staff_id: int
    publication_id: int
    agree: bool = True


@dataclass(frozen=True, slots=True)
class RollBack:
    """Use again the version that was live before the present one, at once: it was published in its time, so no second
    admin is asked. ``seen`` as in PublishModel. Outcome.value: Published."""

    staff_id: int
    reason: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """``live``: in use from now on; else a second admin has to confirm the publication."""

    publication_id: int
    number: int
    live: bool
