"""The forms of Audit, purely: what is asked, what follows from what was given, and what that means (R-M5, R-N5)."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final

from agent_core.contract.erasing import ASKED_REASONS, ErasurePreview, ErasureRow, ErasureWanted
from agent_core.contract.events import ErasureReason
from agent_core.contract.events.reviewing import CriterionScore
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.money import minor_of
from agent_core.contract.reviewing import ReviewsShown
from agent_core.contract.searching import SearchAsked
from console import texts_audit, words
from console.presenting.clock import moment
from console.presenting.searching import amount, filter_chips
from console.presenting.sizes import size_words
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.state.audit import Audit
from console.widgets.check_row import CheckProps

FILTER: Final = "audit-filter"
SCORE: Final = "audit-score"
ERASE: Final = "audit-erase"
_SHOWN_ROWS: Final = 60


def said(given: Given, key: str) -> str:
    """The one text, or the one choice, of a field."""
    return "".join(given.get(key, ())).strip()


# -- amounts, dates and scores -----------------------------------------------------------------------------------------


def filter_form(asked: SearchAsked) -> FormProps:
    """What cannot be chosen from a list."""
    lines = (
        ("since", texts_audit.FORM_SINCE, _day(asked.since)),
        ("until", texts_audit.FORM_UNTIL, _day(None if asked.until is None else asked.until - timedelta(seconds=1))),
        ("money_from", texts_audit.FORM_MONEY_FROM, amount(asked.money_from, None)),
        ("money_to", texts_audit.FORM_MONEY_TO, amount(asked.money_to, None)),
        ("currency", texts_audit.FORM_CURRENCY, asked.currency or ""),
        ("score_from", texts_audit.FORM_SCORE_FROM, "" if asked.score_from is None else str(asked.score_from)),
        ("score_to", texts_audit.FORM_SCORE_TO, "" if asked.score_to is None else str(asked.score_to)),
    )
    fields = tuple(FormField(key, label, "line", given=(value,)) for key, label, value in lines)
    return FormProps(
        FILTER, texts_audit.FORM_TITLE, texts_audit.FORM_WORDS, fields, texts_audit.FORM_YES, "accent", "list-filter",
        texts_audit.FORM_FOLLOWS,
    )  # fmt: skip


def _day(then: datetime | None) -> str:
    return "" if then is None else then.astimezone().date().isoformat()


def filtered(asked: SearchAsked, given: Given) -> tuple[SearchAsked, tuple[str, ...]]:
    """The search with what was given, and what of it cannot be read."""
    faults: list[str] = []
    read: dict[str, object] = {}
    for key in ("since", "until"):
        read[key] = _read_day(said(given, key), faults, whole=key == "until")
    currency = said(given, "currency").upper()
    if currency and not (currency.isascii() and currency.isalpha() and len(currency) == 3):
        faults.append(texts_audit.FORM_BAD.format(value=currency, hint=texts_audit.FORM_BAD_CURRENCY))
        currency = ""
    read["currency"] = currency or None
    for key in ("money_from", "money_to"):
        read[key] = _read_money(said(given, key), currency, faults)
    for key in ("score_from", "score_to"):
        read[key] = _read_score(said(given, key), faults)
    return asked.model_copy(update=read), tuple(faults)


def _read_day(value: str, faults: list[str], *, whole: bool) -> datetime | None:
    if not value:
        return None
    try:
        day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - the day of this computer's zone, made aware below
    except ValueError:
        faults.append(texts_audit.FORM_BAD.format(value=value, hint=texts_audit.FORM_BAD_DATE))
        return None
    begins = datetime.combine(day + timedelta(days=1) if whole else day, time()).astimezone()
    return begins.astimezone(UTC)


def _read_money(value: str, currency: str, faults: list[str]) -> int | None:
    if not value:
        return None
    try:
        minor = minor_of(value.replace(",", "."), currency or "EUR")
    except ValueError:
        minor = -1
    if not 0 <= minor <= 10**15:
        faults.append(texts_audit.FORM_BAD.format(value=value, hint=texts_audit.FORM_BAD_MONEY))
        return None
    return minor


def _read_score(value: str, faults: list[str]) -> int | None:
    if not value:
        return None
    if value.isascii() and value.isdigit() and int(value) <= 100:
        return int(value)
    faults.append(texts_audit.FORM_BAD.format(value=value, hint=texts_audit.FORM_BAD_SCORE))
    return None


def filter_follows(asked: SearchAsked, given: Given) -> FormFollows:
    """What the filters mean, or what cannot be read."""
    made, faults = filtered(asked, given)
    if faults:
        return FormFollows(tuple(FormLine(one, icon="circle-alert", tone="danger") for one in faults), ready=False, of=given)
    kept = {"money", "score", "since", "until"}
    chips = [one for one in filter_chips(made, {}) if one.key in kept]
    lines = tuple(FormLine(one.words, icon="list-filter") for one in chips)
    return FormFollows(lines or (FormLine(texts_audit.FORM_NOTHING),), of=given)


# -- a score -----------------------------------------------------------------------------------------------------------


def score_form(shown: ReviewsShown) -> FormProps:
    """One question per criterion of the rubric."""
    fields: list[FormField] = []
    for one in shown.rubric.criteria:
        choices = tuple(
            CheckProps(str(points), level, texts_audit.SCORE_POINTS.format(points=points, most=one.most))
            for points, level in enumerate(one.levels)
        )
        label = f"{one.title} — {one.description}" if one.description else one.title
        fields.append(FormField(one.id, label, "one", choices, required=True))
    done = CheckProps("done", texts_audit.SCORE_DONE_CHOICE, texts_audit.SCORE_DONE)
    fields.append(FormField("_comment", texts_audit.SCORE_COMMENT, "text"))
    fields.append(FormField("_done", texts_audit.REVIEW_DONE, "any", (done,), ("done",)))
    title = texts_audit.SCORE_TITLE.format(rubric=shown.rubric.title)
    return FormProps(SCORE, title, texts_audit.SCORE_WORDS, tuple(fields), texts_audit.SCORE_YES, "accent", "flag")


def scores(shown: ReviewsShown, given: Given) -> tuple[CriterionScore, ...]:
    """The points that were given, in the rubric's order."""
    chosen = ((one.id, said(given, one.id)) for one in shown.rubric.criteria)
    return tuple(CriterionScore(criterion=name, points=int(points)) for name, points in chosen if points.isdigit())


