"""What a further page of hits costs in the console that shows 100,000 already, beside one that shows 100 (R-M5)."""

import os

from tests.bench.figure import Figure, alternating

REPETITIONS = 15
PAGE = 30


def run() -> list[Figure]:
    """Measure from the page at hand to the newest rows painted, without a screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Imported here: a bench that is not asked for must not load Qt.
    from PySide6.QtWidgets import QApplication

    from agent_core.contract.searching import SearchHit
    from console.presenting.searching import hit_props
    from console.theme.controller import Theme
    from console.widgets.audit.hit_list import HitList, HitsModel
    from tests.console import made, made_audit

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme = Theme("light")
    theme.install(application)
    base = [made_audit.hit(1, f"Refund number {number} was wanted", "refund", seq=number) for number in range(PAGE)]

    def filled(count: int) -> tuple[HitList, HitsModel[SearchHit]]:
        model: HitsModel[SearchHit] = HitsModel(lambda hit: hit_props(hit, made.NOW))
        view = HitList(theme)
        view.show_model(model)
        view.resize(380, 640)
        view.show()
        model.set_hits(tuple(base[number % PAGE] for number in range(count)), "q")
        application.processEvents()
        return view, model

    many, few = filled(100_000), filled(100)

    def grown(view: HitList, model: HitsModel[SearchHit]) -> None:
        model.set_hits((*model.hits, *base), "q")
        view.scrollToBottom()
        view.viewport().repaint()

    ours, floor = alternating((lambda: grown(*many), lambda: grown(*few)), REPETITIONS)
    for view, _ in (many, few):
        view.close()
    return [Figure("a further page below 100,000 hits is shown", ours, "ms", "below 100 hits", floor)]
