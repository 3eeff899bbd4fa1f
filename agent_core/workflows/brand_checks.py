"""What makes a brand wrong across its files: languages without texts, names that lead nowhere, unsafe expressions (R-A9)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent_core.workflows.behaviour import Behaviour
from agent_core.workflows.brand import OPTIONAL_TEXTS, TEXT_KEYS, BrandConfig, OpeningHours, Silence
from agent_core.workflows.findings import Finding
from agent_core.workflows.patterns import pattern_fault
from agent_core.workflows.texts import ANY_LANGUAGE
from agent_core.workflows.workflow import Workflow
from agent_core.workflows.yaml_text import Located, Path


def brand_findings(
    brand: BrandConfig,
    behaviour: Behaviour | None,
    located: Located,
    behaviour_file: Located | None,
    workflows: Sequence[tuple[Workflow, Located]],
    folder: str,
) -> Iterator[Finding]:
    """Every finding about how the files fit together.

    Args:
        brand: What `brand.yaml` says.
        behaviour: What `behaviour.yaml` says, when it could be read.
        located: The places of `brand.yaml`.
        behaviour_file: The places of `behaviour.yaml`.
        workflows: Every workflow with its places.
        folder: Name of the folder, which is the brand's name.
    """
    if brand.name != folder:
        yield located.finding(("name",), "folder_name", f"The folder of the brand `{brand.name}` has that name too.")
    yield from _lists(brand, located)
    yield from _hours(brand, located)
    yield from _constraints(brand, located)
    yield from _silence(brand, located)
    yield from _entities(brand, located)
    yield from _texts(brand, located)
    if behaviour is not None and behaviour_file is not None:
        yield from _behaviour(behaviour, behaviour_file, brand, {name for flow, _ in workflows for name in flow.tools})
    for workflow, place in workflows:
        yield from _workflow(workflow, place, brand)


def _lists(brand: BrandConfig, located: Located) -> Iterator[Finding]:
    if brand.default_language not in brand.languages:
        yield located.finding(("default_language",), "unknown_language", "The default language is one of `languages`.")
    named: Sequence[tuple[str, Sequence[str]]] = (
        ("languages", brand.languages),
        ("channels", [channel.name for channel in brand.channels]),
        ("queues", [queue.name for queue in brand.queues]),
    )
    for field, names in named:
        for number, name in enumerate(names):
            if name in names[:number]:
                yield located.finding((field, number), "duplicate_name", f"`{name}` is named twice.")
    queues = {queue.name for queue in brand.queues}
    for code, queue in brand.routing.queues.items():
        if queue not in queues:
            yield located.finding(("routing", "queues", code), "unknown_queue", f"There is no queue `{queue}`.")
    if "default" not in brand.routing.queues:
        yield located.finding(("routing", "queues"), "missing_queue", "Say which queue takes the rest: `default: …`.")
    yield from _queue_languages(brand, located)
    for number, waiting in enumerate(brand.queues):
        if waiting.answer_s is not None and waiting.answer_s < waiting.first_look_s:
            at: Path = ("queues", number, "answer_s")
            yield located.finding(at, "answer_before_look", "Nobody can decide before they look: more than `first_look_s`.")
    both = set(brand.topics.allowed) & set(brand.topics.refused)
    for topic in sorted(both):
        yield located.finding(("topics", "refused"), "topic_twice", f"The topic `{topic}` is both allowed and refused.")


def _queue_languages(brand: BrandConfig, located: Located) -> Iterator[Finding]:
    """Every language a customer may write in has people, whatever the reason (R-E4)."""
    queues = {queue.name: queue for queue in brand.queues}
    for number, queue in enumerate(brand.queues):
        for spoken in queue.languages:
            if spoken not in brand.languages:
                yield located.finding(
                    ("queues", number, "languages"), "unknown_language", f"`{spoken}` is no language of the brand."
                )
        yield from _opening(queue.opening_hours, located, ("queues", number, "opening_hours"))
    for language, instead in brand.routing.language_queues.items():
        at: Path = ("routing", "language_queues", language)
        if language not in brand.languages:
            yield located.finding(at, "unknown_language", f"`{language}` is no language of the brand.")
        for name in (*instead, *instead.values()):
            if name not in queues:
                yield located.finding(at, "unknown_queue", f"There is no queue `{name}`.")
    for language in brand.languages:
        for code in brand.routing.queues:
            queue = brand.queue_for(code, language)
            if not queue.speaks(language):
                yield located.finding(
                    ("routing", "queues", code),
                    "nobody_speaks",
                    f"`{code}` waits in `{queue.name}`, where nobody speaks `{language}`. Name another queue for that "
                    f"language in `language_queues`.",
                )


def _constraints(brand: BrandConfig, located: Located) -> Iterator[Finding]:
    """Who proves what, who speaks what, and when anybody answers (R-B6, R-B8)."""
    proof = brand.routing.proof
    if proof is not None and proof.reference not in brand.entities:
        at: Path = ("routing", "proof", "reference")
        yield located.finding(at, "unknown_entity", f"There is no entity `{proof.reference}`.")
    for number, language in enumerate(brand.routing.people_languages):
        if language not in brand.languages:
            at = ("routing", "people_languages", number)
            yield located.finding(at, "unknown_language", f"`{language}` is no language of the brand.")
    if brand.timing.answers == "opening_hours" and not brand.opening_hours.days:
        yield located.finding(("timing", "answers"), "never_open", "Nobody ever works, so nothing would ever be answered.")


def _hours(brand: BrandConfig, located: Located) -> Iterator[Finding]:
    yield from _opening(brand.opening_hours, located, ("opening_hours",))


def _opening(hours: OpeningHours | None, located: Located, at: Path) -> Iterator[Finding]:
    if hours is None:
        return
    try:
        ZoneInfo(hours.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield located.finding((*at, "timezone"), "unknown_timezone", "There is no such time zone.")
    for day, clock in hours.days.items():
        opens, closes = clock.split("-")
        if opens >= closes:
            yield located.finding((*at, "days", day), "closed_before_open", "The day closes before it opens.")


def _silence(brand: BrandConfig, located: Located) -> Iterator[Finding]:
    """A follow-up has a time and words; one that never leaves, or words nobody sends, is a mistake."""
    named: Sequence[tuple[str, Silence]] = (
        ("asked", brand.closing.asked), ("resolved", brand.closing.resolved), ("declined", brand.closing.declined),
    )  # fmt: skip
    for name, silence in named:
        at: Path = ("closing", name)
        if silence.follow_ups and silence.follow_up_s is None:
            yield located.finding((*at, "follow_ups"), "no_follow_up_time", "Say after how long: `follow_up_s: …`.")
        if silence.follow_ups and silence.text is None:
            yield located.finding((*at, "follow_ups"), "no_follow_up_text", "Say what the customer is asked: `text: …`.")
        if not silence.follow_ups and (silence.follow_up_s is not None or silence.text is not None):
            field = "follow_up_s" if silence.follow_up_s is not None else "text"
            yield located.finding((*at, field), "idle_follow_up", "Without `follow_ups: 1` or more nobody is asked again.")
        if silence.text is not None:
            yield from _languages(silence.text, (*at, "text"), located, brand)
    if brand.closing.in_opening_hours and not brand.opening_hours.days and any(s.follow_ups or s.close_s for _, s in named):
        yield located.finding(
            ("closing",), "never_open", "Nobody ever works, so nothing would ever close: `in_opening_hours: false`."
        )


def _entities(brand: BrandConfig, located: Located) -> Iterator[Finding]:
    for name, entity in brand.entities.items():
        at: Path = ("entities", name)
        fault = pattern_fault(entity.pattern)
        if fault is not None:
            yield located.finding((*at, "pattern"), "bad_pattern", f"The pattern of `{name}` is refused: {fault}.")
        elif re.fullmatch(entity.pattern, entity.example, re.IGNORECASE) is None:
            yield located.finding((*at, "example"), "example_does_not_match", "The example does not match the pattern.")
        yield from _languages(entity.title, (*at, "title"), located, brand)


def _texts(brand: BrandConfig, located: Located) -> Iterator[Finding]:
    for key in TEXT_KEYS:
        if key not in brand.texts and key in OPTIONAL_TEXTS:
            continue
        if key not in brand.texts:
            yield located.finding(("texts",), "missing_text", f"The fixed text `{key}` is missing.")
        else:
            yield from _languages(brand.texts[key], ("texts", key), located, brand)


def _languages(text: Mapping[str, str], at: Path, located: Located, brand: BrandConfig) -> Iterator[Finding]:
    """A text that people may be sent exists in every language of the brand, and in no other."""
    if ANY_LANGUAGE in text:
        if len(text) > 1:
            yield located.finding(at, "mixed_text", "A text is either one for all languages or one per language.")
        return
    for language in brand.languages:
        if language not in text:
            yield located.finding(at, "missing_language", f"The text is missing in `{language}`.")
    for language in text:
        if language not in brand.languages:
            yield located.finding((*at, language), "unknown_language", f"`{language}` is no language of the brand.")


def _behaviour(behaviour: Behaviour, located: Located, brand: BrandConfig, tools: set[str]) -> Iterator[Finding]:
    for number, disclosure in enumerate(behaviour.disclosures):
        yield from _languages(disclosure.text, ("disclosures", number, "text"), located, brand)
    for number, claim in enumerate(behaviour.claims):
        if claim.tool not in tools:
            yield located.finding(("claims", number, "tool"), "unknown_tool", f"No workflow has the tool `{claim.tool}`.")
    codes = [prohibited.code for prohibited in behaviour.prohibited]
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield located.finding(("prohibited", number, "code"), "duplicate_name", f"`{code}` is named twice.")


def _workflow(workflow: Workflow, located: Located, brand: BrandConfig) -> Iterator[Finding]:
    for number, name in enumerate(workflow.entities):
        if name not in brand.entities:
            yield located.finding(("entities", number), "unknown_entity", f"brand.yaml has no entity `{name}`.")
    for number, name in enumerate(workflow.channels):
        if brand.channel(name) is None:
            yield located.finding(("channels", number), "unknown_channel", f"brand.yaml has no channel `{name}`.")
    if workflow.topic not in brand.topics.allowed:
        yield located.finding(("topic",), "topic_not_allowed", f"brand.yaml does not allow the topic `{workflow.topic}`.")
    for number, step in enumerate(workflow.steps):
        for name in ("ask", "say", "pending", "done", "denied", "failed"):
            text = getattr(step, name)
            if text is not None:
                yield from _languages(text, ("steps", number, name), located, brand)
