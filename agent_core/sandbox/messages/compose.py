"""Joins the points of several runs into one friendly, plain reply.

States what the points state and nothing else; greets with the customer's first name. Never promises, never explains.
"""

import json
import re
from typing import Any

from agent_core.sandbox.messages.answer import Answer, Say
from agent_core.sandbox.messages.matching import system_text
from agent_core.sandbox.messages.prompt import SystemPrompt, read_transcript

_GREETINGS = {
    "en": ("Hi {name},", "Hello,", "Kind regards"),
    "de": ("Hallo {name},", "Hallo,", "Freundliche Grüße"),
    "fr": ("Bonjour {name},", "Bonjour,", "Bien cordialement"),
    "es": ("Hola {name}:", "Hola:", "Un saludo"),
    "nl": ("Hallo {name},", "Hallo,", "Met vriendelijke groet"),
    "it": ("Ciao {name},", "Buongiorno,", "Cordiali saluti"),
    "da": ("Hej {name},", "Hej,", "Venlig hilsen"),
}
_NAME = re.compile(r"[^\W\d_][^\W\d_'’\-]*(?:[-'’][^\W\d_]+)*")
_TITLES = {"mr", "mrs", "ms", "dr", "herr", "frau", "m", "mme", "sr", "sra", "dhr", "mevr", "hr", "fru", "prof"}
_END_WITH = re.compile(r"^- End with: (.+)$", re.MULTILINE)
_LONGEST_TEXT = 6000


def answer_compose(prompt: SystemPrompt, request: dict[str, Any]) -> Answer:
    """Answers a request whose system prompt asks for a composed reply."""
    context = read_transcript(request).context
    language = prompt.attributes.get("language", "en").split("-")[0].lower()
    with_name, without_name, closing = _GREETINGS.get(language, _GREETINGS["en"])
    name = first_name(context.get("customer_name"))
    paragraphs = [with_name.format(name=name) if name else without_name]
    point_ids: list[str] = []
    said: set[str] = set()
    questions: list[str] = []
    parts = context.get("parts")
    for part in [item for item in (parts if isinstance(parts, list) else []) if isinstance(item, dict)]:
        sentences: list[str] = []
        for point in [item for item in part.get("points") or [] if isinstance(item, dict)]:
            text = _sentence(point.get("text"))
            point_ids.append(str(point.get("id")))
            if text and text not in said:
                said.add(text)
                sentences.append(text)
        if sentences:
            paragraphs.append(" ".join(sentences))
        question = _sentence(part.get("question"))
        if question and question not in questions:
            questions.append(question)
    paragraphs += [" ".join(questions)] if questions else []
    text = "\n\n".join([*paragraphs, _closing(system_text(request)) or closing])[:_LONGEST_TEXT]
    return Answer((Say(json.dumps({"text": text, "point_ids": point_ids}, ensure_ascii=False)),))


def first_name(full: Any) -> str:
    """The first name out of a full name; empty when there is none that could stand in a greeting."""
    words = [match[0] for match in _NAME.finditer(full[:200])] if isinstance(full, str) else []
    names = [word for word in words if word.lower() not in _TITLES]
    return names[0][:40] if names else ""


def _closing(system: str) -> str:
    match = _END_WITH.search(system)
    return match[1].strip() if match else ""


def _sentence(text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        return ""
    text = text.strip()
    return text if text[-1] in ".!?…:" else text + "."
