"""``countersign-core operators …``: people and keys from a terminal, and the anchor's recovery.

Why it exists: keys must be revocable where no console is at hand, and an anchor is only recovered at the core's own machine.
Secrets come over standard input and a new one is printed once. It must never put a secret on a command line or in a file.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_core.cli.command import Commands

if TYPE_CHECKING:
    from agent_core.cli.operator_line import OperatorLine

_KEY_HELP = "one line {seed, operator, role}, as a console keeps it in the keyring, comes over standard input"


def add(commands: Commands) -> None:
    """Adds ``operators`` to the command line."""
    parser = commands.add_parser("operators", help="operators, their keys, and the anchor", description=__doc__)
    under = parser.add_subparsers(title="operators", metavar="WHAT", required=True)
    for name, run, words in (
        ("list", _list, "every key this operator may know of"),
        ("invitations", _invitations, "who was invited, and which proven keys wait to be countersigned"),
    ):
        _online(under.add_parser(name, help=words, description=f"{words}; {_KEY_HELP}")).set_defaults(run=run)
    invite = _online(under.add_parser("invite", help="invite somebody", description=f"Prints the code once; {_KEY_HELP}"))
    invite.add_argument("--name", required=True)
    invite.add_argument("--role", choices=("supervisor", "lead", "on_call", "admin"), default="supervisor")
    invite.add_argument("--brand", action="append", required=True, help="a brand, or * alone; may be given several times")
    invite.add_argument("--limit", type=_money, metavar="MINOR:CUR", help="largest single action, e.g. 5000:EUR")
    invite.add_argument("--day-limit", type=_money, metavar="MINOR:CUR", help="most in one day")
    invite.add_argument("--day-count", type=int, metavar="N", help="how often in one day")
    invite.set_defaults(run=_invite)
    for name, run, words in (
        ("stop", _stop, "a key counts for nothing until its enrolment is amended"),
        ("revoke", _revoke, "a key, and what followed it, counts for nothing for ever"),
    ):
        each = _online(under.add_parser(name, help=words, description=f"{words}; {_KEY_HELP}"))
        each.add_argument("--key", required=True, metavar="FINGERPRINT")
        each.add_argument("--reason", required=True, help="a code, e.g. lost_laptop")
        each.set_defaults(run=run)
    fresh = under.add_parser("recovery-key", help="make a recovery key and print it once", description="Write it on paper.")
    fresh.set_defaults(run=_recovery_key)
    protect = _online(under.add_parser("protect", help="name the recovery keys, once", description=_KEY_HELP))
    protect.add_argument("--need", type=int, required=True, help="how many of them must sign together")
    protect.add_argument("--recovery-key", action="append", required=True, metavar="PUBLIC")
    protect.set_defaults(run=_protect)
    anchor = under.add_parser("anchor", help="where trust starts", description="Shown, or moved by recovery keys.")
    moves = anchor.add_subparsers(title="anchor", metavar="WHAT", required=True)
    shown = _offline(moves.add_parser("show", help="the anchor of a stopped core's data folder"))
    shown.set_defaults(run=_show)
    sign = moves.add_parser(
        "sign", help="say with a recovery key where trust starts", description="The recovery key comes over standard input."
    )
    sign.add_argument("--core", required=True)
    sign.add_argument("--from", dest="previous", required=True, metavar="FINGERPRINT")
    sign.add_argument("--to", required=True, metavar="FINGERPRINT")
    sign.add_argument("--need", type=int, required=True, help="of the next recovery keys")
    sign.add_argument("--recovery-key", action="append", required=True, metavar="PUBLIC", help="the next recovery keys")
    sign.set_defaults(run=_sign)
    recover = _offline(moves.add_parser("recover", help="move the anchor of a stopped core"))
    recover.add_argument("--envelope", type=Path, action="append", required=True, help="what `anchor sign` printed")
    recover.set_defaults(run=_recover)


def _online(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--url", required=True, help="where the core listens, e.g. http://127.0.0.1:8400")
    return parser


def _offline(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--data", type=Path, help="data folder (default: the user's data folder)")
    parser.add_argument("--config", type=Path, help="folder of the anchor (default: the user's configuration folder)")
    return parser


def _line(arguments: argparse.Namespace) -> "OperatorLine":
    from agent_core.cli.operator_line import OperatorLine, line_of_input

    return OperatorLine(arguments.url, line_of_input())


def _list(arguments: argparse.Namespace) -> int:
    with _line(arguments) as line:
        answer = line.ask("GET", "/v1/operators")
    for key in answer["operators"]:
        print("\t".join((key["state"], key["operator"], key["name"], key["role"], ",".join(key["brands"]), key["key"])))
    for row in answer["ignored"]:
        print(f"ignored\tevent {row['seq']}\t{row['code']}")
    return 1 if answer["ignored"] else 0


def _invitations(arguments: argparse.Namespace) -> int:
    with _line(arguments) as line:
        answer = line.ask("GET", "/v1/invitations")
    for row in answer["invitations"]:
        print("\t".join((row["state"], row["invitation"], row["operator"], row["name"], row["role"], row["key"] or "-")))
    return 0


def _invite(arguments: argparse.Namespace) -> int:
    import secrets

    from agent_core.contract.bodies import salted_digest
    from agent_core.contract.clock import system_clock
    from agent_core.contract.ids import OperatorId, random_id
    from agent_core.contract.operator_proofs import invitation_code_digest, new_code, new_invitation
    from agent_core.contract.operator_statements import InvitationStatement

    code, salt = new_code(), secrets.token_bytes(16)
    with _line(arguments) as line:
        statement = InvitationStatement.model_validate(
            {
                **line.signed(), "invitation": new_invitation(), "operator": OperatorId(random_id("op")),
                "name_digest": salted_digest(salt, arguments.name.encode()), "role": arguments.role,
                "brands": tuple(arguments.brand), "limit": arguments.limit, "day_limit": arguments.day_limit,
                "day_count": arguments.day_count, "code_digest": invitation_code_digest(code),
                "until": system_clock() + _invited_for(),
            }
        )  # fmt: skip
        envelope = line.sign(statement).model_dump(mode="json")
        line.command({"type": "invite", "envelope": envelope, "name": arguments.name, "name_salt": salt.hex()})
    print(json.dumps({"invitation": statement.invitation, "operator": statement.operator, "code": code}))
    return 0


def _invited_for() -> Any:
    from datetime import timedelta

    return timedelta(days=3)


def _stop(arguments: argparse.Namespace) -> int:
    with _line(arguments) as line:
        line.command({"type": "stop_key", "key": arguments.key, "reason": arguments.reason})
    print(json.dumps({"stopped": arguments.key}))
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    from agent_core.contract.statements import RevocationStatement

    with _line(arguments) as line:
        statement = RevocationStatement.model_validate({**line.signed(), "key": arguments.key, "reason": arguments.reason})
        line.command({"type": "revoke_key", "envelope": line.sign(statement).model_dump(mode="json")})
    print(json.dumps({"revoked": arguments.key}))
    return 0


def _protect(arguments: argparse.Namespace) -> int:
    from agent_core.contract.operator_statements import RecoveryKeysStatement

    with _line(arguments) as line:
        anchor = line.ask("GET", "/v1/anchor")["anchor"]
        statement = RecoveryKeysStatement.model_validate(
            {**line.signed(), "anchor": anchor, "need": arguments.need, "keys": tuple(arguments.recovery_key)}
        )
        line.command({"type": "protect_anchor", "envelope": line.sign(statement).model_dump(mode="json")})
    print(json.dumps({"anchor": anchor, "need": arguments.need, "of": len(arguments.recovery_key)}))
    return 0


def _recovery_key(_arguments: argparse.Namespace) -> int:
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from agent_core.authority.sign import key_fingerprint, public_key_text

    key = Ed25519PrivateKey.generate()
    seed = base64.b64encode(key.private_bytes_raw()).decode()
    print(json.dumps({"secret": seed, "public": public_key_text(key), "fingerprint": key_fingerprint(key)}))
    return 0


def _sign(arguments: argparse.Namespace) -> int:
    from agent_core.authority.recovery import SIGN_WITHIN
    from agent_core.authority.sign import key_fingerprint, sign_statement
    from agent_core.cli.operator_line import CONSOLE, line_of_input, private_key
    from agent_core.contract.clock import system_clock
    from agent_core.contract.ids import OperatorId, random_id
    from agent_core.contract.operator_statements import ReanchorStatement
    from agent_core.contract.signed import SignedBy

    key, now = private_key(line_of_input()), system_clock()
    by = SignedBy(operator=OperatorId("recovery"), role="admin", key=key_fingerprint(key))
    statement = ReanchorStatement.model_validate(
        {
            "core": arguments.core, "signed_by": by, "console": CONSOLE, "nonce": random_id("n"), "issued_at": now,
            "expires_at": now + SIGN_WITHIN, "previous": arguments.previous, "anchor": arguments.to,
            "need": arguments.need, "keys": tuple(arguments.recovery_key),
        }
    )  # fmt: skip
    print(sign_statement(statement, key).model_dump_json())
    return 0


def _show(arguments: argparse.Namespace) -> int:
    import asyncio

    return asyncio.run(_shown(*_folders(arguments)))


async def _shown(data: Path, config: Path) -> int:
    from agent_core.contract.errors import CountersignError
    from agent_core.service.anchor_file import AnchorFile
    from agent_core.service.operators import OperatorBook
    from agent_core.store import Store

    anchors = AnchorFile(config, data=data)
    async with await Store.open(data) as store:
        core = f"core_{store.generation}"
        pinned = anchors.pinned(core)
        book = OperatorBook(store, anchors, core)
        try:
            await book.check_anchor()
            agrees = "yes"
        except CountersignError as error:
            agrees = error.message
        ring = await book.keyring()
    told = {
        "core": core, "anchor": pinned.anchor, "need": pinned.recovery.need, "recovery_keys": list(pinned.recovery.keys),
        "moved": len(pinned.moves), "log_agrees": agrees, "keys": len(ring.active),
        "ignored": [f"{row.seq}: {row.code}" for row in ring.ignored],
    }  # fmt: skip
    print(json.dumps(told, indent=1))
    return 0 if agrees == "yes" and not ring.ignored else 1


def _recover(arguments: argparse.Namespace) -> int:
    import asyncio

    return asyncio.run(_recovered(*_folders(arguments), arguments.envelope))


async def _recovered(data: Path, config: Path, files: list[Path]) -> int:
    from agent_core.authority.verify import read_envelope
    from agent_core.contract.clock import system_clock
    from agent_core.contract.errors import Unusable
    from agent_core.service.anchor_file import AnchorFile
    from agent_core.service.anchor_recovery import recover
    from agent_core.store import Store

    try:
        envelopes = [read_envelope(file.read_text(encoding="utf-8")) for file in files]
    except OSError as error:
        raise Unusable("unreadable_envelope", "One of the envelopes cannot be read.", detail=str(error)) from error
    async with await Store.open(data) as store:
        core = f"core_{store.generation}"
        move = await recover(store, AnchorFile(config, data=data), core, envelopes, system_clock)
    told = {"core": core, "anchor": move.anchor, "previous": move.previous, "signed_by": len(move.opened)}
    print(json.dumps(told))
    return 0


def _folders(arguments: argparse.Namespace) -> tuple[Path, Path]:
    import platformdirs

    from agent_core.contract.errors import Unusable
    from agent_core.store.folder import DATABASE_NAME

    data = arguments.data or Path(platformdirs.user_data_dir("countersign", appauthor=False)) / "core"
    config = arguments.config or Path(platformdirs.user_config_dir("countersign", appauthor=False)) / "anchor"
    if not (data / DATABASE_NAME).is_file():
        raise Unusable(
            "no_data", "There is no core's data in this folder. Name the right one with --data.", detail=str(data)
        )
    return data, config


def _money(text: str) -> dict[str, Any]:
    amount, _, currency = text.partition(":")
    if not (amount.isascii() and amount.isdigit() and len(currency) == 3 and currency.isupper()):
        raise argparse.ArgumentTypeError("an amount is in minor units with its currency, e.g. 5000:EUR")
    return {"amount_minor": int(amount), "currency": currency}
