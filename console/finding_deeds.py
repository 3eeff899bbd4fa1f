"""Looks for what somebody types in the palette: everywhere, newest question only (`console.workspaces.finding_deeds`)."""

from typing import Protocol

from agent_core.contract.searching import MOST_QUERY, SearchAnswer, SearchAsked
from console.state.finding import FindWanted, Found
from console.state.ports import ConsoleError
from console.state.store import Store
from console.tasks import Tasks

MOST = 30
SHORTEST = 3


class Searching(Protocol):
    """A core that searches."""

    async def search(self, asked: SearchAsked) -> SearchAnswer:
        """A page of what was found; raises `ConsoleError`."""
        ...


class FindingWork:
    """The deeds.

    Args:
        store: Where what is found goes.
        core: Who is asked.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, core: Searching, tasks: Tasks) -> None:
        self._store = store
        self._core = core
        self._tasks = tasks

    def find(self, typed: str) -> None:
        """Look for words in every conversation; too few letters look for nothing."""
        wanted = typed.strip()[:MOST_QUERY]
        if len(wanted) < SHORTEST:
            wanted = ""
        if wanted == self._store.state.finding.typed:
            return
        self._store.dispatch(FindWanted(wanted))
        if wanted:
            self._tasks.start(self._finding(wanted), "find")

    async def _finding(self, wanted: str) -> None:
        try:
            answer = await self._core.search(SearchAsked(q=wanted, order="best", limit=MOST))
        except ConsoleError:
            # The line tells that the core is away; here it only means that nothing more was found.
            self._store.dispatch(Found(wanted, ()))
            return
        self._store.dispatch(Found(wanted, tuple(hit.found_in for hit in answer.hits)))
