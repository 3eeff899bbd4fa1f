"""A console keeps what it saw of a core's log, and notices an older or another one, whatever the core says (R-M9)."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent_core.audit.merkle import Peaks, consistency_proof, leaf_hash, root_at
from agent_core.audit.notes import NoteSigner
from agent_core.contract.checkpoints import AlarmShown, Checkpoint, CheckpointAnswer, ConsistencyAnswer
from console.headless.errors import CoreRefused
from console.headless.witness import Seen, Standing, Witness, WitnessMemory
from console.state.app_state import AppState, LogStanding
from console.state.happenings import LogWitnessed
from console.state.reduce import reduce
from console.state.selectors import log_alarm
from tests.console import made

CORE = "core_9f2c"
SIGNER = NoteSigner.from_seed(CORE, bytes(32))


@dataclass
class Told:
    """A core with any history it likes."""

    leaves: list[bytes] = field(default_factory=list[bytes])
    signer: NoteSigner = SIGNER
    alarm: AlarmShown | None = None
    asked: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def node(self, level: int, index: int) -> bytes:
        held = self.leaves[index << level : (index + 1) << level]
        return Peaks().grown_by(leaf_hash(each) for each in held).root

    async def audit_checkpoint(self) -> CheckpointAnswer:
        size = len(self.leaves)
        told = Checkpoint(self.signer.name, size, root_at(size, self.node), made.NOW, None)
        note = self.signer.sign(told).note
        return CheckpointAnswer(note=note, key=self.signer.key.text, size=size, root=told.root.hex(), alarm=self.alarm)

    async def audit_consistency(self, old: int, new: int) -> ConsistencyAnswer:
        self.asked.append((old, new))
        if new > len(self.leaves):
            raise CoreRefused(422, "no_such_size", "The log does not have so many events.")
        proof = tuple(each.hex() for each in consistency_proof(old, new, self.node))
        roots = (root_at(old, self.node).hex(), root_at(new, self.node).hex())
        return ConsistencyAnswer(old_size=old, old_root=roots[0], new_size=new, new_root=roots[1], proof=proof)


def events(count: int, history: str = "one") -> list[bytes]:
    return [f"{history} {number}".encode() for number in range(count)]


def looked(witness: Witness, core: Told) -> Standing:
    return asyncio.run(witness.look(CORE, core))


def test_R_M9_a_log_that_only_grows_is_followed_and_kept_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "witness.json"
    core = Told(events(3))
    assert looked(Witness(WitnessMemory(path)), core) == Standing(size=3)
    assert core.asked == [], "the first one is believed"
    core.leaves = events(40)
    assert looked(Witness(WitnessMemory(path)), core) == Standing(size=40)
    assert core.asked == [(3, 40)]
    assert looked(Witness(WitnessMemory(path)), core) == Standing(size=40)


def test_R_M9_an_old_database_and_another_history_raise_an_alarm_until_a_person_accepts(tmp_path: Path) -> None:
    path = tmp_path / "witness.json"
    core = Told(events(40))
    looked(Witness(WitnessMemory(path)), core)
    core.leaves = events(20)
    assert looked(Witness(WitnessMemory(path)), core).word == "rolled_back"
    core.leaves = [*events(20), *events(30, "two")]
    assert looked(Witness(WitnessMemory(path)), core).word == "rewritten", "longer again, and still another one"
    core.leaves = events(40, "two")
    witness = Witness(WitnessMemory(path))
    assert looked(witness, core).word == "rewritten"
    assert looked(Witness(WitnessMemory(path)), core).word == "rewritten", "a restart forgets nothing"
    assert witness.accept(CORE)
    assert not witness.accept(CORE)
    assert looked(Witness(WitnessMemory(path)), core) == Standing(size=40)


def test_another_key_a_false_signature_and_another_core_raise_an_alarm() -> None:
    witness = Witness(WitnessMemory())
    looked(witness, Told(events(3)))
    assert looked(witness, Told(events(5), NoteSigner.new(CORE))).word == "other_key"
    assert looked(Witness(WitnessMemory()), Told(events(5), NoteSigner.new("core_0000"))).word == "not_signed"

    class Forged(Told):
        async def audit_checkpoint(self) -> CheckpointAnswer:
            answer = await super().audit_checkpoint()
            assert answer.note is not None
            return answer.model_copy(update={"note": answer.note.replace("\n3\n", "\n4\n", 1)})

    class Silent(Told):
        async def audit_checkpoint(self) -> CheckpointAnswer:
            answer = await super().audit_checkpoint()
            return answer.model_copy(update={"note": None})

    assert looked(Witness(WitnessMemory()), Forged(events(3))).word == "not_signed"
    assert looked(witness, Silent(events(3))).word == "rolled_back"
    assert looked(Witness(WitnessMemory()), Silent(events(3))).word == "core_alarm"


def test_what_the_core_says_of_itself_is_told_and_changes_nothing_that_was_seen() -> None:
    memory = WitnessMemory()
    alarm = AlarmShown(
        alarm="ab" * 32, code="rolled_back", sentence="An old one.", expected_size=9, expected_root="cd" * 32, found_size=3,
        raised_at="2026-03-01T09:30:00.000000Z",
    )  # fmt: skip
    looked(Witness(memory), Told(events(3)))
    before = memory.seen(CORE)
    assert looked(Witness(memory), Told(events(3), alarm=alarm)).word == "core_alarm"
    assert memory.seen(CORE) == before


def test_a_core_that_cannot_be_asked_changes_nothing(tmp_path: Path) -> None:
    class Away(Told):
        async def audit_consistency(self, old: int, new: int) -> ConsistencyAnswer:
            raise CoreRefused(503, "store_busy", "Later.")

    memory = WitnessMemory(tmp_path / "witness.json")
    looked(Witness(memory), Told(events(3)))
    before = memory.seen(CORE)
    with pytest.raises(CoreRefused):
        looked(Witness(memory), Away(events(5)))
    assert memory.seen(CORE) == before


def test_a_broken_memory_is_kept_aside_and_a_full_disk_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "witness.json"
    path.write_text('{"cores": {"core_9f2c": {"note": "x", "key": "y"}}}', encoding="utf-8")
    memory = WitnessMemory(path)
    assert memory.seen(CORE) is None
    assert path.with_suffix(".unreadable").exists()
    path.mkdir()
    memory.keep(CORE, Seen("a", "b"))
    assert memory.seen(CORE) == Seen("a", "b")


def test_the_state_says_in_one_sentence_why_the_log_cannot_be_trusted() -> None:
    state = AppState(now=made.NOW)
    assert log_alarm(state) == ""
    state = reduce(state, LogWitnessed(LogStanding("Another log.", 3, mine=True)))
    assert log_alarm(state) == "Another log."
    assert log_alarm(replace(state, log=LogStanding(size=3))) == ""
