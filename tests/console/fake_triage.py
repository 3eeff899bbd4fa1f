"""Triage's half of a core in memory, and its deeds written down instead of done, for tests of the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent_core.contract.commands import CommandDone
from agent_core.contract.forking import ForkAnswer, ForkWanted
from agent_core.contract.ids import ConversationId, RunId
from agent_core.contract.repairing import CallAnswerWord
from agent_core.contract.triage import ConversationTriage, DiagnoseAnswer, ReconcileAnswer, RequestShown, TriageAnswer
from tests.console import made_triage as triage


@dataclass
class FakeTriage:
    """Answers what it is told to; the next exception in `refuse` is raised instead."""

    answer: TriageAnswer = field(default_factory=triage.answer)
    shown: ConversationTriage = field(default_factory=triage.look)
    refuse: list[Exception] = field(default_factory=list[Exception])
    called: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def _asked(self, *what: object) -> None:
        self.called.append(what)
        if self.refuse:
            raise self.refuse.pop(0)

    async def triage(self) -> TriageAnswer:
        self._asked("triage")
        return self.answer

    async def look(self, conversation: ConversationId) -> ConversationTriage:
        self._asked("look", conversation)
        return self.shown

    async def request_page(self, conversation: ConversationId, run: RunId, first: int) -> RequestShown | None:
        self._asked("page", run, first)
        return triage.request(messages=(), next=None)

    async def reconcile(self, conversation: ConversationId, calls: Sequence[str]) -> ReconcileAnswer:
        self._asked("reconcile", tuple(calls))
        return triage.LOOKED_UP

    async def diagnose(self, file: bytes, known: Mapping[str, CallAnswerWord]) -> DiagnoseAnswer:
        self._asked("diagnose", file, dict(known))
        return triage.diagnosed()

    async def fork(self, conversation: ConversationId, wanted: ForkWanted) -> ForkAnswer:
        self._asked("fork", wanted)
        return triage.forked()

    async def repair_look(
        self, shown: ConversationTriage, answers: Mapping[str, CallAnswerWord], comment: str | None
    ) -> CommandDone:
        self._asked("repair", shown.plan, dict(answers), comment)
        return CommandDone(seq=31)


@dataclass
class TriageAsked:
    """Deeds written down instead of done."""

    deeds: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def read_triage(self) -> None:
        self.deeds.append(("triage",))

    def look(self, conversation: ConversationId) -> None:
        self.deeds.append(("look", conversation))

    def read_on(self) -> None:
        self.deeds.append(("read_on",))

    def ask_systems(self, calls: tuple[str, ...]) -> None:
        self.deeds.append(("ask", calls))

    def repair_shown(self, shown: ConversationTriage, answers: Mapping[str, CallAnswerWord], comment: str) -> None:
        self.deeds.append(("repair", shown.plan, dict(answers), comment))

    def fork(self, wanted: ForkWanted) -> None:
        self.deeds.append(("fork", wanted))

    def diagnose(self, path: Path) -> None:
        self.deeds.append(("diagnose", path))

    def say_of_file(self, call: str, word: CallAnswerWord) -> None:
        self.deeds.append(("say", call, word))

    def save_repaired(self, path: Path) -> None:
        self.deeds.append(("save", path))
