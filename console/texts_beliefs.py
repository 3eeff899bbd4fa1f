"""What is said about beliefs and their corrections. English; other languages fill it in (`console.language`)."""

from console.language.plural import Plural

CORRECT_TITLE = "Put right what the agent believes"
CORRECT_WORDS = (
    "The agent hears it with its next request, as data a colleague stated and under your name. It changes no limit and no "
    "policy, and the customer is told nothing by it."
)
CORRECT_RIGHT = "What is so instead"
CORRECT_RIGHT_HINT = "Leave empty to say only that it is wrong"
CORRECT_SOURCE = "How you know"
CORRECT_SOURCE_HINT = "For instance: the carrier, by phone"
CORRECT_YES = "Put right"
CORRECT_FOLLOWS = "What follows"
BELIEVED = "It believes"
RESTS_ON = "It rests on"
RESTS_ON_NOTHING = "On nothing that was read: it is the model's opinion."
AGENT_IS_TOLD = "Whatever the agent is asked right now is stopped and asked again with it."
LAPSES = Plural(
    "1 action that waits for a yes rests on this. It lapses; what is still allowed is shown anew with the difference.",
    "{count} actions that wait for a yes rest on this. They lapse; what is still allowed is shown anew with the difference.",
)
NOTHING_LAPSES = "Nothing that waits for a yes rests on this."
UNDO = "You, or a colleague, can take it back; the agent is told that too."
NOW_SAID = "{right} — {name}, {age}: {source}"
TAKE_BACK_SPOKEN = "Take back the correction of {statement}"
SHOW_FACT = "Show what it was read from: {fact}"
CITED = "{fact} · {source} · {age}"
CORRECTED_OK = "Put right. The agent hears it with its next request."
ENDED_OK = "Taken back. The agent hears that too."
