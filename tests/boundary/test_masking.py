"""What nobody needs is masked before anybody reads it; what people need to be helped is left alone (R-D3)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.boundary.clean import clean
from agent_core.boundary.masking import _ACCOUNT, _CJK_ACCOUNT, _RUN, _SIX_DIGITS, mask, mask_json  # pyright: ignore[reportPrivateUsage] - a short way
from agent_core.boundary.national_ids import _KINDS  # pyright: ignore[reportPrivateUsage] - each form by itself
from tests.boundary.samples.support_messages import support_messages

MUST: tuple[tuple[str, str, str], ...] = (
    ("my card is 4242 4242 4242 4242", "my card is •••• 4242", "card"),
    ("4111111111111111", "•••• 1111", "card"),
    ("4111-1111-1111-1111", "•••• 1111", "card"),
    ("amex 3782 822463 10005", "amex •••• 0005", "card"),
    ("5555 5555 5555 4444 exp 11/28", "•••• 4444 exp 11/28", "card"),
    ("card ٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "card •••• 4242", "card"),
    ("Karte ４２４２４２４２４２４２４２４２", "Karte •••• 4242", "card"),
    ("meine Karte 4111 1111 1111 1112", "meine Karte •••• 1112", "card"),
    ("卡号 6222 0212 3456 7890 128", "卡号 •••• 0128", "card"),
    ("card 3056 930902 5904", "card •••• 5904", "card"),
    ("card 6759 6498 2643 8453", "card •••• 8453", "card"),
    ("Mir 2200 1234 5678 9019", "Mir •••• 9019", "card"),
    ("card 6011000990139424", "card •••• 9424", "card"),
    ("card 20 4242 4242 4242 4242", "card 20 •••• 4242", "card"),
    ("national insurance AB 12 34 56 C", "national insurance ••••", "national_id"),
    ("order 4242 4242 4242 4242", "order •••• 4242", "card"),
    ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN DE•••• 3000 please", "iban"),
    ("GB82WEST12345698765432.", "GB•••• 5432.", "iban"),
    ("fr1420041010050500013m02606", "FR•••• 2606", "iban"),
    ("IBAN: UK12345678901234567890", "IBAN: UK•••• 7890", "iban"),
    ("Kontonummer 1234567890", "Kontonummer •••• 90", "bank_account"),
    ("routing number 021000021", "routing number •••• 21", "bank_account"),
    ("口座番号は1234567です", "口座番号は•••• 67です", "bank_account"),
    ("my SSN is 123-45-6789", "my SSN is ••••", "national_id"),
    ("PESEL 44051401359", "PESEL ••••", "national_id"),
    ("CPF 390.533.447-05", "CPF ••••", "national_id"),
    ("RSSMRA85T10A562S", "••••", "national_id"),
    ("DNI 54362315K", "DNI ••••", "national_id"),
    ("mein Personnummer 880320-0016", "mein Personnummer ••••", "national_id"),
    ("TC kimlik 17291716060", "TC kimlik ••••", "national_id"),
    ("身份证 11010519491231002X", "身份证 ••••", "national_id"),
    ("my password is hunter2", "my password is ••••", "password"),
    ("My password is swordfish.", "My password is ••••.", "password"),
    ("Passwort: Sommer-2024", "Passwort: ••••", "password"),
    ("mot de passe : azerty123", "mot de passe : ••••", "password"),
    ("mi contraseña es Gato99!x", "mi contraseña es ••••", "password"),
    ("密码是abc12345", "密码是••••", "password"),
    ("パスワードは neko-22", "パスワードは ••••", "password"),
    ("мой пароль: Зима2024", "мой пароль: ••••", "password"),
    ("PIN: 4711", "PIN: ••••", "password"),
    ("key sk_live_abcdefghijklmnop1234", "key ••••", "secret"),
    ("AKIAIOSFODNN7EXAMPLE", "••••", "secret"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\nabc\n-----END PRIVATE KEY-----", "••••", "secret"),
)

MUST_NOT: tuple[str, ...] = (
    "UPS 1Z999AA10123456784", "USPS 9400 1000 0000 0000 0000 00", "9405511899223197428490", "420 92374 9374889676091 297",
    "DHL 00340434161094042557", "JJD014600003344556677", "JVGL 0605 4800 1234 5678", "FedEx 123456789012",
    "FedEx 961234567890123",
    "6129 9998 7654 3210 98", "order NW-10023", "order number 4111111111111111", "tracking 4111111111111111",
    "EAN 4006381333931", "IMEI 356938035643809", "call +49 30 901820 4444 3333", "(555) 010-4477", "account number 12345678",
    "my password is wrong", "my password is not working", "Passwort ist falsch", "mon mot de passe est incorrect",
    "I forgot my password and the link", "password reset", "mein Passwort ist abgelaufen", "44051401359", "123456789",
    "1234 5678 9012 3456", "PESEL ٤٤٠٥١٤٠١٣٥٩", "card 3056 930902 5905", "2026-11-03 10:20:30",
    "invoice 2026/4242/4242", "DE12", "it cost 1.234.567,89 EUR",
    "0000 0000 0000 0000",
)  # fmt: skip


@pytest.mark.parametrize(("text", "shown", "kind"), MUST)
def test_R_D3_cards_accounts_ids_and_passwords_are_masked(text: str, shown: str, kind: str) -> None:
    masked = mask(text)
    assert masked.text == shown
    assert masked.counts == ((kind, 1),)
    assert [text[: each.start] + each.shown + text[each.end :] for each in masked.masks] == [shown]


@pytest.mark.parametrize("text", MUST_NOT)
def test_R_D3_order_and_parcel_numbers_and_plain_words_are_left_alone(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).counts == ()


def test_a_code_beside_a_card_is_masked_with_it_and_a_year_is_not() -> None:
    assert mask("4242 4242 4242 4242 12/27 737").text == "•••• 4242 12/27 •••"
    assert mask("4242 4242 4242 4242, security code is 737").text == "•••• 4242, security code is •••"
    assert mask("cvv 123").text == "cvv •••"
    assert mask("your security code 482913 came").text == "your security code 482913 came"
    assert mask("4242 4242 4242 4242 12/2027 EUR 49").text == "•••• 4242 12/2027 EUR 49"


def test_sort_code_and_account_are_masked_together() -> None:
    assert mask("sort code 12-34-56, account 12345678").text == "sort code •••• 56, account •••• 78"


def test_a_brands_own_numbers_win_over_masks() -> None:
    orders = (re.compile(r"4\d{15}"),)
    assert mask("4111111111111111", orders).text == "4111111111111111"
    amounts = (re.compile(r"\d{1,5} ?EUR"),)
    assert mask("4111 1111 1111 1111 EUR", amounts).text == "•••• 1111 EUR"


def test_no_support_message_loses_a_number() -> None:
    assert [message.text for message in support_messages() if mask(message.text).counts] == []


def test_masking_twice_changes_nothing() -> None:
    for text, shown, _ in MUST:
        assert mask(mask(text).text).text == shown


def test_json_is_masked_where_people_wrote_and_ids_stay() -> None:
    value = {"id": "4111111111111111", "note": "card 4111 1111 1111 1111", "lines": ["my password is hunter2", 5, None]}
    masked, counts = mask_json(value)
    assert masked == {"id": "4111111111111111", "note": "card •••• 1111", "lines": ["my password is ••••", 5, None]}
    assert counts == (("card", 1), ("password", 1))


_PIECES = st.lists(
    st.sampled_from([*(each[0] for each in MUST), *MUST_NOT, " ", "\n", "4", "4242 ", "•", "password is ", "٤", "DE"]),
    max_size=12,
)


@given(_PIECES.map("".join) | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_masks_lie_inside_the_text_in_order_and_never_raise(text: str) -> None:
    text = clean(text).text
    masked = mask(text)
    ends = [0]
    for each in masked.masks:
        assert ends[-1] <= each.start < each.end <= len(text)
        ends.append(each.end)
    assert sum(count for _, count in masked.counts) == len(masked.masks)


_WORST = ("1 ", "1", "DE12 ", "password is ", "a@", "-----BEGIN PRIVATE KEY-----", "4242 ", "cvv ", "eyJ", "12-",
"bank account ",
          "RSSMRA", "1.1-", "sk-", "PIN ", "٤ ")  # fmt: skip


@pytest.mark.parametrize("piece", _WORST)
def test_a_text_made_against_the_patterns_costs_no_more_than_its_length(piece: str) -> None:
    text = clean(piece * (1_000_000 // len(piece))).text
    assert len(text) <= 20_000
    assert len(mask(text).text) <= len(text) + 400


def test_what_is_two_things_at_once_is_masked_once() -> None:
    masked = mask("my password is 4242424242424242 and my PIN is 4711")
    assert masked.text == "my password is •••• and my PIN is ••••"
    assert masked.counts == (("password", 2),)


_FORMS = tuple(dict.fromkeys((_RUN, _ACCOUNT, _CJK_ACCOUNT, *(kind.form for kind in _KINDS))))


@pytest.mark.parametrize("form", _FORMS, ids=range(len(_FORMS)))
@given(st.data())
@settings(max_examples=30)
def test_R_D3_whatever_has_the_form_of_such_a_number_is_looked_at(form: re.Pattern[str], data: st.DataObject) -> None:
    found = form.search(data.draw(st.from_regex(form)))
    assert found is not None
    assert _SIX_DIGITS.search(found.group()) is not None


_KEY = "aB3" * 20


@pytest.mark.parametrize(
    "key",
    [
        f"sk_live_{_KEY[:16]}", f"sk-{_KEY[:20]}", f"ghp_{_KEY[:30]}", f"github_pat_{_KEY[:30]}", f"xoxb-{_KEY[:10]}",
        "AKIA0123456789ABCDEF", f"AIza{_KEY[:35]}", f"whsec_{_KEY[:20]}", f"eyJ{_KEY[:10]}.{_KEY[:10]}.",
        f"SG.{_KEY[:16]}.{_KEY[:30]}", "-----BEGIN A PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_R_D3_a_key_of_the_least_length_is_masked(key: str) -> None:
    assert mask(f"It is {key}").text == "It is ••••"
