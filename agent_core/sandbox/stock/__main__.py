"""``python -m agent_core.sandbox.stock FOLDER``: the stand-in as a program."""

import sys
from pathlib import Path

from agent_core.sandbox.stock.desk import Desk

Desk(Path(sys.argv[1])).serve()
