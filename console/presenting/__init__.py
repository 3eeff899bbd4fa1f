"""From the core's views to the widgets' props: the only place where both are known. Pure functions, no widgets made.

It must never decide anything: what may be done comes from `console.state.selectors`, what is true from the views.
"""
