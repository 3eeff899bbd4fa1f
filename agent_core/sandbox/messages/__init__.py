"""A stand-in of the provider's Messages API, reached over a real loopback socket by the real client.

It enforces the provider's structural rules with the provider's error texts, so that a transcript which would fail there
fails here. It must never import the code that builds or repairs our transcripts: both sides would then share one
misunderstanding. It is not a model: its answers come from a script or from an offline brain that says so.
"""

from agent_core.sandbox.messages.app import create_messages_app
from agent_core.sandbox.messages.brain import Brain
from agent_core.sandbox.messages.hijacked import HijackedBrain
from agent_core.sandbox.messages.literal import LiteralBrain
from agent_core.sandbox.messages.script import Script, Turn

__all__ = ["Brain", "HijackedBrain", "LiteralBrain", "Script", "Turn", "create_messages_app"]
