"""What makes the log provable to somebody who does not trust this computer: one Merkle log, signed checkpoints, verifiers.

`merkle` and `notes` are pure and need no database; `tiles` and `sequencer` keep the Merkle log behind the feed; `memory`
keeps the last checkpoint outside the database; `verifying` reads a whole database and believes nothing in it. This package
must never repair what it finds.
"""
