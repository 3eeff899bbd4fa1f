"""The look of the console: tokens, fonts, icons, style, and the object that switches them live.

Everything visible takes its colours and type from here. Nothing here knows a conversation, an approval or the core.
"""
