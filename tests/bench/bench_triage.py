"""Triage with a huge request: opening it at its fault, and one press of N, beside a small one and laying all out (R-M4)."""

import os

from tests.bench.figure import Figure, alternating

BLOCKS = 2_000


def run() -> list[Figure]:
    """Open, jump, and lay out everything, in turns."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Imported here: a bench that is not asked for must not load Qt.
    from PySide6.QtWidgets import QApplication

    from agent_core.contract.triage import ConversationTriage
    from console.presenting.triage_request import request_items
    from console.state.triage import LookArrived, LookedAt, Triage, TriageChosen, triage_reduced
    from console.theme.controller import Theme
    from console.widgets.triage.request_view import RequestView
    from tests.console import made_triage as triage

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme = Theme("light")
    theme.install(application)

    def looked(shown: ConversationTriage) -> LookedAt:
        begun = triage_reduced(Triage(), TriageChosen(shown.conversation))
        at = triage_reduced(begun, LookArrived(shown)).looked_at
        assert at is not None
        return at

    def view() -> RequestView:
        made = RequestView(theme)
        made.resize(640, 700)
        made.show()
        return made

    huge, small, first, second = looked(triage.huge(BLOCKS)), looked(triage.huge(40)), view(), view()

    def opened(shown: RequestView, at: LookedAt) -> None:
        shown.set_items((), fresh=True)
        shown.set_items(request_items(at), fresh=True)
        shown.show_first_fault()

    def whole() -> None:
        opened(second, huge)
        second.column.settle(0, float("inf"))

    ours, floor = alternating((lambda: opened(first, huge), whole), 9)
    opened(second, small)
    jumps, near = alternating((lambda: first.next_fault(1), lambda: second.next_fault(1)), 25)
    first.close()
    second.close()
    return [
        Figure(f"a request of {BLOCKS:,} blocks opens at its fault", ours, "ms", "laid out whole", floor),
        Figure(f"N, the next finding among {BLOCKS:,} blocks", jumps, "ms", "among 40", near),
    ]
