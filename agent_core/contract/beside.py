"""What came beside a customer's words: files by name, history that was split off, text that nobody saw.

Bodies of `MessageReceived`. All of it is from outside and clean; none of it is ever opened, fetched or followed.
"""

from pydantic import Field, TypeAdapter

from agent_core.contract.base import Code, Value
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical


class FileCame(Value):
    """A file, never opened. `digest`: SHA-256 of its bytes in hexadecimal, empty when they were not at hand."""

    name: str = Field(max_length=200)
    type: str = Field(max_length=200)
    size: int = Field(ge=0)
    digest: str = ""
    inline: bool = False


class Quoted(Value):
    """What was split off a message. `other`: the body that was not shown, where two bodies told different things."""

    history: str = ""
    signature: str = ""
    other: str = ""


class HiddenPiece(Value):
    """Something of a message that a person would not have seen, and why."""

    reason: Code
    text: str


_FILES: TypeAdapter[tuple[FileCame, ...]] = TypeAdapter(tuple[FileCame, ...])
_HIDDEN: TypeAdapter[tuple[HiddenPiece, ...]] = TypeAdapter(tuple[HiddenPiece, ...])


def files_body(files: tuple[FileCame, ...]) -> Body:
    """The body that `MessageReceived.attachments` names."""
    return new_body("attachments", canonical([file.model_dump(mode="json") for file in files]).decode())


def hidden_body(pieces: tuple[HiddenPiece, ...]) -> Body:
    """The body that `MessageReceived.hidden` names."""
    return new_body("hidden", canonical([piece.model_dump(mode="json") for piece in pieces]).decode())


def quoted_body(quoted: Quoted) -> Body:
    """The body that `MessageReceived.quoted` names."""
    return new_body("quoted", canonical(quoted.model_dump(mode="json")).decode())


def read_files(text: str) -> tuple[FileCame, ...]:
    """The files in a body's text.

    Raises:
        ValueError: The text is none of `files_body`.
    """
    return _FILES.validate_json(text)


def read_hidden(text: str) -> tuple[HiddenPiece, ...]:
    """The pieces in a body's text.

    Raises:
        ValueError: The text is none of `hidden_body`.
    """
    return _HIDDEN.validate_json(text)


def read_quoted(text: str) -> Quoted:
    """What was split off, in a body's text.

    Raises:
        ValueError: The text is none of `quoted_body`.
    """
    return Quoted.model_validate_json(text)


def size_words(size: int) -> str:
    """A file's size as people say it: `640 B`, `12 KB`, `3.4 MB`."""
    if size < 1_000:
        return f"{size} B"
    if size < 999_500:
        return f"{(size + 500) // 1_000} KB"
    tenths = (size + 50_000) // 100_000
    return f"{tenths // 10}.{tenths % 10} MB"
