"""The conversation as pure values: two small machines, `evolve`, `decide`, `timers`, the transcript.

Nothing here does I/O, reads a clock, draws a random number or reads a body: the same log and the same `now` always give
the same plan (DESIGN §1.2). `state` holds what is folded, `evolve` folds it, `decide` says what to do next.
"""
