"""Scenes of the list of Live: narrowed, with saved lists, at one brand, and the form that narrows it."""

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import BrandListed, ListingAnswer, RowFilter
from agent_core.contract.views import BrandNumbers, BrandShown, Counts
from console.shell.window import MainWindow
from console.state.happenings import BrandChosen, BucketChosen, FeedArrived
from console.state.listing import FilterChosen, ListingArrived, SavedView, ViewSaved
from console.state.store import Store
from tests.console import made
from tests.console.scene import Scene, say

LUMEN = BrandId("lumen")
CHOICES = ListingAnswer(
    brands=(
        BrandListed(
            brand=made.BRAND,
            channels=("email", "sms", "webchat"),
            intents=("cancel_subscription", "change_address", "missing_item", "refund_order", "where_is_my_order"),
            workflows=(("refund_order", "Refund an order"), ("track_order", "Where is my order")),
        ),
    )
)
NARROW = RowFilter(channels=("webchat",), intents=("where_is_my_order",), waiting_over_s=300, flagged=False)
VIEWS = (
    SavedView("Refunds by mail", RowFilter(channels=("email",), intents=("refund_order",)), "needs"),
    SavedView("Breaking soon", RowFilter(breach_within_s=900), "needs"),
    SavedView("Suspicious", RowFilter(flagged=True)),
    SavedView("Everything in the whole house that a long name was given to", RowFilter(owners=("person",))),
)


def two_brands() -> FeedArrived:
    """A house with two brands, and rows of both."""
    other = BrandShown(
        brand=LUMEN, title="Lumen Learning", release=made.RELEASE, paused=False, languages=("de",), sandbox=True
    )
    core = made.core()
    counts = Counts(
        needs_person=4, agent=7, human=1, all=12, approvals=3, quarantined=1,
        by_brand=(
            BrandNumbers(brand=LUMEN, needs_person=1, agent=2, all=3),
            BrandNumbers(brand=made.BRAND, needs_person=3, agent=5, human=1, all=9, approvals=3, quarantined=1),
        ),
    )  # fmt: skip
    rows = (made.row(60, brand=LUMEN, customer_name="Kim Sato", needs_person=True, label="awaiting_human", owner="nobody"),)
    told = made.answer(reset=False, rows=rows, counts=counts, core=core.model_copy(update={"brands": (*core.brands, other)}))
    return FeedArrived(told, made.NOW)


def _narrowed(_window: MainWindow, store: Store) -> None:
    say(store, ListingArrived(CHOICES), *(ViewSaved(view) for view in VIEWS), BucketChosen("all"), FilterChosen(NARROW))


def _nothing_fits(_window: MainWindow, store: Store) -> None:
    say(store, ListingArrived(CHOICES), FilterChosen(RowFilter(channels=("sms",), labels=("quarantined",))))


def _form(window: MainWindow, store: Store) -> None:
    say(store, ListingArrived(CHOICES), FilterChosen(NARROW))
    window.refresh.flush()
    window.lists.narrow()


def _one_brand(_window: MainWindow, store: Store) -> None:
    say(store, two_brands(), BrandChosen(LUMEN), BucketChosen("all"))


def _brands(window: MainWindow, store: Store) -> None:
    say(store, two_brands())
    window.refresh.flush()
    window.choose_brand()


SCENES: dict[str, Scene] = {
    "list-narrowed": _narrowed,
    "list-nothing-fits": _nothing_fits,
    "list-form": _form,
    "list-one-brand": _one_brand,
    "list-brands": _brands,
}
