"""The parts of the list of conversations. Apart from the state, so that what the state holds can name them."""

from typing import Literal

Bucket = Literal["needs", "agent", "human", "all"]
BUCKETS: tuple[Bucket, ...] = ("needs", "agent", "human", "all")
