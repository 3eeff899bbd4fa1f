"""What typed words are looked for in, folded once for each row that is held and not again with every letter (R-M1).

Apart from the state, because nothing is known by it: a text is found by the very row that it was made of. It must never keep
the text of a row that was let go.
"""

from collections.abc import Mapping

from agent_core.contract.ids import ConversationId
from agent_core.contract.views import ConversationRow


def folded(row: ConversationRow) -> str:
    """What typed words are looked for in."""
    return " ".join((row.customer_name, row.snippet, " ".join(row.intents), row.conversation)).casefold()


class FoldedTexts:
    """The texts of rows that are held. One per store."""

    def __init__(self) -> None:
        self._known: dict[ConversationId, tuple[ConversationRow, str]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, row: ConversationRow) -> str:
        """The text of a row."""
        known = self._known.get(row.conversation)
        if known is None or known[0] is not row:
            known = self._known[row.conversation] = (row, folded(row))
        return known[1]

    def keep(self, rows: Mapping[ConversationId, ConversationRow]) -> None:
        """Drop the texts of all others."""
        if not self._known.keys() <= rows.keys():
            self._known = {name: known for name, known in self._known.items() if name in rows}
