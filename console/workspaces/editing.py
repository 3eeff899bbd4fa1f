"""Changing what was proposed before approving it: a typed form, and what the change would come to (R-C3, R-M2).

Each change is shown to the core, which says whether it only makes smaller what was proposed, who must approve it, and what
is against it. What is signed is that answer. It must never send a value that was not read as the form says it is.
"""

from typing import Any

from agent_core.contract.editing import EditableField, EditPreview
from agent_core.contract.money import minor_of, spelled
from agent_core.contract.views import AskCard
from console import words
from console.language.numbers import typed
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.widgets.check_row import CheckProps

_YES, _NO = "true", "false"
_MINOR = "_minor"


def edit_form(card: AskCard, preview: EditPreview) -> FormProps:
    """Ask for other arguments; those that a form cannot show stay as they are."""
    # What may be changed without becoming another action comes first.
    ordered = sorted(preview.fields, key=lambda one: one.narrowing is None)
    fields = [_field(one, preview) for one in ordered if _editable(one)]
    fields.append(FormField("comment", words.EDIT_WHY, "text", hint=words.OPTIONAL))
    return FormProps(
        f"edit:{card.conversation}:{card.ask}", words.EDIT_TITLE.format(what=card.title), words.EDIT_WORDS, tuple(fields),
        words.EDIT_YES, "accent", "pencil", words.EDIT_FOLLOWS, FormFollows(ready=False, note=words.EDIT_NOTHING),
    )  # fmt: skip


def arguments(preview: EditPreview, given: Given) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The whole arguments as they would be, and sentences about what could not be read."""
    made: dict[str, Any] = {}
    faults: list[str] = []
    for one in preview.fields:
        if not _editable(one):
            if one.value is not None:
                made[one.name] = one.value
            continue
        said = "".join(given.get(one.name, ()))
        if not said and not one.required:
            continue
        try:
            made[one.name] = _read(one, preview, said)
        except ValueError:
            faults.append(words.EDIT_UNREADABLE.format(field=one.label))
    return made, tuple(faults)


def unchanged(preview: EditPreview, made: dict[str, Any]) -> bool:
    """Whether these are the arguments as they were proposed."""
    return made == {one.name: one.value for one in preview.fields if one.value is not None}


def unreadable(faults: tuple[str, ...]) -> FormFollows:
    """What cannot be asked about."""
    return FormFollows(tuple(FormLine(one, icon="x", tone="danger") for one in faults), ready=False)


def edit_follows(preview: EditPreview) -> FormFollows:
    """What a change would come to."""
    labels = {one.name: one.label for one in preview.fields}
    lines = [
        FormLine(one.sentence, labels.get(one.field, ""), "x", "danger") for one in preview.faults
    ]  # fmt: skip
    if preview.changes:
        lines.append(FormLine(words.EDIT_CHANGES, head=True))
        lines += [FormLine(f"{one.label}: {one.value}", icon="pencil") for one in preview.changes]
    if preview.draft is not None:
        lines.append(FormLine(words.EDIT_WHO, head=True))
        said = words.EDIT_NARROWS if preview.narrows else words.EDIT_OWN
        lines.append(FormLine(said, icon="check" if preview.narrows else "users", tone="ok" if preview.narrows else "warn"))
        lines += [FormLine(one.sentence, icon="info") for one in preview.obstacles]
        if preview.people_besides:
            lines.append(FormLine(words.edit_people(preview.people_besides), icon="users"))
        lines += [FormLine(rule.why or rule.id, icon="scale") for rule in preview.rules]
    note = words.EDIT_APPROVES if preview.may_approve else words.EDIT_PROPOSES
    return FormFollows(tuple(lines), preview.draft is not None, note if preview.draft is not None else "")


def _editable(one: EditableField) -> bool:
    return "enum" in one.form or one.form.get("type") in {"string", "integer", "number", "boolean"}


def _field(one: EditableField, preview: EditPreview) -> FormField:
    hint = {"smaller": words.EDIT_SMALLER, "any_text": words.EDIT_ANY_TEXT, None: words.EDIT_OTHER}[one.narrowing]
    label = f"{one.label} ({hint})"
    if "enum" in one.form:
        choices = tuple(CheckProps(str(each), str(each)) for each in one.form["enum"])
        return FormField(one.name, label, "one", choices, (str(one.value),), required=one.required)
    if one.form.get("type") == "boolean":
        both = (CheckProps(_YES, words.CAN_BE_TAKEN_BACK), CheckProps(_NO, words.NO))
        return FormField(one.name, label, "one", both, (_YES if one.value else _NO,), required=one.required)
    return FormField(one.name, label, "line", given=(_spelled(one, preview),), required=one.required)


def _currency(preview: EditPreview) -> str | None:
    return next((str(one.value) for one in preview.fields if one.name == "currency" and one.value), None)


def _spelled(one: EditableField, preview: EditPreview) -> str:
    currency = _currency(preview)
    if one.name.endswith(_MINOR) and currency is not None and isinstance(one.value, int):
        return typed(spelled(one.value, currency))
    return "" if one.value is None else str(one.value)


def _read(one: EditableField, preview: EditPreview, said: str) -> Any:
    """A value as the form says it is.

    Raises:
        ValueError: It is none.
    """
    if "enum" in one.form:
        return next(each for each in one.form["enum"] if str(each) == said)
    kind, currency = one.form.get("type"), _currency(preview)
    if kind == "boolean":
        return said == _YES
    if kind == "integer":
        return minor_of(said, currency) if one.name.endswith(_MINOR) and currency is not None else int(said)
    if kind == "number":
        return float(said)
    return said
