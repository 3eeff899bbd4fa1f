"""A belief put right: from the row that was pressed to the form, and from the form to the command. Pure (R-M1, R-B7)."""

from agent_core.contract.correcting import CorrectBelief
from agent_core.contract.ids import FactId
from agent_core.contract.views import AskCard, BeliefShown, ConversationDetail, FactShown
from console import texts_beliefs
from console.presenting.plain import plain_code
from console.presenting.side import subject_of
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given


def correction_form(detail: ConversationDetail, asks: tuple[AskCard, ...], key: str) -> FormProps | None:
    """Ask what is so and how one knows; None where what was pressed is not believed any more."""
    subject = subject_of(detail, key)
    if subject is None:
        return None
    fields = (
        FormField("right", texts_beliefs.CORRECT_RIGHT, "text", hint=texts_beliefs.CORRECT_RIGHT_HINT),
        FormField("source", texts_beliefs.CORRECT_SOURCE, "line", required=True, hint=texts_beliefs.CORRECT_SOURCE_HINT),
    )
    return FormProps(
        f"belief:{detail.row.conversation}:{key}", texts_beliefs.CORRECT_TITLE, texts_beliefs.CORRECT_WORDS, fields,
        texts_beliefs.CORRECT_YES, "warn", "pencil", texts_beliefs.CORRECT_FOLLOWS,
        FormFollows(_follows(subject, asks)),
    )  # fmt: skip


def correction(detail: ConversationDetail, key: str, given: Given) -> CorrectBelief | None:
    """The command; None where what was pressed is not believed any more."""
    subject = subject_of(detail, key)
    source = "".join(given.get("source", ())).strip()
    if subject is None or not source:
        return None
    right = "".join(given.get("right", ())).strip() or None
    conversation = detail.row.conversation
    if isinstance(subject, FactShown):
        return CorrectBelief(conversation=conversation, fact=FactId(subject.id), right=right, source=source)
    return CorrectBelief(conversation=conversation, at=subject.at_seq, index=subject.index, right=right, source=source)


def _follows(subject: BeliefShown | FactShown, asks: tuple[AskCard, ...]) -> tuple[FormLine, ...]:
    if isinstance(subject, FactShown):
        said, facts = f"{subject.label}: {subject.value}", (subject,)
    else:
        said, facts = subject.statement, subject.facts
    keys = {fact.key for fact in facts}
    resting = [card for card in asks if card.kind == "approval" and keys & {one.key for one in card.evidence}]
    read = tuple(FormLine(f"{one.label}: {one.value}", plain_code(one.source), "search") for one in facts)
    lapses = texts_beliefs.LAPSES.of(len(resting)) if resting else texts_beliefs.NOTHING_LAPSES
    return (
        FormLine(texts_beliefs.BELIEVED, head=True),
        FormLine(said),
        FormLine(texts_beliefs.RESTS_ON, head=True),
        *(read or (FormLine(texts_beliefs.RESTS_ON_NOTHING),)),
        FormLine("", head=True),
        FormLine(texts_beliefs.AGENT_IS_TOLD, icon="refresh-cw"),
        FormLine(lapses, icon="shield-alert" if resting else "info", tone="warn" if resting else None),
        FormLine(texts_beliefs.UNDO, icon="undo-2"),
    )
