"""The painted widgets of the console.

Every widget takes frozen values (`set_props`), emits signals and knows no core, no network and no store. Every word it
shows of its own comes from `console.strings`; every word from outside passes `console.widgets.visible_text` first.
"""
