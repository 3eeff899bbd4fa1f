"""Questions about stops written down instead of asked."""

from agent_core.contract.ids import BrandId


class StoppingAskedFor:
    """What was asked for, in order."""

    def __init__(self) -> None:
        self.asked: list[BrandId] = []

    def read_reach(self, brand: BrandId) -> None:
        self.asked.append(brand)
