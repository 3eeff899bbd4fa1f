"""JSON values that never change, and their text, written once: schemas and tools that every request of a release repeats.

A dict and a list in every other respect, so whoever reads JSON need not know. Nobody can change one, also not within; so
what was once written of it stays what it says, and its text needs no other reason to be believed. Copies are plain, and can
be changed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn, cast

from agent_core.contract.json_writing import json_text


def _refused(*_: object, **__: object) -> NoReturn:
    raise TypeError("this value never changes: change a copy")


class FixedObject(dict[str, Any]):
    """An object. Make it with `fixed_object`.

    Attributes:
        text: Its JSON text (`json_text`).
    """

    __slots__ = ("text",)

    text: str

    __setitem__ = __delitem__ = __ior__ = update = _refused  # pyright: ignore[reportAssignmentType] - none does anything
    setdefault = pop = popitem = clear = _refused  # pyright: ignore[reportAssignmentType] - none does anything

    def __copy__(self) -> dict[str, Any]:
        """A plain one."""
        return dict(self)

    def __deepcopy__(self, _memo: object) -> dict[str, Any]:
        """A plain one, within as well."""
        return {name: plain(value) for name, value in self.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        """Travels as a plain one."""
        return dict, (self.__deepcopy__(None),)


class FixedList(list[Any]):
    """A list. Make it with `fixed_list`.

    Attributes:
        text: Its JSON text (`json_text`).
    """

    __slots__ = ("text",)

    text: str

    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = _refused  # pyright: ignore[reportAssignmentType] - none does anything
    extend = insert = pop = remove = clear = sort = reverse = _refused  # pyright: ignore[reportAssignmentType] - none does anything

    def __copy__(self) -> list[Any]:
        """A plain one."""
        return list(self)

    def __deepcopy__(self, _memo: object) -> list[Any]:
        """A plain one, within as well."""
        return [plain(value) for value in self]

    def __reduce__(self) -> tuple[Any, ...]:
        """Travels as a plain one."""
        return list, (self.__deepcopy__(None),)


def fixed_object(value: Mapping[str, Any]) -> FixedObject:
    """An object that nobody can change, made of one that somebody may.

    Raises:
        ValueError: It holds what JSON does not know.
        TypeError: As well.
    """
    made = FixedObject((name, _fixed(item)) for name, item in value.items())
    made.text = json_text(made)
    return made


def fixed_list(values: Iterable[Any]) -> FixedList:
    """A list that nobody can change; raises as `fixed_object`."""
    made = FixedList(_fixed(value) for value in values)
    made.text = json_text(made)
    return made


def _fixed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return fixed_object(cast("Mapping[str, Any]", value))
    return fixed_list(cast("Iterable[Any]", value)) if isinstance(value, list | tuple) else value


def plain(value: Any) -> Any:
    """A JSON value that can be changed."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in cast("dict[str, Any]", value).items()}
    return [plain(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def text_of(value: Any) -> str:
    """The JSON text of any value; of one that never changes it is there already."""
    return value.text if type(value) in _FIXED else json_text(value)


_FIXED: Final = frozenset({FixedObject, FixedList})
