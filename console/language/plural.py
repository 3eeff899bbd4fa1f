"""A text that depends on how many: `Plural("1 message waits", "{count} messages wait").of(3)`.

Languages have one to six forms; which one a number takes is the rule of the language, never an `if` at the place of use.
"""

from collections.abc import Callable
from dataclasses import dataclass

from console.language.numbers import number


def of_english(count: int) -> int:
    """The form of a number in English: 0 for one, 1 for any other."""
    return int(count != 1)


@dataclass(frozen=True, slots=True)
class Plural:
    """A text in English for one and for any other number.

    Attributes:
        one: For exactly one.
        other: For every other number; names it `{count}`.
        forms: The same in the language spoken now, in the order of its rule; empty for English.
        rule: Which form a number takes.
    """

    one: str
    other: str
    forms: tuple[str, ...] = ()
    rule: Callable[[int], int] = of_english

    def of(self, count: int, **named: str | int) -> str:
        """The text for a number, with it and other named things put in.

        Args:
            count: Said as `{count}`, grouped as the language does.
            named: Further placeholders of the text.
        """
        forms = self.forms or (self.one, self.other)
        return forms[min(self.rule(count), len(forms) - 1)].format(count=number(count), **named)
