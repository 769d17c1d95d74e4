"""Stamps: what is built is not built again, and what changed is."""

from __future__ import annotations

import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tools import assets, environments, installation, progress
from tools.environments import BOT, DEV
from tools.machine import SetupError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with locks, a bot environment that was built from bot.lock, and data to train from."""
    for name in ("LINAN_VAR", "LINAN_MODEL", "LINAN_NLU_URL", "LINAN_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, text in {
        "requirements/bot.lock": "a==1",
        "requirements/dev.lock": "a==1\nb==2",
        ".venv/bin/python": "",
        "data/nlu/greet.yml": "你好",
        "var/models/nlu.tar.gz": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    stamp(tmp_path, "bot")
    return tmp_path


def stamp(project: Path, name: str) -> None:
    """Say that the environment was built from this lock."""
    built_from = environments.digest(environments.lock_file(project, name))
    (project / ".venv" / environments.STAMP).write_text(built_from + "\n", encoding="utf-8")


def test_an_environment_as_its_lock_says_is_ready(project: Path) -> None:
    assert environments.is_built(project, BOT)


def test_a_changed_lock_is_noticed(project: Path) -> None:
    environments.lock_file(project, "bot").write_text("a==2", encoding="utf-8")
    assert not environments.is_built(project, BOT)


def test_the_tests_environment_serves_too_but_not_the_other_way(project: Path) -> None:
    assert not environments.is_built(project, DEV)
    stamp(project, "dev")
    assert environments.is_built(project, BOT)
    assert environments.is_built(project, DEV)


def test_an_environment_without_its_interpreter_is_built_anew(project: Path) -> None:
    (project / ".venv/bin/python").unlink()
    assert not environments.is_built(project, BOT)


def test_running_does_not_remove_what_tests_need(project: Path) -> None:
    assert environments.choose_lock(project, BOT).name == "bot.lock"
    (project / ".venv/bin/pytest").write_text("", encoding="utf-8")
    assert environments.choose_lock(project, BOT).name == "dev.lock"


def remember_training(project: Path) -> None:
    """Say that the model was trained from the data as it is now."""
    digest = installation.inputs_digest(project)
    (project / "var/models" / installation.STAMP).write_text(digest, encoding="utf-8")


def test_a_model_newer_than_its_data_is_kept(project: Path) -> None:
    assert not installation.is_trained(project)
    remember_training(project)
    assert installation.is_trained(project)


def test_a_new_example_asks_for_training(project: Path) -> None:
    remember_training(project)
    (project / "data/nlu/greet.yml").write_text("你好\n大家好", encoding="utf-8")
    assert not installation.is_trained(project)


def test_a_removed_model_asks_for_training(project: Path) -> None:
    remember_training(project)
    (project / "var/models/nlu.tar.gz").unlink()
    assert not installation.is_trained(project)


def test_the_demo_comes_with_a_new_database_only(project: Path) -> None:
    assert installation.wants_demo(project)
    (project / "var/linan.db").write_text("", encoding="utf-8")
    assert not installation.wants_demo(project)


def test_an_interrupted_demo_is_loaded_on_the_next_start(project: Path) -> None:
    (project / "var/linan.db").write_text("", encoding="utf-8")
    (project / "var" / installation.DEMO_WANTED).write_text("", encoding="utf-8")
    assert installation.wants_demo(project)


def test_no_demo_goes_into_a_database_of_ones_own(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINAN_DATABASE_URL", "postgresql+asyncpg://linan@db/linan")
    assert not installation.wants_demo(project)


def add_migration(project: Path, revision: str, down: str) -> None:
    """A migration as alembic writes it."""
    folder = project / "bot/storage/migrations/versions"
    folder.mkdir(parents=True, exist_ok=True)
    text = f"revision: str = '{revision}'\ndown_revision: str | None = {down}\n"
    (folder / f"{revision}_x.py").write_text(text, encoding="utf-8")


def make_database(project: Path, version: str) -> None:
    """A database that says it is of this version."""
    with closing(sqlite3.connect(project / "var/linan.db")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))


def test_a_database_of_the_newest_version_is_ready(project: Path) -> None:
    add_migration(project, "0001", "None")
    assert not installation.is_migrated(project)
    make_database(project, "0001")
    assert installation.is_migrated(project)


def test_a_new_migration_and_a_broken_database_are_migrated(project: Path) -> None:
    add_migration(project, "0001", "None")
    make_database(project, "0001")
    add_migration(project, "0002", "'0001'")
    assert installation.newest_migration(project) == "0002"
    assert not installation.is_migrated(project)
    (project / "var/linan.db").write_text("no database at all" * 100, encoding="utf-8")
    assert not installation.is_migrated(project)


def fill_modules(modules: Path) -> None:
    """All files that the pages need, as npm would lay them down."""
    for source, _ in assets.FILES:
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_text(source, encoding="utf-8")


def test_assets_are_replaced_as_a_whole(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    fill_modules(tmp_path / "modules")
    vendor.mkdir()
    (vendor / "old.js").write_text("", encoding="utf-8")
    assets.copy_files(tmp_path / "modules", vendor, "stamp")
    names = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert names == {target for _, target in assets.FILES} | {assets.STAMP}


def test_a_missing_asset_keeps_the_old_ones(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    fill_modules(tmp_path / "modules")
    assets.copy_files(tmp_path / "modules", vendor, "stamp")
    (tmp_path / "modules" / assets.FILES[0][0]).unlink()
    with pytest.raises(SetupError, match=r"is not in its npm package"):
        assets.copy_files(tmp_path / "modules", vendor, "newer")
    assert (vendor / assets.FILES[0][1]).is_file()
    assert (vendor / assets.STAMP).read_text(encoding="utf-8").strip() == "stamp"


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("error: failed to write: No space left on device (os error 28)", "disk is full"),
        ("error: Read-only file system (os error 30)", "cannot be written"),
        ("npm error code ENOTFOUND\nnpm error network request failed", "check the network"),
        ("cause: failed to lookup address information: dns error", "check the network"),
        ("The virtual environment was not created because ensurepip is not available.", "python3-venv"),
    ],
)
def test_a_tools_failure_becomes_advice(output: str, word: str) -> None:
    line = progress.explain(output)
    assert line is not None
    assert word in line


def test_a_failing_tool_gives_its_last_line_and_the_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('many words'); raise SystemExit('it broke')"]
    with pytest.raises(SetupError, match=r"^the tool: it broke \(log: ") as caught:
        progress.run_logged(command, tmp_path / "log", tmp_path, what="the tool")
    assert "\n" not in str(caught.value)
    assert "many words" in (tmp_path / "log").read_text(encoding="utf-8")


def test_every_step_has_its_line() -> None:
    out = io.StringIO()
    steps = progress.Steps(2, out)
    with steps.step("one") as step:
        step.ready()
    with pytest.raises(SetupError), steps.step("two"):
        raise SetupError("no")
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines == ["[1/2] one …", "[1/2] one: 已就绪 ready", "[2/2] two …", "[2/2] two: 失败 failed"]


def test_without_npm_and_its_wheel_node_is_asked_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock of the wheel names no package that exists, as on a machine that reaches no registry."""
    monkeypatch.setenv("PATH", str(project / "nowhere"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    lock = "no-such-wheel==1 --hash=sha256:" + "0" * 64
    (project / "requirements/node.lock").write_text(lock, encoding="utf-8")
    with pytest.raises(SetupError, match=r"install Node\.js 20 or newer") as caught:
        assets.get_npm(project, project / "log")
    assert "\n" not in str(caught.value)
