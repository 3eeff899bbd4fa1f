"""The language people read here: one catalogue of every text, filled in once for the process (R-M8, R-N3).

English stands in modules of constants, other languages in `resources/texts/*.po`. It must never import Qt or the core.
"""
