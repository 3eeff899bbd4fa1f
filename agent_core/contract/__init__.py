"""What both sides of the wire share: ids, events, bodies, asks, statements, commands, views, errors, versions.

The console imports nothing else of the core. This package must never do I/O, read a clock or a keyring, or import
anything but pydantic and rfc8785: it is what a third party would need to read the log and check a signature.
"""
