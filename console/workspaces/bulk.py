"""The review sheet of like cases: every case with what differs, the sum and its limit, and time to read it (R-C3, R-M2).

Pure: cards to a form, what was left ticked to asks. It must never offer a yes to a case that is not on the sheet.
"""

from collections.abc import Sequence
from datetime import datetime
from math import ceil

from agent_core.contract.ids import AskId
from agent_core.contract.money import Money
from agent_core.contract.views import AskCard
from console import texts_acting as texts
from console.language.numbers import money
from console.shell.form import FormField, FormFollows, FormLine, FormProps, Given
from console.state.bulk import batch_of, differences, look_s
from console.widgets.check_row import CheckProps

CASES = "cases"


def sheet_form(cards: Sequence[AskCard], conversation: str) -> FormProps:
    """The sheet."""
    choices = tuple(CheckProps(card.ask, _title(card), _differs(card, cards)) for card in cards)
    field = FormField(CASES, texts.CASES.of(len(cards)), "any", choices, tuple(card.ask for card in cards), required=True)
    first = cards[0]
    return FormProps(
        f"together:{conversation}", texts.SHEET_TITLE.format(what=texts.CASES.of(len(cards))), texts.SHEET_WORDS, (field,),
        texts.SHEET_YES, "accent", "signature", texts.ALIKE, FormFollows(_common(first, cards), ready=False),
    )  # fmt: skip


def kept(given: Given, cards: Sequence[AskCard]) -> tuple[AskCard, ...]:
    """The cases that are still ticked."""
    chosen = set(given.get(CASES, ()))
    return tuple(card for card in cards if card.ask in chosen)


def sheet_follows(cards: Sequence[AskCard], shown_at: datetime, now: datetime) -> FormFollows:
    """What a yes would do, and from when on it can be given."""
    lines = list(_common(cards[0], cards)) if cards else []
    if len(cards) < 2:
        return FormFollows((*lines, FormLine(texts.TOO_FEW, icon="info")), ready=False)
    if batch_of(cards) is None:
        return FormFollows((*lines, FormLine(texts.TOO_MUCH, icon="x", tone="danger")), ready=False)
    left = ceil(look_s(cards) - (now - shown_at).total_seconds())
    if left > 0:
        return FormFollows(tuple(lines), ready=False, note=texts.READ_FOR.of(left))
    return FormFollows(tuple(lines), note=texts.EACH_ALONE)


def asks_of(cards: Sequence[AskCard]) -> tuple[AskId, ...]:
    """Their asks, in the order of the sheet."""
    return tuple(card.ask for card in cards)


def _common(first: AskCard, cards: Sequence[AskCard]) -> tuple[FormLine, ...]:
    lines = [FormLine(rule.why or rule.id, icon="scale") for rule in first.rules]
    same = [row for row in first.rows if all(row in card.rows for card in cards)]
    lines += [FormLine(texts.FACT.format(label=row.label, value=row.value), icon="check") for row in same]
    limit = None if first.risk is None else first.risk.batch
    if limit is not None and first.money is not None:
        total = sum(card.money.amount_minor for card in cards if card.money is not None)
        said = Money(amount_minor=total, currency=first.money.currency)
        tone = "danger" if total > limit.total.amount_minor else None
        lines.append(
            FormLine(texts.SUM.format(total=money(said)), texts.LIMIT.format(limit=money(limit.total)), "coins", tone)
        )
    return tuple(lines)


def _title(card: AskCard) -> str:
    if card.money is None:
        return card.customer_name
    return texts.CASE.format(name=card.customer_name, amount=money(card.money))


def _differs(card: AskCard, cards: Sequence[AskCard]) -> str:
    amount = "" if card.money is None else card.money.text()
    rows = [row for row in differences(card, cards) if row.value != amount]
    return texts.DIFFERENCES_JOIN.join(texts.FACT.format(label=row.label, value=row.value) for row in rows)
