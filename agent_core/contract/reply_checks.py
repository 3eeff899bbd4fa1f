"""Names of the checks a reply passes before it leaves (R-F2). Events hold plain codes; a brand may switch each off."""

from typing import Final, Literal, get_args

ReplyCheckName = Literal[
    "shape", "prohibited", "disclosures", "claims", "promises", "amounts", "percentages", "dates", "windows", "counts",
    "references", "tracking", "personal_data", "language", "links", "markup", "internal",
]  # fmt: skip
"""The checks:

    shape          empty, too long, or with characters nobody sees
    prohibited     topics and phrases the brand prohibits
    disclosures    what must be said at this moment and is not
    claims         an action said to have happened, to wait or not to have happened that did otherwise
    promises       what will happen, with nothing behind it
    amounts        money that nothing read in this turn holds
    percentages    the same for percentages
    dates          the same for days and times, named or relative ("tomorrow")
    windows        the same for lengths of time ("3 to 5 working days")
    counts         the same for numbers of things
    references     the same for order, tracking and other numbers
    tracking       a parcel's or order's state that was not reported
    personal_data  what belongs to somebody else, or in no reply at all
    language       another language than the customer's
    links          links to hosts the brand does not allow
    markup         images, HTML and other markup
    internal       names, ids and texts of ours that no customer should read
"""

REPLY_CHECKS: Final[tuple[ReplyCheckName, ...]] = get_args(ReplyCheckName)
