"""``countersign-core secret``: the credentials of systems that brands bring themselves, kept in the system's keyring.

Why it exists: a core that runs as a service has nobody who hands it secrets. ``list`` says which names a brand's folder
wants and where each would come from; ``set`` reads a value from standard input, or asks for it unseen. It must never print a
value, and never take one as an argument: command lines are visible to everybody on a machine.
"""

import argparse
import getpass
import json
import sys
from pathlib import Path

from agent_core.cli.command import Commands
from agent_core.contract.errors import Unusable
from agent_core.service.secret_sources import (
    CORE,
    MOST_CHARACTERS,
    CoreKeyring,
    Environment,
    InOrder,
    KeyringUnusable,
    variable,
)
from agent_core.workflows.secret_names import secret_names

MISSING = 1


def add(commands: Commands) -> None:
    """Adds ``secret`` to the command line."""
    parser = commands.add_parser("secret", help="keep credentials of brands' own systems", description=__doc__)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="which secrets a brand folder names, and where each would come from")
    listing.add_argument("folder", metavar="DIR", type=Path, help="the brand folder")
    listing.add_argument("--keyring", action="store_true", help="look into the keyring, too")
    listing.add_argument("--json", action="store_true", help="print it as JSON")
    listing.set_defaults(run=show)
    for name, words, run in (
        ("set", "put a secret into the keyring; the value is read from standard input", put),
        ("remove", "take a secret out of the keyring", remove),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("brand", help=f"the brand's name, or `{CORE}` for the installation's own, such as anthropic_key")
        action.add_argument("name", help="the secret's name, as tools.yaml has it")
        action.set_defaults(run=run)


def show(arguments: argparse.Namespace) -> int:
    """Lists the names.

    Returns:
        0 when each would be found, 1 when one would not.

    Raises:
        Unusable: `no_folder`.
    """
    folder: Path = arguments.folder
    try:
        names = secret_names((folder / "tools.yaml").read_bytes()) if (folder / "tools.yaml").exists() else ()
    except OSError as error:
        raise Unusable("no_folder", "There is no readable tools.yaml in this folder.", detail=str(error)) from error
    brand = folder.resolve().name
    sources = InOrder((Environment(), *((CoreKeyring(),) if arguments.keyring else ())))
    found = {name: sources.where(brand, name) for name in names}
    if arguments.json:
        rows = [{"name": name, "found": place is not None, "place": place} for name, place in found.items()]
        print(json.dumps({"ok": None not in found.values(), "brand": brand, "secrets": rows}, indent=2))
    else:
        for name, place in found.items():
            print(f"{name}: {'not found' if place is None else f'in {place}'}  ({variable(brand, name)})")
        if not found:
            print("This brand names no secrets.")
    return MISSING if None in found.values() else 0


def put(arguments: argparse.Namespace) -> int:
    """Keeps a secret.

    Raises:
        Unusable: `no_secret`, `no_keyring`.
    """
    asked = getpass.getpass("Value: ") if sys.stdin.isatty() else sys.stdin.read(MOST_CHARACTERS + 2)
    value = asked.rstrip("\r\n")
    if not 0 < len(value) <= MOST_CHARACTERS or not value.isprintable():
        raise Unusable("no_secret", f"A secret is one line of 1 to {MOST_CHARACTERS} characters, from standard input.")
    try:
        CoreKeyring().put(arguments.brand, arguments.name, value)
    except KeyringUnusable as error:
        raise _no_keyring(error) from error
    print(f"{arguments.name} of {arguments.brand} is in the keyring.")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Forgets a secret.

    Raises:
        Unusable: `no_keyring`.
    """
    try:
        there = CoreKeyring().remove(arguments.brand, arguments.name)
    except KeyringUnusable as error:
        raise _no_keyring(error) from error
    print("It is gone." if there else "There was none.")
    return 0


def _no_keyring(error: KeyringUnusable) -> Unusable:
    words = "The system's keyring cannot be used. Unlock or install one, or set an environment variable instead."
    return Unusable("no_keyring", words, detail=str(error))
