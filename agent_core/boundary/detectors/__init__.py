"""Detectors: pure functions that look at a clean text and say what is suspicious, why, and how sure (R-D3).

They look at the clean text with everything masked, and at its folded form. They must never drop, delay or change a message:
a finding is an event that people see and count, and nothing else happens because of it.

* `look`      `Look(text, by_customer, flags, removed, smuggled, masked, links)`: a text as all detectors see it
* `finding`   `Finding(detector, code, score_percent, count, spans, evidence)`, `Detector(name, weights, hits)`
* `registry`  `REGISTRY`: by name
* one module per detector, with its table of signals and weights on top
"""
