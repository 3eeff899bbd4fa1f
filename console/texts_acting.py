"""What people read about actions of their own, risk and several cases at once. English; `console.language` fills it in.

It must never import Qt or the core.
"""

NOTHING_TO_SIGN = "This action is not possible, so there is nothing to sign."
NOT_TOGETHER = "These cases may not be approved together."
