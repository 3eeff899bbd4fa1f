"""The composition root: the one place where everything is built, passed on, and taken down again in the opposite order.

    async with Core.open(settings) as core: ...

Nothing is global. A part that fails ends the core with a sentence instead of going on without it. It must never decide
anything: what is built here does.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from agent_core.audit.erased_outside import ErasedOutside
from agent_core.audit.outside import OutsideFile
from agent_core.audit.patrol import Patrol
from agent_core.audit.sequencer import Sequencer
from agent_core.authority.gate import Gate
from agent_core.contract.clock import Clock, system_clock
from agent_core.contract.errors import Unusable
from agent_core.contract.ids import CORE_STREAM, BrandId, StreamId
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import BrandAtWork, Instance
from agent_core.engine.table import TableEngine
from agent_core.models.on_demand import OnDemandModel, anthropic_model
from agent_core.service import level_reach
from agent_core.service.admission import Admission
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.anchor_recovery import note_move
from agent_core.service.brands import BrandShelf, known_releases
from agent_core.service.callbacks import CallbackEntrance
from agent_core.service.commands import Means
from agent_core.service.connecting import Outside, connected, prover_of
from agent_core.service.erased_again import come_back, erase_again, kept_outside
from agent_core.service.going_live import fits_brand, go_live
from agent_core.service.inbound import Entrance
from agent_core.service.integrations import IntegrationBook
from agent_core.service.key_reach import reach_unfinished
from agent_core.service.level_book import LevelBook
from agent_core.service.loading import load_for_work
from agent_core.service.operators import OperatorBook
from agent_core.service.own_servers import OwnServers
from agent_core.service.preflight_report import PreflightReport
from agent_core.service.presence import Presence
from agent_core.service.projection.projector import Projector
from agent_core.service.quarantine import quarantine
from agent_core.service.refusals import Refusals
from agent_core.service.renewing import Renewal
from agent_core.service.sandbox_numbers import order_numbers
from agent_core.service.sandbox_world import SandboxWorld, sandbox_world
from agent_core.service.search.indexer import Indexer
from agent_core.service.search.searching import Search
from agent_core.service.sessions import Desk
from agent_core.service.settings import VERSION, Connection, Settings
from agent_core.service.verification import Verification
from agent_core.store import Append, NewStream, Store
from agent_core.systems.transport import Transport
from agent_core.workflows.release import Release

log = structlog.get_logger(__name__)

_FIRST_LOOK_SECONDS: Final = 5.0
"""Somebody who starts a core to look at it has looked by then."""
_LOOKS_ON_SECONDS: Final = 0.5
"""After the first answer come the questions for what it names."""


@dataclass(frozen=True, slots=True)
class Core:
    """A running core. Open it with `Core.open`."""

    settings: Settings
    instance: Instance
    store: Store
    shelf: BrandShelf
    people: OperatorBook
    desk: Desk
    means: Means
    entrance: Entrance
    callbacks: CallbackEntrance
    runner: Runner
    integrations: IntegrationBook
    engine: TableEngine
    projector: Projector
    servers: OwnServers
    renewal: Renewal
    audit: Sequencer
    patrol: Patrol
    indexer: Indexer
    search: Search
    verification: Verification
    presence: Presence
    model: OnDemandModel
    sandbox: SandboxWorld | None
    stopping: asyncio.Event
    """Set when the core ends: long polls answer at once."""
    broken: asyncio.Future[None]
    """Fails when a part of the core failed for good."""
    looked_at: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody has been told what there is."""

    @staticmethod
    @contextlib.asynccontextmanager
    async def open(settings: Settings, *, clock: Clock = system_clock) -> "AsyncGenerator[Core]":
        """Builds everything, works for as long as the block lasts, and takes everything down.

        Raises:
            Unusable: A sentence that says what to do: folder in use, newer, read-only; brand invalid; anchor differs.
            Unavailable: `disk_full`, `store_busy`.
        """
        async with contextlib.AsyncExitStack() as stack:
            anchors = AnchorFile(settings.config, data=settings.data)
            store = await stack.enter_async_context(await Store.open(settings.data, clock=clock))
            name_of_core = f"core_{store.generation}"
            outside = OutsideFile(settings.config, data=settings.data, core=name_of_core)
            audit = Sequencer(store, outside, core=name_of_core, clock=clock)
            patrol = Patrol(store, audit)
            instance = Instance(name_of_core, VERSION, audit.stopped, audit.roots, patrol.holds)
            erased = ErasedOutside(settings.config, core=name_of_core)
            came_back = await come_back(store, erased)
            audit.erased_again = len(came_back)
            kept_outside(store, erased)
            if await store.head(CORE_STREAM) is None:
                await store.append(Append(CORE_STREAM, create=NewStream("core", None)))
            await audit.open()
            people = OperatorBook(store, anchors, instance.core)
            await note_move(store, anchors, instance.core)
            await people.check_anchor()
            await reach_unfinished(store, people, clock)
            live, refused = await go_live(store, settings.brands, walk=_walk if settings.preflight else None)
            known = (*live, *(name for name in refused if fits_brand(name)))
            names = tuple(live)
            world = None
            connections: Mapping[BrandId, Connection] = settings.connections
            if settings.sandbox is not None:
                stand_ins = tuple(name for name in known if name not in settings.connections)
                numbers = {name: own for name in names if (own := order_numbers(live[name].release)) is not None}
                world = await stack.enter_async_context(sandbox_world(settings.sandbox, settings.data, stand_ins, numbers))
                connections = {**connections, **world.connections}
            transport = Transport(clock=clock, proxy=settings.proxy)
            stack.push_async_callback(transport.close)
            model = _model(settings, world)
            stack.push_async_callback(model.close)
            servers = OwnServers(store, settings.allowed_hosts, settings.proxy)
            stack.push_async_callback(servers.close)
            await servers.restore(list(known))
            book = IntegrationBook(store, clock)
            levels = LevelBook(store, people, instance.core, sandbox=settings.sandbox is not None)
            fares = await book.open(known)

            def at_work(release: Release, gate: Gate) -> BrandAtWork:
                name = release.brand.name
                outside = Outside(settings, transport, fares[name], clock, servers, sandbox=name not in settings.connections)
                tools, channels = connected(release, connections.get(name), outside)
                servers.keep(name, {system.name for system in release.content.systems})
                return BrandAtWork(
                    release=release,
                    gate=gate,
                    tools=tools,
                    channels=channels,
                    model=model,
                    names=settings.models,
                    sandbox=settings.sandbox is not None and name not in settings.connections,
                    prover=prover_of(tools),
                    integrations=fares[name],
                    levels=levels.of(name),
                )

            active = {name: at_work(chosen.release, chosen.gate) for name, chosen in live.items()}
            shelf = BrandShelf(active, await known_releases(store, names), refused)
            refusals = Refusals(store, shelf, clock)
            desk = Desk(
                people,
                core=instance.core,
                clock=clock,
                embedded=settings.embedded_token,
                require_proof=settings.require_proof,
            )
            runner = Runner(store, shelf, people, instance=instance, clock=clock, deadlines=settings.deadlines)
            engine = TableEngine(store, settings.pace)
            projector = Projector(store, shelf, people)
            indexer = Indexer(store, settings.data, projector.story, busy=lambda: bool(engine.looking_at))
            stack.push_async_callback(indexer.close)
            search = Search(indexer, settings.data, people)
            stack.callback(search.close)
            verification = Verification(store, settings.data, audit, anchors, people, name_of_core, clock)
            stack.push_async_callback(verification.close)
            core = Core(
                settings=settings,
                instance=instance,
                store=store,
                shelf=shelf,
                people=people,
                desk=desk,
                means=Means(
                    store=store,
                    people=people,
                    desk=desk,
                    shelf=shelf,
                    runner=runner,
                    anchors=anchors,
                    clock=clock,
                    core=instance.core,
                    sandbox=settings.sandbox is not None,
                    audit=audit,
                    levels=levels,
                ),
                entrance=Entrance(store, shelf, connections, clock, refusals, Admission(store, clock, settings.bounds)),
                callbacks=CallbackEntrance(store, shelf, connections, clock, refusals),
                runner=runner,
                integrations=book,
                engine=engine,
                projector=projector,
                servers=servers,
                renewal=Renewal(
                    store,
                    shelf,
                    {BrandId(folder.name): folder for folder in settings.brands if BrandId(folder.name) in known},
                    at_work,
                    _walk if settings.preflight else None,
                ),
                model=model,
                audit=audit,
                patrol=patrol,
                indexer=indexer,
                search=search,
                verification=verification,
                presence=Presence(store, people, clock, projector.nudge),
                sandbox=world,
                stopping=asyncio.Event(),
                broken=asyncio.get_running_loop().create_future(),
            )
            await level_reach.reach_unfinished(core.means)
            await erase_again(core.means, came_back)
            async with core._working():
                yield core

    @contextlib.asynccontextmanager
    async def preparing(self, built: Callable[[], None]) -> AsyncGenerator[None]:
        """Loads what is not needed to listen and will be soon, beside everything else, for as long as the block lasts.

        Whoever serves does so once people can reach the core. It begins when the first of them has been answered: to load
        on another thread is to take every other moment from whoever waits. A question to a model that comes earlier does
        not wait for that. What cannot be loaded ends the core, like any part.

        Args:
            built: Called once, when nothing of the core is left to be made.
        """

        async def prepare() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FIRST_LOOK_SECONDS):
                    await self.looked_at.wait()
                    await asyncio.sleep(_LOOKS_ON_SECONDS)
            await asyncio.to_thread(load_for_work)
            await self.model.prepare()
            built()

        task = asyncio.create_task(prepare(), name="model")
        task.add_done_callback(self._ended)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    @contextlib.asynccontextmanager
    async def _working(self) -> AsyncGenerator[None]:
        """Engine and projector, for as long as the block lasts."""

        async def give_up(stream: StreamId, error: Exception) -> None:
            await quarantine(self.store, self.shelf, self.means.clock, stream, error)

        await self.projector.catch_up()
        projecting = asyncio.create_task(self.projector.run(), name="projector")
        working = asyncio.create_task(
            self.engine.run(self.runner.handle, quarantine=give_up, nudge=self.runner.nudge), name="engine"
        )
        noting = asyncio.create_task(self.integrations.run(), name="integrations")
        renewing = asyncio.create_task(self.renewal.run(), name="renewal") if self.settings.watch else None
        telling = asyncio.create_task(self.servers.run(), name="servers")
        proving = asyncio.create_task(self.audit.run(), name="audit")
        indexing = asyncio.create_task(self.indexer.run(), name="search")
        looking = asyncio.create_task(self.patrol.run(), name="patrol")
        besides = [noting, telling, looking] if renewing is None else [noting, telling, looking, renewing]
        ending = {projecting, working, proving, indexing}
        for task in (*ending, *besides):
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            self.stopping.set()
            await self.engine.stop()
            self.projector.stop()
            self.audit.stop()
            self.indexer.stop()
            for task in besides:
                task.cancel()
            await asyncio.wait(ending, timeout=10)
            for task in ending:
                task.cancel()
            await asyncio.wait({*ending, *besides})
            await self.integrations.finish()
            await self.audit.finish()
            if not self.broken.done():
                self.broken.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by itself has failed: the core says so and ends."""
        if task.cancelled() or self.broken.done():
            return
        error = task.exception()
        if error is not None:
            log.error("part_failed", part=task.get_name(), exc_info=error)
            self.broken.set_exception(error)
            self.broken.exception()  # whoever waits for it is told; nobody has to


async def _walk(folder: Path, release: Release) -> PreflightReport:
    from agent_core.service.preflight import preflight  # it opens a core of its own, and a release that is known needs none

    return await preflight(folder, release)


def _model(settings: Settings, world: SandboxWorld | None) -> OnDemandModel:
    if settings.anthropic_key is not None:
        return anthropic_model(base_url=None, api_key=settings.anthropic_key, proxy=settings.proxy)
    if world is None:
        raise Unusable("no_model", "There is no key for a model. Hand one over, or start with --sandbox.")
    return anthropic_model(base_url=world.messages.url, api_key=world.messages.token)
