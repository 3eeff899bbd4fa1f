"""How long a conversation of 2,000 messages takes to open in the console, beside one of 20 (R-M1: under 300 ms)."""

import os
import random

from tests.bench.figure import Figure, alternating

REPETITIONS = 9
WORDS = ("order", "parcel", "refund", "late", "invoice", "card", "label", "please", "wrong", "size", "charged", "twice")


def run() -> list[Figure]:
    """Measure from the items at hand to the newest ones painted, without a screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Imported here: a bench that is not asked for must not load Qt.
    from PySide6.QtWidgets import QApplication

    from console.theme.controller import Theme
    from console.widgets.transcript.items import AgentMessage, CustomerMessage, TranscriptItem
    from console.widgets.transcript.view import TranscriptView

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme = Theme("light")
    theme.install(application)
    view = TranscriptView(theme)
    view.resize(800, 600)
    view.show()

    def many(count: int) -> list[TranscriptItem]:
        chance = random.Random(7)
        said = [" ".join(chance.choices(WORDS, k=chance.randint(5, 60))) for _ in range(count)]
        return [
            AgentMessage(f"k{number}", "Assistant", "14:03", words)
            if number % 2
            else CustomerMessage(f"k{number}", "Amara Okafor", "14:02", words)
            for number, words in enumerate(said)
        ]

    long, short = many(2_000), many(20)

    def opening(items: list[TranscriptItem]) -> None:
        view.set_items(items, fresh=True)
        view.viewport().repaint()

    ours, floor = alternating((lambda: opening(long), lambda: opening(short)), REPETITIONS)
    view.close()
    return [Figure("a transcript of 2,000 messages opens", ours, "ms", "one of 20 messages", floor)]
