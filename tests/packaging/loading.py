"""Load a module of packaging/ by its path: that folder is no package, and the name belongs to a library."""

import importlib
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "packaging"


def load(name: str) -> Any:
    """Answer one module of packaging/, found as it finds its own neighbours."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))
