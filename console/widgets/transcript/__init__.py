"""The transcript: one scroll area that paints only what is visible, selects like text, and reads like a list.

`items` are the frozen values it is given; blocks paint them; the view owns scrolling, selection and accessibility.
"""
