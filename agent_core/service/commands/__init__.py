"""What a person does, as one typed command each: verified, appended with the right actor, woken at priority 0, done once.

`carry_out(means, seat, command, idempotency_key) -> CommandDone`. The same key answers the same result and does nothing
twice; nothing on any screen changes because a command was sent, only because the log says so.

`approvals` decide, recall · `assigning` whose an ask is ·
`asks` claim, release, resolve, settle · `control` take over, hand over, hand back, reply ·
`steering` private instructions · `assessing` corrections · `repairing` repair · `overriding` routing · `stopping` pause,
resume · `enrolling` keys. Must never start an effect: the engine does, after asking everything again.
"""

from agent_core.service.commands.carrying import carry_out
from agent_core.service.commands.common import Means

__all__ = ["Means", "carry_out"]
