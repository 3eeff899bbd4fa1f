"""What the tour says to somebody who is here for the first time. English; other languages fill it in."""

from typing import Final

TITLES: Final = {
    "key": "Make your key",
    "wait": "The first customers are writing",
    "approvals": "Something waits for you",
    "decide": "Read, then countersign",
    "undo": "Signed — and still yours for a moment",
    "done": "That was your first countersignature",
}
WORDS: Final = {
    "key": "You sign what you approve. The key for it is made here and stays in this computer's keyring.",
    "wait": "This is a sandbox: its customers, shop and money are made up. The first approval comes within a minute.",
    "approvals": "Whatever moves money waits for a person. Open Approvals to see what the agent wants to do.",
    "decide": "J and K walk to an approval. Its card says what will happen, to whom, how much, why, and on which facts. "
    "A approves; D denies, with a reason.",
    "undo": "For a few seconds Z takes it back. Right before it is done, everything it rests on is checked once more.",
    "done": "It was done once, and the record can prove who allowed it. Settings say what is kept where, and connect a real "
    "model. F1 opens the guide.",
}
ACTIONS: Final = {
    "key": "Go to my key",
    "wait": "Look at Live",
    "approvals": "Open Approvals",
    "decide": "",
    "undo": "",
    "done": "Open the guide",
}
PROGRESS = "Step {step} of {steps}"
SKIP = "Skip the tour"
FINISH = "Finish"
SPOKEN = "{progress}. {title}. {words}"
