"""The engine: the only place that knows how work is scheduled, and where effects are started (DESIGN §§1, 3, 6).

    runtime.Brands / BrandAtWork / Deadlines / Instance / Operators    what it is given at the composition root
    runner.Runner(store, brands, operators, instance=, clock=, deadlines=).handle(stream) -> port.Handled;  .nudge(stream)
    port.Engine, table.TableEngine(store).run(handle, quarantine=, nudge=)    delivers wakes
    session, steps/, recovery, asking, judging, proposing    the parts of one handling

No truth lives here: killed at any instruction, the next worker folds the log and goes on (R-A2).
"""
