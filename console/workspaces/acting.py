"""Proposing an action of one's own: choose it, fill it in, see what it would come to and who must agree (R-C3, R-E3).

Pure: a view of the core to a form, what was written to arguments. It must never send a value that was not read as the form
says it is, and never sign while anything else than what was shown stands in the form.
"""

from typing import Any, Final

from agent_core.contract.money import minor_of
from agent_core.contract.proposing import ActionField, ActionPreview
from agent_core.contract.views import EvidenceShown
from console import texts_acting as texts
from console import words
from console.presenting.plain import plain_code
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.widgets.check_row import CheckProps
from console.widgets.visible_text import one_line

_YES, _NO = "true", "false"
_TOOL: Final = "tool"


def choose_form(preview: ActionPreview) -> FormProps:
    """Which action it is to be."""
    first = FormFollows(tuple(FormLine(one.sentence, icon="info", tone="warn") for one in preview.obstacles), ready=False)
    choices = tuple(
        CheckProps(one.tool, one.title, texts.CAN_BE_UNDONE if one.reversible else texts.CANNOT_BE_UNDONE)
        for one in preview.offered
    )
    if not preview.obstacles and choices:
        first = FormFollows()
    given = (preview.offered[0].tool,) if preview.offered else ()
    return FormProps(
        f"action:{preview.conversation}", texts.CHOOSE_TITLE, texts.CHOOSE_WORDS,
        (FormField(_TOOL, "", "one", choices, given, required=True),), texts.CHOOSE_YES, "accent", "hand", first=first,
    )  # fmt: skip


def chosen(given: Given) -> str:
    """The tool that was chosen."""
    return "".join(given.get(_TOOL, ()))


def action_form(preview: ActionPreview) -> FormProps:
    """The arguments of the chosen action."""
    assert preview.chosen is not None
    fields = [_field(one) for one in preview.fields if _writable(one)]
    fields.append(FormField("comment", texts.WHY, "text", hint=words.OPTIONAL))
    return FormProps(
        f"propose:{preview.conversation}:{preview.chosen.tool}", preview.chosen.title, texts.PROPOSE_WORDS, tuple(fields),
        texts.PROPOSE_YES, "accent", "hand", texts.FOLLOWS, FormFollows(ready=False, note=texts.FILL_IN),
    )  # fmt: skip


def arguments(preview: ActionPreview, given: Given) -> tuple[dict[str, Any], tuple[str, ...], bool]:
    """The arguments as they would be, sentences about what could not be read, and whether something needed is empty."""
    made: dict[str, Any] = {}
    faults: list[str] = []
    empty = False
    said = {one.name: "".join(given.get(one.name, ())) for one in preview.fields}
    for one in preview.fields:
        if not said[one.name]:
            empty = empty or one.required
            continue
        try:
            made[one.name] = _read(one, said[one.name], said)
        except ValueError:
            faults.append(texts.UNREADABLE.format(field=one.label))
    return made, tuple(faults), empty


def action_follows(preview: ActionPreview, customer: str) -> FormFollows:
    """What it would come to. The customer one talks with is called by name; what is signed stands below it."""
    labels = {one.name: one.label for one in preview.fields}
    lines = [FormLine(one.sentence, icon="info", tone="warn") for one in preview.obstacles]
    lines += [FormLine(one.sentence, labels.get(one.field, ""), "x", "danger") for one in preview.faults]
    if preview.draft is None:
        return FormFollows(tuple(lines), ready=False)
    lines.append(FormLine(preview.title, icon="check"))
    lines.append(FormLine(texts.WHO_HEAD, head=True))
    nobody = preview.countersigners == "nobody"
    who = texts.NOBODY if nobody else texts.OTHERS.of(preview.required_people)
    able = "" if nobody else texts.ABLE.of(preview.able)
    lines.append(FormLine(who, able, "users", "danger" if nobody else "ok"))
    lines += [FormLine(rule.why or rule.id, icon="scale") for rule in preview.rules]
    if preview.evidence:
        lines.append(FormLine(texts.RESTS_ON, head=True))
        lines += [_rested(one, customer) for one in preview.evidence]
    return FormFollows(tuple(lines), ready=True, note=texts.NEVER_ALONE)


def _rested(one: EvidenceShown, customer: str) -> FormLine:
    value, below = one.value, plain_code(one.source)
    if one.this_customer and customer:
        value = texts.THIS_CUSTOMER.format(name=one_line(customer, 80))
        below = texts.JOIN.join((below, texts.AS_SIGNED.format(value=one.value)))
    return FormLine(texts.FACT.format(label=one.label, value=value), below, "scroll-text")


def unreadable(faults: tuple[str, ...]) -> FormFollows:
    """What cannot be asked about."""
    return FormFollows(tuple(FormLine(one, icon="x", tone="danger") for one in faults), ready=False)


def _writable(one: ActionField) -> bool:
    return "enum" in one.form or one.form.get("type") in {"string", "integer", "number", "boolean"}


def _field(one: ActionField) -> FormField:
    if "enum" in one.form:
        choices = tuple(CheckProps(str(each), str(each)) for each in one.form["enum"])
        return FormField(one.name, one.label, "one", choices, required=one.required)
    if one.form.get("type") == "boolean":
        both = (CheckProps(_YES, words.CAN_BE_TAKEN_BACK), CheckProps(_NO, words.NO))
        return FormField(one.name, one.label, "one", both, required=one.required)
    first = one.known[:1] if len(one.known) == 1 else ()
    hint = texts.KNOWN.format(values=", ".join(one.known[:4])) if len(one.known) > 1 else ""
    label = one.label if one.required else texts.NOT_NEEDED.format(label=one.label)
    return FormField(one.name, label, "line", given=first, required=one.required, hint=hint)


def _read(one: ActionField, said: str, others: dict[str, str]) -> Any:
    """A value as the form says it is.

    Raises:
        ValueError: It is none.
    """
    if "enum" in one.form:
        found = next((each for each in one.form["enum"] if str(each) == said), None)
        if found is None:
            raise ValueError(said)
        return found
    kind = one.form.get("type")
    if kind == "boolean":
        return said == _YES
    if kind == "integer":
        currency = others.get(one.money, "") if one.money is not None else ""
        return minor_of(said, currency) if currency else int(said)
    return float(said) if kind == "number" else said
