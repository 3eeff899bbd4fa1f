"""Queues by language, with hours of their own: what a brand may say, and where an ask waits then (R-E4, R-B8)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent_core.contract.asks import Ask
from agent_core.contract.ids import AskId, BrandId, ConversationId, StreamId
from agent_core.engine.placing import placed, raised_again
from tests.workflows.releases import BRANDS, copy, edit, findings, load

if TYPE_CHECKING:
    from agent_core.workflows.brand import BrandConfig

ROUTING = "    default: standard"
QUEUES = "\nentities:\n  order_id:"
GERMAN = (
    "  - {name: german, title: Deutsch, priority: 4, first_look_s: 3600, answer_s: 7200, in_opening_hours: true, "
    "languages: [de],\n     opening_hours: {timezone: Europe/Vienna, days: {sat: 10:00-12:00}}}\n"
)
SATURDAY = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def northwind(into: Path, *, queue: str = GERMAN, instead: str = "{de: {standard: german}}") -> Path:
    folder = copy(into, "northwind")
    edit(folder, "brand.yaml", QUEUES, f"{queue}{QUEUES}")
    edit(folder, "brand.yaml", ROUTING, f"{ROUTING}\n  language_queues: {instead}")
    return folder


def ask(code: str) -> Ask:
    return Ask(
        id=AskId("a_1"), kind="escalation", brand=BrandId("northwind"), conversation=ConversationId(StreamId("c_1")),
        code=code, sentence="A person is wanted.", priority=4, verbs=("resolve",), roles=("lead",), raised_at=SATURDAY,
    )  # fmt: skip


def test_R_E4_an_ask_waits_with_people_of_its_language_in_their_own_hours(tmp_path: Path) -> None:
    brand: BrandConfig = load(northwind(tmp_path)).brand
    german, english = placed(ask("complex_request"), brand, "de"), placed(ask("complex_request"), brand, "en")
    assert (german.queue, english.queue, german.language) == ("german", "standard", "de")
    assert german.look_by == datetime(2026, 11, 21, 10, 0, tzinfo=UTC), "they begin at ten in Vienna, and have an hour"
    assert english.look_by == datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "Monday eight in Berlin, and two hours"
    assert placed(ask("safety"), brand, "de").queue == "priority", "only what would wait in the other one"
    assert placed(ask("complex_request"), brand, "").queue == "standard"
    assert placed(ask("complex_request"), brand, "fr").queue == "standard"


def test_R_E4_what_is_late_goes_up_to_people_who_speak_the_language(tmp_path: Path) -> None:
    brand = load(northwind(tmp_path)).brand
    late = SATURDAY + timedelta(days=1)
    up = raised_again(placed(ask("complex_request"), brand, "en"), brand, late, higher=True)
    assert (up.queue, up.language) == ("billing", "en")
    only_german = brand.model_copy(
        update={
            "queues": tuple(
                queue.model_copy(update={"languages": ("de",)}) if queue.name == "billing" else queue
                for queue in brand.queues
            )
        }
    )
    assert raised_again(placed(ask("complex_request"), brand, "en"), only_german, late, higher=True).queue == "priority"


@pytest.mark.parametrize(
    ("queue", "instead", "code"),
    [
        (GERMAN, "{de: {standard: gorman}}", "unknown_queue"),
        (GERMAN, "{fr: {standard: german}}", "unknown_language"),
        (GERMAN, "{en: {standard: german}}", "nobody_speaks"),
        (GERMAN.replace("[de]", "[fr]"), "{}", "unknown_language"),
        (GERMAN.replace("Europe/Vienna", "Europe/Wien"), "{}", "unknown_timezone"),
        (GERMAN.replace("10:00-12:00", "12:00-10:00"), "{}", "closed_before_open"),
    ],
)
def test_R_E4_a_language_without_people_is_a_mistake_of_the_folder(
    tmp_path: Path, queue: str, instead: str, code: str
) -> None:
    assert code in {finding.code for finding in findings(northwind(tmp_path, queue=queue, instead=instead))}


def test_a_brand_that_says_nothing_of_it_keeps_its_digest() -> None:
    brand = load(BRANDS / "northwind").brand
    assert "language_queues" not in brand.model_dump_json()
    assert "languages" not in brand.queues[0].model_dump()
