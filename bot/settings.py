"""Settings of an installation: the only reader of the environment (prefix ``LINAN_``)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
DATABASE = r"^(|sqlite\+aiosqlite:///.+|postgresql\+asyncpg://.+)$"


class Settings(BaseSettings):
    """All settings, frozen after they were read once."""

    model_config = SettingsConfigDict(env_prefix="LINAN_", frozen=True, extra="ignore", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=1, le=65535, description="port to listen on")
    base_url: str = Field("", description="public address of the pages; empty: http://host:port")
    var: Path = Field(ROOT / "var", description="folder of database, model, pictures, secrets")
    data: Path = Field(ROOT / "data", description="folder of phrases, services, routing, lexicon, examples")
    database_url: str = Field("", pattern=DATABASE, description="SQLAlchemy address; empty: SQLite in var/linan.db")
    redis_url: str = Field("", description="Redis for live fan-out between processes; empty: one process")
    model: Path | None = Field(None, description="Rasa archive to serve; empty: newest in var/models")
    nlu_url: str = Field("", description="a Rasa server to ask instead of the in-process model")
    secret_key: str = Field("", description="32 bytes url-safe base64 for cookies; empty: kept in var/secret.key")
    tip_key: str = Field("", description="32 bytes url-safe base64 that open tips; empty: kept in var/tips.key")
    sure: float = Field(0.60, ge=0, le=1, description="confidence from which the bot acts")
    pressing: float = Field(0.85, ge=0, le=1, description="the same for faults, hazards and quarrels told to nobody")
    unasked: float = Field(0.90, ge=0, le=1, description="the same for questions and ideas said to nobody")
    unsure: float = Field(0.35, ge=0, le=1, description="below this it does not guess at all")
    quiet_from: int = Field(22, ge=0, le=23, description="local hour from which only the urgent is sent")
    quiet_to: int = Field(8, ge=0, le=23, description="local hour until which only the urgent is sent")
    group_rate: int = Field(60, ge=1, description="most messages a minute of the bot into one group")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING, ERROR")

    @property
    def database(self) -> str:
        """The SQLAlchemy address in use."""
        return self.database_url or f"sqlite+aiosqlite:///{self.var / 'linan.db'}"

    @property
    def public_url(self) -> str:
        """Where residents and staff find the pages, without a trailing slash."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")


def read_settings() -> Settings:
    """Read the environment once; every wrong value is reported together. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"LINAN_{e['loc'][0]!s}".upper() + f": {e['msg']}" for e in error.errors())
        raise SettingsError(wrong) from error
