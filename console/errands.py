"""What every part of the console does with the core: one deed at a time about a subject, and the newest answer of several.

Parts with deeds of their own call this instead of telling the state themselves. It must never swallow an error that is not
the console's own, never leave a subject marked by a deed that has ended however, and never begin a deed about a subject
while another one is on its way.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from console import words
from console.state.happenings import CommandAnswered, CommandRefused, CommandSent, Happening, News
from console.state.ports import ConsoleError
from console.state.store import Store
from console.tasks import Tasks

_Done = TypeVar("_Done")


class Errands:
    """The errands of one part of the console.

    Args:
        store: The state.
        tasks: Where the work is kept.
    """

    def __init__(self, store: Store, tasks: Tasks) -> None:
        self._store = store
        self._tasks = tasks
        self._asked: dict[str, int] = {}

    def do(
        self,
        subject: str,
        verb: str,
        deed: Callable[[], Awaitable[_Done]],
        *,
        version: int = 0,
        shown: bool = True,
        done: Callable[[_Done], None] | None = None,
        refused: Callable[[], None] | None = None,
    ) -> None:
        """Do something once: a second press while the same deed about the subject is on its way does nothing.

        Another deed about it waits for nobody: it is not done, and that is said.

        Args:
            subject: What it is about: an ask, a conversation, or a word of the part's own.
            verb: What is done.
            deed: Does it; a `ConsoleError` is told as a refusal.
            version: Of the view it is about.
            shown: No view will follow, so the mark goes at once.
            done: What follows when the core took it, after that was told.
            refused: What follows when it did not.
        """
        under_way = self._store.state.pending.get(subject)
        if under_way is not None:
            if under_way.verb != verb:
                self._store.dispatch(News(f"refused:{subject}", words.STILL_ON_ITS_WAY, "", "warn"))
            return
        self._store.dispatch(CommandSent(subject, verb, version))

        async def carried() -> None:
            try:
                came = await deed()
            except ConsoleError as error:
                self._store.dispatch(CommandRefused(subject, error.code, error.message))
                if refused is not None:
                    refused()
            except Exception:
                # Nobody expected it, and whoever keeps the tasks says so. The subject is free again: a mark that stays
                # would keep this person from ever deciding it.
                self._store.dispatch(CommandAnswered(subject, shown=True))
                raise
            else:
                self._store.dispatch(CommandAnswered(subject, shown=shown))
                if done is not None:
                    done(came)

        self._tasks.start(carried(), f"{verb} {subject}")

    def ask(self, about: str, question: Callable[[], Awaitable[Happening]], problem: Callable[[str], Happening]) -> None:
        """Ask, and tell the state the answer unless the same was asked again meanwhile: answers may overtake each other.

        Args:
            about: What it is about; of two questions about the same the newer one counts.
            question: Asks, and says what came.
            problem: What is told instead of an answer, from a sentence that is safe to show.
        """
        number = self.forget(about)

        async def asking() -> None:
            try:
                answer = await question()
            except ConsoleError as error:
                answer = problem(error.message)
            except Exception:
                if self._asked[about] == number:
                    self._store.dispatch(problem(words.UNEXPECTED))  # nothing waits for an answer for ever
                raise
            if self._asked[about] == number:
                self._store.dispatch(answer)

        self._tasks.start(asking(), about)

    def forget(self, about: str) -> int:
        """No answer to what was asked about this so far is wanted any more; answers the number of the next question."""
        self._asked[about] = self._asked.get(about, 0) + 1
        return self._asked[about]
