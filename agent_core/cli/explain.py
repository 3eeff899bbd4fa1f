"""``countersign-core explain``: what the policies say about one call, why, and what would have been needed (R-C2).

Why it exists: a refusal nobody understands is worked around. It asks the gate that judges real calls, with supposed facts.
Of an installation it reads at most who its people are (``--data``); it must never judge or change anything in one.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_core.cli.command import Commands
from agent_core.contract.errors import Invalid

if TYPE_CHECKING:
    from agent_core.authority.explain import Explained, Part, Way, Weighed
    from agent_core.authority.facts import CallFacts, OperatorFacts
    from agent_core.authority.gate import Verdicted

_SAID = {
    "execute": "YES: the agent does this alone.",
    "propose": "PEOPLE ARE ASKED: nothing happens before they say yes.",
    "forbid": "NO: this does not happen.",
}
_WAYS = {
    "execute": "Alone",
    "propose": "Asking people",
    "executeApproved": "Later, when they have said yes (asked again right before it happens)",
    "approve": "The yes of this person",
}
_NEAREST = 3


def add(commands: Commands) -> None:
    """Adds ``explain`` to the command line."""
    parser = commands.add_parser("explain", help="say why a call may happen or not, and what it needs", description=__doc__)
    parser.add_argument("--brand", metavar="DIR", type=Path, required=True, help="the brand folder")
    parser.add_argument("--workflow", metavar="NAME", required=True, help="whose run calls")
    parser.add_argument("--tool", metavar="NAME", required=True, help="what it calls")
    parser.add_argument("--args", metavar="JSON", default="{}", help="the call's arguments")
    parser.add_argument(
        "--fact", metavar="NAME=VALUE", action="append", default=[],
        help="a fact policies read, such as order_status=shipped, order_total=64.90EUR, confirmed=yes,"
        " today.customer_minor=4000; a wrong name lists them all; what is not said is not known",
    )  # fmt: skip
    parser.add_argument(
        "--as", dest="person", metavar="OPERATOR|ROLE[:LIMIT]", help="whose yes is asked about: supervisor:500.00EUR"
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="whose operators --as names: a core that does not run")
    parser.add_argument("--config", type=Path, metavar="DIR", help="folder of that core's anchor (default: the user's own)")
    parser.add_argument(
        "--in-control", action="store_true", help="the person of --as has taken the conversation over and proposes it"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explains the call and answers 0, whatever the verdict.

    Raises:
        Invalid: `bad_arguments`, `bad_fact` or `bad_person`.
        NotFound: `no_workflow` or `no_tool`.
        Unusable: `brand_invalid`.
    """
    from agent_core.authority.explain import explain
    from agent_core.cli.enrolled import enrolled_person
    from agent_core.cli.supposed import supposed_call, supposed_person
    from agent_core.service.brands import gate_of, read_brand_folder
    from agent_core.workflows.tools import argument_faults

    values = _arguments(arguments.args)
    release = read_brand_folder(arguments.brand.resolve())
    gate = gate_of(release)
    call = supposed_call(
        release, gate, workflow=arguments.workflow, tool=arguments.tool, arguments=values, facts=arguments.fact
    )
    declared = release.tools.get(call.tool.name)
    faults = () if declared is None else argument_faults(declared, values)
    person = None
    if arguments.person is not None and arguments.data is not None:
        person = enrolled_person(arguments.data, arguments.config, arguments.person)
    elif arguments.person is not None:
        person = supposed_person(arguments.person, brand=release.brand.name, currency=release.brand.currency)
    if arguments.in_control:
        if person is None:
            raise Invalid("bad_person", "--in-control needs --as: whoever has taken the conversation over.")
        call, person = replace(call, operator=person, run=replace(call.run, human_has_control=True)), None
    found = explain(gate, call, person=person)
    if arguments.json:
        print(json.dumps(_data(found, call, faults), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_text(found, call, faults, person)))
    return 0


def _arguments(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Invalid("bad_arguments", '--args is a JSON object, such as {"order_id": "NW-10023"}.')
    return values


def _data(found: "Explained", call: "CallFacts", faults: tuple[str, ...]) -> dict[str, Any]:
    """The explanation as JSON values."""
    return {
        "ok": True,
        "tool": call.tool.name,
        "resource": call.resource,
        "argument_faults": list(faults),
        "verdict": _verdict(found.verdict),
        "people": found.people,
        "approvers": list(found.approvers),
        "later": _verdict(found.later),
        "as_person": None if found.as_person is None else _verdict(found.as_person),
        "ways": [asdict(way) for way in found.ways],
    }


def _verdict(verdict: "Verdicted") -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "code": verdict.code,
        "sentence": verdict.sentence,
        "rules": [rule.model_dump() for rule in verdict.rules],
        "policy_digest": verdict.policy_digest,
        "detail": verdict.detail,
    }


