"""Where the log of a command goes: standard error, one JSON object a record, from WARNING on.

Standard output belongs to what a command answers; a program reads it. Must never be called by anything but a command.
"""

import logging
import sys

import structlog


def log_to_standard_error() -> None:
    """Sets it up, once, for this process."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
