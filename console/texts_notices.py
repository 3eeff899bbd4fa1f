"""What notices say: inside the window with names, outside it without them unless the person chose otherwise (R-M8).

It must never import Qt or the core.
"""

from typing import Final

from console.language.plural import Plural

ONE_ASK = "{what} — {who}"
SEVERAL_ASKS = Plural("1 more waits for you", "{count} new things wait for you")
SEVERAL_ASKS_WORDS = "The most urgent: {what} — {who}"
ONE_BREACH = "{minutes} left: {what} — {who}"
SEVERAL_BREACHES = Plural("1 promised time is close", "{count} promised times are close")
DECIDED_ELSEWHERE = "{name} decided: {what} — {who}"
TAKEN_ELSEWHERE = "{name} took this from you: {what} — {who}"
LAPSED = "You are no longer on it: {what} — {who}"
SEVERAL_LAPSED = Plural(
    "You are no longer on 1 thing you had claimed", "You are no longer on {count} things you had claimed"
)
LAPSED_WORDS = "It was not before you, or nothing was pressed or moved here, for a while. C takes it again."
SEVERAL_ELSEWHERE = Plural("1 thing you saw was decided by a colleague", "{count} things you saw were decided by colleagues")

OUTSIDE_ASKS: Final = {
    "approval": "An approval waits for you",
    "escalation": "An escalation waits for you",
    "quarantine": "A conversation in quarantine waits for you",
    "unknown_outcome": "Somebody must find out whether an action happened",
    "breach": "A promised time was missed",
    "review": "A review waits for you",
}
OUTSIDE_SEVERAL = Plural("1 thing waits for you", "{count} things wait for you")
OUTSIDE_BREACH = Plural("A promised time is close", "{count} promised times are close")
OUTSIDE_ELSEWHERE = Plural("A colleague decided what you were shown", "Colleagues decided {count} things you were shown")
OUTSIDE_CORE_GONE = "The core does not answer; nothing can be decided now"
OUTSIDE_CORE_BACK = "The core answers again"
OUTSIDE_WORDS = "Open Countersign to see it."
TRAY = Plural("Countersign: 1 thing waits for you", "Countersign: {count} things wait for you")
TRAY_CALM = "Countersign: nothing waits for you"