def _text(found: "Explained", call: "CallFacts", faults: tuple[str, ...], person: "OperatorFacts | None") -> Iterator[str]:
    verdict = found.verdict
    yield f"{call.tool.title} · {call.resource} · workflow {call.run.workflow}"
    yield ""
    yield f"{_SAID[verdict.verdict]}  [{verdict.code}]"
    for rule in verdict.rules:
        yield f"  because of {rule.id}: {rule.why}"
    if not verdict.rules:
        yield f"  {verdict.sentence}{f' ({verdict.detail})' if verdict.detail else ''}"
    if faults:
        yield f"  And policies are never asked: the arguments are not valid: {'; '.join(faults)}"
    yield from _needs(found)
    for way in found.ways:
        yield ""
        yield from _way(way)
    if person is not None and found.as_person is not None:
        limit = "no limit" if person.limit is None else f"a limit of {person.limit.text()}"
        yield ""
        said = "may say yes" if found.as_person.allowed else "may not say yes"
        who = f"{'An' if person.role[0] in 'ao' else 'A'} {person.role.replace('_', '-')}"
        yield f"{who} with {limit} {said}: {found.as_person.sentence}  [{found.as_person.code}]"
    yield ""
    yield f"Supposed: the customer is {'' if call.run.customer_authenticated else 'not '}signed in; {_owner(call)};"
    yield f"  level {call.run.level}; what --fact does not say is not known."
    yield f"Policy set {verdict.policy_digest}"


def _owner(call: "CallFacts") -> str:
    if call.owner is None:
        return "nobody knows whose it is"
    return "it is theirs" if call.owner == call.run.customer else "it is another customer's"


def _needs(found: "Explained") -> Iterator[str]:
    if found.verdict.verdict != "propose":
        return
    who = " or ".join(found.approvers) or "nobody: no policy lets anybody approve it"
    if found.people is None:
        yield "  Needs: no number of people is enough as things are."
    else:
        many = "1 person" if found.people == 1 else f"{found.people} different people"
        yield f"  Needs: {many}: {who}, each within their limit"


def _way(way: "Way") -> Iterator[str]:
    yield f"{_WAYS[way.mode]}: {'yes' if way.granted else 'no'}"
    if way.error:
        yield f"  an error counts as no: {way.error}"
    for rule in way.forbidden_by:
        yield f"  forbidden by {rule.rule} ({rule.source}:{rule.line}): {rule.why}"
        wanted = _told(rule.missing) if rule.unless else rule.parts
        yield from (_part(part, wanted=rule.unless) for part in wanted)
    for rule in way.allowed_by:
        yield f"  {'allowed' if way.granted else 'would be allowed'} by {rule.rule} ({rule.source}:{rule.line}): {rule.why}"
    if way.granted:
        return
    near: list[Weighed] = [rule for rule in way.nearest if rule.concerned][:_NEAREST]
    for rule in near:
        yield f"  {rule.rule} ({rule.source}:{rule.line}) would allow it, if"
        yield from (_part(part, wanted=True) for part in _told(rule.missing))
    others = [rule.rule for rule in way.nearest if not rule.concerned]
    if others and not near and not way.allowed_by:
        yield f"  for others only: {', '.join(others)}"
    if not (way.allowed_by or way.nearest or way.forbidden_by):
        yield "  no policy is about this"


def _part(part: "Part", *, wanted: bool) -> str:
    known = ", ".join(f"{name} is {_shown(value)}" for name, value in part.values.items())
    return f"    {'needs' if wanted else 'since'} {part.text}{f'   ({known})' if known else ''}"


def _told(parts: "Sequence[Part]") -> "Sequence[Part]":
    """Of parts that do not hold those that say why: what cannot be told because of another one is left out."""
    false = [part for part in parts if part.holds is False]
    return false or parts


def _shown(value: Any) -> str:
    return "not known" if value == "not known" else json.dumps(value, ensure_ascii=False)
