"""Verifies the whole log beside a running core, in a process of its own, and keeps what it came to (R-M9, R-M5).

The process is the very `verify-audit` that anybody may run, given what this core keeps outside its database: its newest
checkpoint, its key, its anchor. It can be stopped, and gives way to everything else. It must never say that a log holds of
which not everything was read, and never name another brand's conversation to somebody.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import structlog

from agent_core.audit.sequencer import Sequencer
from agent_core.contract.clock import Clock
from agent_core.contract.errors import Forbidden
from agent_core.contract.ids import BrandId, OperatorId, StreamId
from agent_core.contract.statements import Role
from agent_core.contract.verification import FindingCount, FindingShown, VerificationShown, VerificationState
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.operators import OperatorBook
from agent_core.service.sessions import Seat
from agent_core.store import Store
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.tables import event

log = structlog.get_logger(__name__)

VERIFIERS: Final[tuple[Role, ...]] = ("lead", "admin")
MOST_SHOWN: Final = 200
_MOST_LINE: Final = 64 * 1024 * 1024
_COUNT: Final = sa.select(sa.func.count()).select_from(event)

_SENTENCES: Final[Mapping[VerificationState, str]] = {
    "never": "The log was not verified yet since this core started.",
    "running": "The log is being verified. Everything goes on meanwhile.",
    "cancelled": "The verification was stopped before its end: it says nothing.",
    "failed": "The verification could not be carried out: it says nothing. Try again.",
}
_HOLDS: Final = "The log holds: every event, body, signature and checkpoint is what it was when it was written."
_BROKEN: Final = "THE LOG DOES NOT HOLD: it is not what was written. Tell an admin, and keep a copy of the database."


@dataclass(frozen=True, slots=True)
class _Run:
    """One verification, as far as it is."""

    state: VerificationState = "never"
    by: OperatorId | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    done: int = 0
    total: int = 0
    remembered_size: int | None = None
    report: Mapping[str, Any] = field(default_factory=dict[str, Any])
    brands: Mapping[str, BrandId | None] = field(default_factory=dict[str, BrandId | None])
    """Of the streams that findings name."""


class Verification:
    """The verifications of one core: one at a time."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        audit: Sequencer,
        anchors: AnchorFile,
        people: OperatorBook,
        core: str,
        clock: Clock,
    ) -> None:
        self._store = store
        self._database = folder / DATABASE_NAME
        self._audit = audit
        self._anchors = anchors
        self._people = people
        self._core = core
        self._clock = clock
        self._run = _Run()
        self._task: asyncio.Task[None] | None = None

    async def shown(self, seat: Seat) -> VerificationShown:
        """The newest verification, as far as this session may see it."""
        run, report = self._run, self._run.report
        listed: list[dict[str, Any]] = list(report.get("findings", ()))
        ours = [each for each in listed if _visible(seat, run, each)]
        verdict = None if run.state != "done" else "holds" if report["holds"] else "broken"
        people = await self._people.people()
        counts: Mapping[str, int] = report.get("counts", {})
        return VerificationShown(
            state=run.state,
            verdict=verdict,
            sentence=_SENTENCES[run.state] if verdict is None else _HOLDS if verdict == "holds" else _BROKEN,
            by=run.by,
            by_name="" if run.by is None else people.name(run.by),
            started_at=run.started_at,
            finished_at=run.finished_at,
            done=run.done,
            total=max(run.total, run.done),
            findings=tuple(
                FindingShown(code=each["code"], sentence=each["sentence"], subject=each["where"], seq=each["seq"])
                for each in ours[:MOST_SHOWN]
            ),
            counts=tuple(FindingCount(code=code, count=count) for code, count in sorted(counts.items())),
            hidden=len(listed) - len(ours),
            events=report.get("events", 0),
            streams=report.get("streams", 0),
            bodies=report.get("bodies", 0),
            statements=report.get("statements", 0),
            checkpoints=report.get("checkpoints", 0),
            erased=report.get("erased_bodies", 0),
            signed=report.get("signed_events", 0),
            remembered_size=run.remembered_size,
            root=report.get("root") or None,
            notes=tuple(report.get("notes", ())),
        )

    async def begin(self, seat: Seat) -> VerificationShown:
        """Begins one, unless one is under way.

        Raises:
            Forbidden: `role_not_allowed`, or that nobody is signed in with a key.
        """
        _check(seat)
        if self._task is None or self._task.done():
            self._run = _Run("running", by=seat.person().id, started_at=self._clock())
            self._task = asyncio.create_task(self._verify(), name="verification")
        return await self.shown(seat)

    async def cancel(self, seat: Seat) -> VerificationShown:
        """Stops the one under way.

        Raises:
            Forbidden: As `begin`.
        """
        _check(seat)
        await self.close()
        return await self.shown(seat)

    async def finished(self) -> None:
        """Waits for the one under way."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Ends the process of the one under way, and waits for that."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _verify(self) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="countersign-verify-") as folder:
                arguments = await self._arguments(Path(folder))
                report = await self._read(arguments)
            self._run = replace(
                self._run, state="done", report=report, brands=await self._brands(report), done=report["events"]
            )
        except asyncio.CancelledError:
            self._run = replace(self._run, state="cancelled")
        except Exception as error:
            # A verification that fails must say so and harm nothing else.
            log.error("verification_failed", exc_info=error)  # noqa: TRY400 - structured
            self._run = replace(self._run, state="failed")
        self._run = replace(self._run, finished_at=self._clock())

    async def _arguments(self, folder: Path) -> list[str]:
        """What this core knows from outside its database, for the command line."""
        total = await self._store.read(lambda tx: int(tx.connection.execute(_COUNT).scalar() or 0))
        arguments = [str(self._database), "--json", "--progress", "--key", self._audit.key.text]
        anchor = self._anchors.read(self._core)
        arguments += [] if anchor is None else ["--anchor", anchor]
        last = self._audit.last
        if last is not None:
            kept = folder / "checkpoint"
            await asyncio.to_thread(kept.write_text, last.note, encoding="utf-8")
            arguments += ["--checkpoint", str(kept)]
        self._run = replace(
            self._run, total=total, remembered_size=None if last is None else last.checkpoint.size
        )  # fmt: skip
        return arguments

    async def _read(self, arguments: list[str]) -> Mapping[str, Any]:
        """Runs the command and reads its lines; the last one is the report."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent_core", "verify-audit", *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            limit=_MOST_LINE,
        )  # fmt: skip
        assert process.stdout is not None
        report: Mapping[str, Any] | None = None
        try:
            async for line in process.stdout:
                told: Any = json.loads(line)
                if "events_read" in told:
                    self._run = replace(self._run, done=int(told["events_read"]))
                else:
                    report = told
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if report is None or process.returncode not in (0, 1) or bool(process.returncode) is bool(report["holds"]):
            raise RuntimeError(f"verify-audit ended with {process.returncode} without a report")
        return report

    async def _brands(self, report: Mapping[str, Any]) -> Mapping[str, BrandId | None]:
        named = {str(each["where"]) for each in report["findings"]}
        return await self._store.read(
            lambda tx: {name: head.brand for name in named if (head := tx.head(StreamId(name))) is not None}
        )


def _check(seat: Seat) -> None:
    if seat.person().role not in VERIFIERS:
        raise Forbidden("role_not_allowed", "Only a lead or an admin has the log verified.")


def _visible(seat: Seat, run: _Run, finding: Mapping[str, Any]) -> bool:
    """Whether a finding is about the house, or about a brand of the session."""
    brand = run.brands.get(str(finding["where"]))
    return brand is None or seat.sees(brand)
