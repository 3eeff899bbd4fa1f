"""The command line ``countersign-core``: one module per command, each registered by name in ``main``."""
