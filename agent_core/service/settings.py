"""What a core is told when it starts. One frozen value; nothing here reads the environment, a file or a keyring.

Secrets are `SecretStr`: they never appear in a `repr`, a log or an exception.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from agent_core.contract.ids import BrandId
from agent_core.engine.runtime import Deadlines
from agent_core.engine.table import Pace
from agent_core.models.port import ModelNames
from agent_core.service.admission import Bounds

ROOT = Path(__file__).resolve().parents[2]
DEMO_BRAND = ROOT / "resources" / "brands" / "northwind"
VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a brand's systems are.

    Attributes:
        webhook_secrets: Every `whsec_…` of the channel that is valid now, so that one can be rotated.
        callback_secrets: The same for systems that answer later; none: their answers are refused.
    """

    shop_url: str
    """Empty for a brand all of whose tools are its own."""
    shop_token: SecretStr
    channel_url: str
    channel_token: SecretStr
    webhook_secrets: tuple[SecretStr, ...]
    callback_secrets: tuple[SecretStr, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The stand-ins that are started with the core.

    Attributes:
        people: Size of the shop's world.
        customers_per_minute: New conversations a minute; 0 starts no crowd.
        crowd_speed: 1 is real time.
        count: How many conversations the crowd begins; none is without end.
        webhook_secret: Shared with a replay; drawn when none is given.
    """

    people: int = 300
    seed: int = 1
    customers_per_minute: float = 0.0
    crowd_speed: float = 1.0
    count: int | None = None
    webhook_secret: SecretStr | None = None


def _nowhere(_brand: str, _name: str) -> SecretStr | None:
    """Nothing is kept anywhere."""
    return None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a core is told.

    Attributes:
        data: The data folder: log, and in a sandbox the world of the stand-ins.
        config: Where the anchor is kept; must not be the data folder.
        brands: Brand folders.
        connections: Where the systems of brands outside the sandbox are.
        sandbox: Starts the stand-ins; the brands of the sandbox are connected to them.
        anthropic_key: The real model; without it the stand-in answers (sandbox only).
        embedded_token: The one-time token of the console that started this core.
        deadlines: How long one attempt at something outside may take.
        pace: How many conversations are worked on at the same time, and how many of them are each brand's own.
        secrets: Credentials of systems that brands bring themselves, by brand and the name `tools.yaml` gives them.
        find_secret: Where such a credential is looked for by brand and name when it was not handed over.
        allowed_hosts: `HOST` or `HOST:PORT` of such systems that may be reached although they are inside; in a sandbox the
            only ones that are asked at all.
        allow_programs: MCP servers that are programs may be started.
        proxy: The way out for everything but this machine and `allowed_hosts`, `http://[USER:PASSWORD@]HOST:PORT`.
        watch: Edited brand folders go live while the core runs.
        bounds: How much may wait at the entrance of each brand before its tickets stay with people.
        require_proof: Each request proves that it comes from the console that signed in (`service.possession`).
        preflight: A release that was never live here is walked through in a sandbox of its own before it goes live (R-A9).
    """

    data: Path
    config: Path
    brands: tuple[Path, ...] = (DEMO_BRAND,)
    connections: Mapping[BrandId, Connection] = field(default_factory=dict[BrandId, Connection])
    sandbox: SandboxSettings | None = None
    anthropic_key: SecretStr | None = None
    embedded_token: SecretStr | None = None
    models: ModelNames = field(default_factory=ModelNames)
    deadlines: Deadlines = field(default_factory=Deadlines)
    pace: Pace = field(default_factory=Pace)
    bounds: Bounds = field(default_factory=Bounds)
    preflight: bool = True
    require_proof: bool = True
    watch: bool = False
    allow_programs: bool = False
    secrets: Mapping[BrandId, Mapping[str, SecretStr]] = field(default_factory=dict[BrandId, Mapping[str, SecretStr]])
    find_secret: Callable[[str, str], SecretStr | None] = _nowhere
    allowed_hosts: frozenset[str] = frozenset()
    proxy: SecretStr | None = None

    def secret(self, brand: BrandId, name: str) -> SecretStr | None:
        """A credential of a brand's own system: handed over, or found by name."""
        handed = self.secrets.get(brand, {}).get(name)
        return self.find_secret(brand, name) if handed is None else handed
