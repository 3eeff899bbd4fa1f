"""Triage's answer, held against what the customer really wrote and what the release really knows (R-B1, R-F3).

A model may say anything; what does not hold is dropped or lowered, and the finding says so. Nothing is ever added.
"""

from collections.abc import Mapping, Sequence

from agent_core.contract.answers import EntityFound, IntentFound, TriageResult
from agent_core.contract.base import Value
from agent_core.contract.ids import WorkflowName
from agent_core.routing.alarms import Alarm
from agent_core.routing.languages import plausible
from agent_core.routing.policy import RoutingRelease
from agent_core.routing.words import clause_with, is_value, normal, occurs, values_in


class CheckedIntent(Value):
    """An intent that holds.

    Attributes:
        words: The customer's own words; empty when the quoted ones occur nowhere.
        entities: The values that belong to this intent, by entity: those beside its words, or the only one there is.
    """

    id: str
    workflow: WorkflowName
    words: str
    confidence_percent: int
    entities: Mapping[str, str]


class CheckedTriage(Value):
    """What holds of a triage result.

    Attributes:
        result: The result with only what holds; this is what is stored.
        values: Every value the customer wrote, by entity: found by code, or read by triage and found to occur.
        language: The brand's language to answer in; None when the customer's is none of them.
        closing: The messages are nothing but thanks and good-byes.
        findings: `unknown_intent`, `repeated_intent`, `words_not_found`, `unknown_entity`, `bad_entity`, `entity_not_found`,
            `language_implausible`, `unknown_topic`, and `legal_by_words`, `safety_by_words` where code heard what the model
            did not.
    """

    result: TriageResult
    intents: tuple[CheckedIntent, ...]
    values: Mapping[str, tuple[str, ...]]
    language: str | None
    closing: bool
    findings: tuple[str, ...]


def check_triage(
    result: TriageResult,
    messages: Sequence[str],
    release: RoutingRelease,
    *,
    alarmed: Mapping[Alarm, Sequence[str]] | None = None,
) -> CheckedTriage:
    """Holds a triage result against the messages of the turn.

    Args:
        result: What the model answered.
        messages: The turn's messages, oldest first, cleaned.
        release: The active release.
        alarmed: From `alarms.alarms`: either the model or the words raise a flag, neither lowers it.
    """
    findings: list[str] = []
    together = "\n".join(messages)
    entities = _entities(result, together, release, findings)
    values = _values(together, entities, release)
    intents = _intents(result, messages, release, values, findings)
    spoken = _without_values(together, values)
    language = plausible(result.language, spoken)
    if language != result.language and result.language != "und" and language != "und":
        findings.append("language_implausible")
    kept = tuple(
        IntentFound(id=intent.id, words=intent.words, confidence_percent=intent.confidence_percent) for intent in intents
    )
    return CheckedTriage(
        result=result.model_copy(
            update={
                "intents": kept,
                "entities": entities,
                "language": language,
                "refused_topics": _topics(result, release, findings),
                **_raised(result, alarmed or {}, findings),
            }
        ),
        intents=intents,
        values=values,
        language=release.language(language),
        closing=_only_closing(spoken, values, release),
        findings=tuple(dict.fromkeys(findings)),
    )


def _intents(
    result: TriageResult,
    messages: Sequence[str],
    release: RoutingRelease,
    values: Mapping[str, tuple[str, ...]],
    findings: list[str],
) -> tuple[CheckedIntent, ...]:
    cap = release.behaviour.thresholds.unquoted_percent
    written = [normal(message) for message in messages]
    kept: dict[str, CheckedIntent] = {}
    for found in result.intents:
        routed = release.intents.get(found.id)
        if routed is None:
            findings.append("unknown_intent")
            continue
        words, confidence = found.words, found.confidence_percent
        quoted = normal(words)
        if not quoted or not any(quoted in message for message in written):
            findings.append("words_not_found")
            words, confidence = "", min(confidence, cap)
        before = kept.get(found.id)
        if before is not None:
            findings.append("repeated_intent")
            if before.confidence_percent >= confidence:
                continue
        kept[found.id] = CheckedIntent(
            id=found.id,
            workflow=routed.workflow,
            words=words,
            confidence_percent=confidence,
            entities=_entities_beside(words, messages, release, values),
        )
    return tuple(kept.values())


def _raised(result: TriageResult, alarmed: Mapping[Alarm, Sequence[str]], findings: list[str]) -> dict[str, bool]:
    for alarm in alarmed:
        if not getattr(result, alarm):
            findings.append(f"{alarm}_by_words")
    return dict.fromkeys(alarmed, True)


def _topics(result: TriageResult, release: RoutingRelease, findings: list[str]) -> tuple[str, ...]:
    known = tuple(dict.fromkeys(topic for topic in result.refused_topics if topic in release.brand.topics.refused))
    if len(known) < len(set(result.refused_topics)):
        findings.append("unknown_topic")
    return known


def _entities_beside(
    words: str, messages: Sequence[str], release: RoutingRelease, values: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """The value of each entity that belongs to the quoted words; an entity that stays in doubt is left out."""
    near = (words, clause_with(words, messages))
    chosen: dict[str, str] = {}
    for name, entity in release.entities.items():
        for text in near:
            beside = values_in(text, entity.pattern) or [value for value in values[name] if occurs(value, text)]
            if beside:
                if len(beside) == 1:
                    chosen[name] = beside[0]
                break
        else:
            if len(values[name]) == 1:
                chosen[name] = values[name][0]
    return chosen


def _entities(result: TriageResult, together: str, release: RoutingRelease, findings: list[str]) -> tuple[EntityFound, ...]:
    kept: list[EntityFound] = []
    for found in result.entities:
        entity = release.entities.get(found.name)
        if entity is None:
            findings.append("unknown_entity")
        elif not is_value(found.value, entity.pattern):
            findings.append("bad_entity")
        elif not occurs(found.value, together):
            findings.append("entity_not_found")
        else:
            kept.append(found)
    return tuple(kept)


def _values(together: str, entities: Sequence[EntityFound], release: RoutingRelease) -> dict[str, tuple[str, ...]]:
    """The values written to the letter, then those that triage read out of another spelling."""
    values: dict[str, tuple[str, ...]] = {}
    for name, entity in release.entities.items():
        found = {value.casefold(): value for value in values_in(together, entity.pattern)}
        for named in entities:
            if named.name == name:
                found.setdefault(named.value.casefold(), named.value)
        values[name] = tuple(found.values())
    return values


def _without_values(text: str, values: Mapping[str, tuple[str, ...]]) -> str:
    for found in values.values():
        for value in found:
            text = text.replace(value, " ")
    return text


def _only_closing(spoken: str, values: Mapping[str, tuple[str, ...]], release: RoutingRelease) -> bool:
    """Whether the text consists of the brand's closing words alone."""
    if any(values.values()) or "?" in spoken or "？" in spoken:
        return False
    rest = normal(spoken)
    if not rest or len(rest) > 120:
        return False
    phrases = {normal(phrase) for language in release.brand.routing.closing_words.values() for phrase in language}
    padded = f" {' '.join(_letters_only(rest).split())} "
    found = False
    for phrase in sorted(phrases, key=len, reverse=True):
        bare = f" {' '.join(_letters_only(phrase).split())} "
        while bare.strip() and bare in padded:
            found = True
            padded = padded.replace(bare, "  ", 1)
    return found and not padded.strip()


def _letters_only(text: str) -> str:
    return "".join(character if character.isalnum() else " " for character in text)
