"""What is looked for first in a whole request never hides what is looked for then."""

from hypothesis import given
from hypothesis import strategies as st

from agent_core.conversation.health import texts

ODD = st.text(
    alphabet=st.one_of(
        st.characters(min_codepoint=0x2000, max_codepoint=0x2070),
        st.characters(min_codepoint=0xE0000, max_codepoint=0xE01FF),
        st.sampled_from("\ufe00\ufe0f\u115f\u1160\u3164\uffa0\u180e\ufeff\U0001f3f4a"),
    ),
    max_size=8,
)


@given(st.lists(ODD, max_size=3).map("x".join))
def test_whatever_is_invisible_holds_a_suspect(text: str) -> None:
    assert texts.INVISIBLE.search(text) is None or texts.SUSPECT.search(text) is not None
