"""What the console knows and shows, as frozen values and pure functions: no Qt, no loop, no I/O (DESIGN §7).

`app_state` holds the values, `happenings` what can happen to them, `reduce` the one function that makes the next state,
`selectors` what views ask. Views never write here: they ask for something, the core says what became of it.
"""
