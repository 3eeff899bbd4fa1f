"""The checks, one a module: `NAME`, and `check(reading)` that yields what is wrong. `registry.CHECKS` is their one registry.

A check is pure, bounded, and holds nothing back itself. It yields at most one finding for each code, with every place.
"""
