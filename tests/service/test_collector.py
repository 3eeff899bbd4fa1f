"""The garbage collector passes over what a core was built of, for as long as it serves, and is never off."""

import gc

from agent_core.cli.collector import YOUNG, sparing_what_was_built


class Made:
    """Something to be found again."""


def test_it_passes_over_what_was_built_until_the_core_ends() -> None:
    with sparing_what_was_built() as built:
        held = [Made()]
        assert gc.isenabled()
        assert any(each is held for each in gc.get_objects())
        built()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert not any(each is held for each in gc.get_objects())
        later = [Made()]
        assert any(each is later for each in gc.get_objects())
    assert gc.get_freeze_count() == 0
    assert any(each is held for each in gc.get_objects())


def test_it_looks_less_often_while_the_core_serves_and_as_often_as_before_behind_it() -> None:
    before = gc.get_threshold()
    with sparing_what_was_built() as built:
        assert gc.get_threshold() == before
        built()
        assert gc.get_threshold() == (YOUNG, *before[1:])
        assert gc.isenabled()
    assert gc.get_threshold() == before
