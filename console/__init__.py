"""The desktop console: shows what the core said and signs what a person decided. It never folds the log itself."""

from typing import Final

VERSION: Final = "0.1.0"
