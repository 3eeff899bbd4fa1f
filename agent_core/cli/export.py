"""``countersign-core export``: one conversation with its proofs as a file, from a data folder whose core does not run.

Why it exists: an installation may have to hand a conversation over when nobody has a console, or no core runs any more.
While a core runs, ask it: ``GET /v1/conversations/ID/export``. That the conversation left is an event in its log. It must
never write over a file that is there.
"""

import argparse
import asyncio
import os
from pathlib import Path

from agent_core.cli.command import Commands
from agent_core.contract.errors import NotFound, Unusable


def add(commands: Commands) -> None:
    """Adds ``export`` to the command line."""
    parser = commands.add_parser("export", help="write one conversation with its proofs", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="data folder of a core that does not run")
    parser.add_argument("--config", type=Path, metavar="DIR", help="folder of the anchor (default: the user's own)")
    parser.add_argument("--conversation", required=True, metavar="ID", help="the conversation, c_…")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file to write; it must not exist")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="also write the transcript (Markdown) there")
    parser.add_argument(
        "--against", type=int, metavar="SIZE", help="size of a checkpoint you kept: the file proves that it goes on from it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Writes the file. Always 0.

    Raises:
        CountersignError: It cannot be written; the sentence says why.
    """
    if not arguments.data.is_dir():
        raise NotFound("no_data", f"There is no data folder {arguments.data}.")
    if arguments.out.exists():
        raise Unusable("not_written", f"{arguments.out} exists already: choose another name.")
    asyncio.run(_export(arguments))
    return 0


async def _export(arguments: argparse.Namespace) -> None:
    import platformdirs  # this and the rest: a help text needs none of it

    from agent_core.audit.exported import file_bytes
    from agent_core.audit.exporting import export_conversation
    from agent_core.audit.outside import OutsideFile
    from agent_core.audit.sequencer import Sequencer
    from agent_core.contract.actors import System
    from agent_core.contract.clock import system_clock
    from agent_core.contract.ids import ConversationId, StreamId
    from agent_core.service.anchor_file import AnchorFile
    from agent_core.service.operators import OperatorBook
    from agent_core.store import Store

    folder: Path = arguments.data
    config = arguments.config or Path(platformdirs.user_config_dir("countersign", appauthor=False)) / "anchor"
    async with await Store.open(folder) as store:
        core = f"core_{store.generation}"
        audit = Sequencer(store, OutsideFile(config, data=folder, core=core), core=core, clock=system_clock)
        await audit.open()
        ring = await OperatorBook(store, AnchorFile(config, data=folder), core).keyring()
        conversation = ConversationId(StreamId(arguments.conversation))
        by = System(part="export")
        made = await export_conversation(store, audit, ring, conversation, by, arguments.against)
    write_new(arguments.out, file_bytes(made))
    if arguments.transcript is not None:
        write_new(arguments.transcript, made.transcript.encode())


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that does not exist yet, for its owner alone.

    Raises:
        Unusable: `not_written`.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        words = f"{path} cannot be written: it exists already, or its folder does not."
        raise Unusable("not_written", words, detail=str(error)) from error
