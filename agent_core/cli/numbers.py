"""Numbers as they are written on a command line: whole, in plain digits, within their bounds. Must never guess."""

import argparse


def port(text: str) -> int:
    """A port; 0 lets the system choose.

    Raises:
        ArgumentTypeError: It is none; argparse shows the sentence.
    """
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def count(text: str) -> int:
    """How many of something: one or more.

    Raises:
        ArgumentTypeError: It is none; argparse shows the sentence.
    """
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("a count is a number from 1 to 1000000")
    return int(text)
