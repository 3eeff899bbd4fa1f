"""Local stand-ins of the outside world, reached over real loopback sockets by the same client code as the real one.

They import the contract at most, so that no misunderstanding of ours is shared by both sides. They must never be
reachable from outside this machine and never hold a real secret.
"""