# -- an erasure --------------------------------------------------------------------------------------------------------


def erase_form(conversation: ConversationId | None, brands: Mapping[BrandId, str]) -> FormProps:
    """Who, why, and the typed confirmation; of the open conversation's customer, or of somebody named."""
    fields: list[FormField] = []
    if conversation is not None:
        choices = (
            CheckProps("customer", texts_audit.ERASE_CUSTOMER, texts_audit.ERASE_CUSTOMER_BELOW),
            CheckProps("one", texts_audit.ERASE_ONE, conversation),
        )
        fields.append(FormField("who", texts_audit.ERASE_WHO, "one", choices, ("customer",), required=True))
    else:
        if len(brands) > 1:
            named = tuple(CheckProps(brand, title) for brand, title in brands.items())
            fields.append(FormField("brand", texts_audit.ERASE_BRAND, "one", named, (named[0].key,), required=True))
        fields.append(FormField("named", texts_audit.ERASE_NAMED, "line", required=True))
    reasons = tuple(CheckProps(one, texts_audit.ERASE_REASONS[one]) for one in ASKED_REASONS)
    fields.append(FormField("reason", texts_audit.ERASE_REASON, "one", reasons, ("customer_asked",), required=True))
    fields.append(FormField("typed", texts_audit.ERASE_TYPED, "line", required=True, hint=texts_audit.ERASE_TYPED_HINT))
    first = FormFollows(ready=False, note=texts_audit.ERASE_NOBODY)
    return FormProps(
        ERASE, texts_audit.ERASE_TITLE, texts_audit.ERASE_WORDS, tuple(fields), texts_audit.ERASE_YES, "danger", "eraser",
        texts_audit.ERASE_FOLLOWS, first,
    )  # fmt: skip


