"""docker-compose.yml as data, and the settings it gives each service, for processes on this machine."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.needs import ROOT, redis_url

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


def make_env_file() -> dict[str, str]:
    """The variables somebody has to fill in."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {"POSTGRES_PASSWORD": "unused", "LINAN_SECRET_KEY": key}


def settings_of(service: str, env_file: dict[str, str]) -> dict[str, str]:
    """The environment Compose would give that service, with the variables of its .env filled in."""

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        assert name in env_file or kind == "-", f"{name} must be in .env: {rest}"
        return env_file.get(name) or (rest if kind == "-" else "")

    block = SERVICES[service]["environment"]
    return {name: VARIABLE.sub(fill, str(value)) for name, value in block.items()}


def on_this_machine(settings: dict[str, str], postgres: str) -> dict[str, str]:
    """The same settings with the hosts that only Compose's network knows put in place."""
    assert urlsplit(settings["LINAN_DATABASE_URL"])._replace(netloc="").geturl().startswith("postgresql+asyncpg:")
    assert urlsplit(settings["LINAN_DATABASE_URL"]).hostname in SERVICES
    assert urlsplit(settings["LINAN_REDIS_URL"]).hostname in SERVICES
    own = {"LINAN_DATABASE_URL": postgres, "LINAN_REDIS_URL": redis_url()}
    listening = {name: settings[name] for name in ("LINAN_HOST", "LINAN_PORT")}
    assert listening == {"LINAN_HOST": "0.0.0.0", "LINAN_PORT": "8080"}  # each container has its own
    return {name: value for name, value in settings.items() if name not in listening} | own


def shared_settings(postgres: str, *services: str) -> dict[str, str]:
    """What these services get: one block for all."""
    env_file = make_env_file()
    first, *others = (on_this_machine(settings_of(service, env_file), postgres) for service in services)
    assert all(other == first for other in others)
    return first
