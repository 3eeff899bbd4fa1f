"""What somebody may do, as a form and back; and whether a fingerprint read aloud is the one that was proven. Pure."""

from typing import Final, get_args

from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.money import Money, minor_of
from agent_core.contract.operator_commands import OperatorKey
from agent_core.contract.signed import Role
from console import texts_people, words
from console.shell.form import FormField, FormProps, Given
from console.state.app_state import AppState
from console.state.selectors import brands
from console.widgets.check_row import CheckProps
from console.workspaces.people_deeds import TermsAsked

EVERY: Final = "*"
READ_ALOUD: Final = 16
"""Characters of a fingerprint that are compared at least: nobody finds another key with the same ones."""


def terms_form(state: AppState, known: OperatorKey | None = None) -> FormProps:
    """Ask what somebody may do; of somebody who is here already, what they may do now stands in it."""
    roles = tuple(CheckProps(role, words.role_words(role)) for role in get_args(Role))
    listed = (CheckProps(EVERY, texts_people.ANY_BRAND), *(CheckProps(one.brand, one.title) for one in brands(state)))
    given_brands = known.brands if known is not None else (EVERY,)
    terms = (
        FormField("role", texts_people.ROLE, "one", roles, (known.role if known else "supervisor",), required=True),
        FormField("limit", texts_people.LIMIT, "line", given=_said(known and known.limit), hint=texts_people.LIMIT_HINT),
        FormField("day", texts_people.DAY_LIMIT, "line", given=_said(known and known.day_limit), hint=texts_people.DAY_HINT),
        FormField("brands", texts_people.BRANDS, "any", listed, given_brands, required=True),
    )
    if known is None:
        name = FormField("name", texts_people.NAME, "line", required=True)
        return FormProps(
            "person:new", texts_people.INVITE_TITLE, texts_people.INVITE_WORDS, (name, *terms), texts_people.INVITE_YES,
            icon="user", split=2,
        )  # fmt: skip
    title = texts_people.AMEND_TITLE.format(name=known.name)
    return FormProps(
        f"person:{known.key}", title, texts_people.AMEND_WORDS, terms, texts_people.AMEND_YES, "warn", "user", split=1
    )


def terms(given: Given) -> TermsAsked | None:
    """What was chosen; None where role or brands are missing.

    Raises:
        ValueError: An amount cannot be read.
    """
    role: Role | None = next((one for one in get_args(Role) if one in given.get("role", ())), None)
    chosen = given.get("brands", ())
    if role is None or not chosen:
        return None
    names = (EVERY,) if EVERY in chosen else chosen
    return TermsAsked(role, names, money_of("".join(given.get("limit", ()))), money_of("".join(given.get("day", ()))))


def money_of(text: str) -> Money | None:
    """An amount as a person writes it, `50.00 EUR`; None for nothing.

    Raises:
        ValueError: It is no such amount.
    """
    said = text.replace("\u00a0", " ").strip()
    if not said:
        return None
    amount, _, currency = said.rpartition(" ")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise ValueError(text)
    return Money(amount_minor=minor_of(amount.replace(" ", ""), currency.upper()), currency=currency.upper())


def is_that_key(read: str, key: KeyFingerprint) -> bool:
    """Whether what was read aloud begins the fingerprint of the key that was proven, and is long enough to say so."""
    said = "".join(read.casefold().split()).removeprefix("ed25519:")
    return len(said) >= READ_ALOUD and key.removeprefix("ed25519:").startswith(said)


def _said(limit: Money | None) -> tuple[str, ...]:
    return () if limit is None else (limit.text(),)