def erasure_wanted(given: Given, conversation: ConversationId | None, brand: BrandId | None) -> ErasureWanted | None:
    """What is to be erased, as it was given; None while nobody is named."""
    of = BrandId(said(given, "brand")) if given.get("brand") else brand
    if of is None:
        return None
    if conversation is not None:
        return ErasureWanted(brand=of, conversation=conversation, whole_customer=said(given, "who") == "customer")
    named = said(given, "named")[:200]
    return ErasureWanted(brand=of, customer=named) if named else None


def erasure_reason(given: Given) -> ErasureReason:
    """Why, as it was given."""
    chosen = said(given, "reason")
    for one in ASKED_REASONS:
        if one == chosen:
            return one
    return "customer_asked"


def phrase(preview: ErasurePreview) -> str:
    """What must be typed: it says how much goes, so that nobody types it out of habit."""
    return texts_audit.ERASE_PHRASE.of(len(preview.conversations))


def erase_follows(audit: Audit, given: Given) -> FormFollows:
    """What goes, what stands in the way, what stays; and whether it may be signed now."""
    preview = audit.erasure
    if audit.erasing is None:
        return FormFollows(ready=False, note=texts_audit.ERASE_NOBODY)
    if audit.erasure_problem:
        line = FormLine(audit.erasure_problem, icon="circle-alert", tone="danger")
        return FormFollows((line,), ready=False, of=given)
    if preview is None:
        return FormFollows((FormLine(texts_audit.LOOKING, icon="loader-circle"),), ready=False, of=given)
    if not preview.conversations:
        return FormFollows((FormLine(texts_audit.ERASE_NOTHING, icon="info"),), ready=False, of=given)
    lines = _going(preview)
    typed = " ".join(said(given, "typed").lower().split()) == phrase(preview).lower()
    if not preview.allowed:
        note = texts_audit.ERASE_NOT_NOW
    else:
        note = texts_audit.ERASE_READY if typed else texts_audit.ERASE_TYPE.format(phrase=phrase(preview))
    return FormFollows(tuple(lines), ready=preview.allowed and typed, note=note, of=given)


def _going(preview: ErasurePreview) -> list[FormLine]:
    count = len(preview.conversations)
    lines = [FormLine(texts_audit.ERASE_GOES.of(count), head=True)]
    for row in preview.conversations[:_SHOWN_ROWS]:
        lines.append(_row(row))
    if count > _SHOWN_ROWS:
        lines.append(FormLine(texts_audit.CUT))
    if not preview.complete:
        lines.append(FormLine(texts_audit.ERASE_MORE, icon="info", tone="warn"))
    lines.append(FormLine(texts_audit.ERASE_STAYS, head=True))
    lines += [FormLine(one.what, one.why, icon="lock") for one in preview.kept]
    return lines


def _row(row: ErasureRow) -> FormLine:
    channel = words.CHANNEL_WORDS.get(row.channel, row.channel)
    opened = moment(row.opened_at) if row.opened_at is not None else ""
    parts = texts_audit.ERASE_GOES_PARTS.of(row.bodies, size=size_words(row.bytes))
    line = texts_audit.ERASED_ROW.format(channel=channel, when=opened, parts=parts)
    found = ", ".join(texts_audit.ERASE_FOUND_BY[one] for one in row.found_by)
    if row.obstacles:
        why = " ".join(one.sentence for one in row.obstacles)
        return FormLine(line, why, icon="ban", tone="danger")
    return FormLine(line, found, icon="eraser")
