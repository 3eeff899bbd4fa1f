"""Is this request one that the Messages API would take, and if not, what heals it? Asked before every send (R-A8).

* `diagnosing` `diagnose(body, aside)`: every fault, named; `errors(body, aside)`: those for which the API would refuse
* `repairing`  `repair(body, known)`: the healed body, what was changed, what a person has to settle
* `findings`   `Finding`, `Outcome` (what is known of a call), `Aside` (what is known beside the bytes)
* `catalogue`  every diagnosis with its severity, its repair and its sentence
* `foreign`    transcripts of others, read and written back in their own form
"""
