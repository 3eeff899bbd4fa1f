"""Where fonts and icons lie: beside the packages, in a checkout, in a wheel and in a bundle alike.

It must never look anywhere else: a file an outsider can drop into a search path is not an asset.
"""

from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


class AssetMissing(Exception):
    """A file of the installation is missing or unreadable; the installation is damaged.

    Attributes:
        code: `asset_missing`.
        message: A sentence safe to show.
        detail: For the log.
    """

    code = "asset_missing"

    def __init__(self, detail: str) -> None:
        self.message = "A part of the installation is missing. Install Countersign again."
        self.detail = detail
        super().__init__(f"{self.code}: {detail}")
