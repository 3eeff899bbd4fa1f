"""Colleagues who look at the same thing are seen on the card, in the head and in the list; oneself is told (R-M9)."""

import asyncio

from agent_core.contract.presence import Looking, PresentShown
from console.present import Standing
from console.presenting import around
from console.presenting.approval import approval_props
from console.presenting.rows import row_props
from console.state.happenings import ConnectionChanged, ConversationChosen, FeedArrived, SignedIn, WorkspaceChosen
from console.state.ports import Unreachable
from console.state.selectors import looked_at
from console.state.store import Store
from console.tasks import Tasks
from console.widgets.approval_state import Waiting
from tests.console import made
from tests.console.scenes_present import INES, TOM
from tests.console.states import begun


def _with(*present: PresentShown) -> Store:
    store = begun("light")
    store.dispatch(FeedArrived(made.answer(reset=False, present=present), made.NOW))
    return store


def test_R_M9_who_else_looks_is_on_the_card_in_the_head_and_in_the_list() -> None:
    state = _with(INES, TOM).state
    assert approval_props(state, state.asks[made.ask(1).ask]).state == Waiting(("Ines Roth",))
    head = around.header(state)
    assert head is not None
    assert head.detail.startswith("Ines Roth, Tom Lee looking too · ")
    row = state.rows[made.conversation(1)]
    spoken = row_props(row, made.NOW, here=looked_at(state)[row.conversation]).spoken()
    assert "Ines Roth, Tom Lee" in spoken


def test_nobody_is_known_to_look_while_the_core_is_away() -> None:
    store = _with(INES)
    store.dispatch(ConnectionChanged("offline", made.NOW, "away"))
    assert approval_props(store.state, store.state.asks[made.ask(1).ask]).state != Waiting(("Ines Roth",))
    store.dispatch(FeedArrived(made.answer(reset=False, present=()), made.NOW))
    assert store.state.present == ()


class Line:
    def __init__(self) -> None:
        self.said: list[Looking] = []
        self.away = False

    async def look_at(self, place: Looking) -> None:
        self.said.append(place)
        if self.away:
            raise Unreachable("away", "Away.")


def test_R_M9_where_one_stands_is_said_once_and_only_the_newest() -> None:
    async def run() -> None:
        store, line = begun("light"), Line()
        tasks = Tasks(lambda error: (_ for _ in ()).throw(error))
        Standing(store, line, tasks, pause=0)

        async def rest() -> None:
            while started := tuple(tasks._tasks):  # pyright: ignore[reportPrivateUsage] - until what was started has ended
                await asyncio.wait(started)

        for number in (2, 3, 4):
            store.dispatch(ConversationChosen(made.conversation(number)))
        await rest()
        assert line.said == [Looking(conversation=made.conversation(4))]
        store.dispatch(ConversationChosen(made.conversation(4)))
        await rest()
        assert len(line.said) == 1
        store.dispatch(WorkspaceChosen("approvals"))
        await rest()
        assert line.said[-1].ask is not None
        store.dispatch(WorkspaceChosen("settings"))
        line.away = True
        await rest()
        assert line.said[-1] == Looking()
        before = len(line.said)
        store.dispatch(SignedIn(made.session(operator=None, role=None, name=None, key=None, limit=None)))
        store.dispatch(WorkspaceChosen("live"))
        await rest()
        assert len(line.said) == before, "who only reads is nobody to others"
        await tasks.close()

    asyncio.run(run())
