"""When a person must come in, and why: signals in, reason codes out. Pure (R-E1).

    table.evaluate(signals, rules, at, already=frozenset()) -> tuple[Fired, ...]     hard ones first; empty: nothing fires
    signals.Signals    what is known at that moment; what nobody knows is left out and fires nothing
    rules.Rules        the brand's thresholds (`behaviour.yaml`)

It must never read a model's opinion on whether to escalate: a run that asks for a person gets one by another path.
"""
