"""Where this installation keeps its things: read from the environment once, at start."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr

PREFIX: Final = "FETLOCK_"
DEFAULT_HOME: Final = Path("var")


class Installation(BaseModel):
    """The installation's own settings, each from an environment variable of the same name (FETLOCK_HOME).

    `home`: the folder of the database file, the key file and all else that is kept on disk.
    `database_url`: SQLAlchemy's; without it an SQLite file in `home`.
    `secret_keys`: where keys come from the environment instead of the key file (newest first).
    `strict_plugins`: refuse to start with a plugin in quarantine (PL-4).
    `longest_token_days`: no API token lasts longer (H-6).
    `metrics_token`: with it anybody may read /metrics, without it this machine alone (OP-4).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = DEFAULT_HOME
    database_url: str = Field(default="", repr=False)
    secret_keys: tuple[SecretStr, ...] = Field(default=(), repr=False)
    strict_plugins: bool = False
    pool_size: int = Field(default=40, ge=2)
    longest_token_days: int = Field(default=365, ge=1, le=3650)
    metrics_token: SecretStr | None = Field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> Self:
        """Read FETLOCK_HOME, FETLOCK_DATABASE_URL, FETLOCK_SECRET_KEYS, FETLOCK_STRICT_PLUGINS.

        Keys are parted by spaces or commas. Raises pydantic's `ValidationError` for what cannot be read.
        """
        found = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            text = found.get(PREFIX + name.upper(), "").strip()
            if text:
                values[name] = re.split(r"[\s,]+", text) if name == "secret_keys" else text
        return cls(**values | overrides)

    @property
    def url(self) -> str:
        """The database's URL, an SQLite file in `home` where none is given."""
        return self.database_url or f"sqlite:///{(self.home / 'fetlock.sqlite3').absolute()}"

    @property
    def key_file(self) -> Path:
        """The file of the keys that secrets are encrypted with; it belongs in no backup of the database."""
        return self.home / "secret.key"
