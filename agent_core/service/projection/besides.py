"""What came beside a customer's words, for the transcript: files by name, history, what nobody saw. Plain text, bounded."""

from typing import Final

from agent_core.contract.beside import Quoted, read_files, read_hidden, read_quoted
from agent_core.contract.bodies import BodyRef
from agent_core.contract.views import FileShown, LabelledText
from agent_core.service.projection.story import ERASED, MOST_TEXT, Story, bounded

_REASONS: Final = {
    "not_displayed": "Not displayed",
    "invisible": "Made invisible",
    "transparent": "Transparent",
    "tiny_text": "Too small to read",
    "colour_on_same_colour": "In the colour of its background",
    "no_room": "In a box without room",
    "off_screen": "Outside the page",
    "comment": "In a comment",
    "conditional_comment": "Only for another mail program",
    "alternative_text": "Description of a picture",
    "title_text": "Shown only under the pointer",
    "never_shown": "In a part that is never shown",
    "deceptive_link": "Link that leads elsewhere",
}


def files(story: Story, ref: BodyRef | None) -> tuple[FileShown, ...]:
    """The files of a message, by name."""
    text = _text(story, ref)
    listed = () if text is None else read_files(text)
    return tuple(FileShown(name=file.name, type=file.type, size=file.size, inline=file.inline) for file in listed)


def quoted(story: Story, ref: BodyRef | None) -> str:
    """What was split off a message, one part below the other."""
    if ref is None:
        return ""
    text = _text(story, ref)
    found = Quoted(history=ERASED) if text is None else read_quoted(text)
    other = f"The message's other version:\n{found.other}" if found.other else ""
    return bounded("\n\n".join(filter(None, (found.signature, found.history, other))), MOST_TEXT)


def hidden(story: Story, ref: BodyRef | None) -> tuple[LabelledText, ...]:
    """What a person would not have seen, each with the reason in words."""
    text = _text(story, ref)
    pieces = () if text is None else read_hidden(text)
    return tuple(
        LabelledText(label=_REASONS.get(each.reason, each.reason.replace("_", " ")), value=bounded(each.text, 2_000))
        for each in pieces[:100]
    )


def _text(story: Story, ref: BodyRef | None) -> str | None:
    return None if ref is None else story.texts.get(ref.id)
