"""`linan` as a user meets it: help that reads well, and for each mistake one line on stderr and exit code 2."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.__main__ import build_parser
from bot.cli.parsing import BadLine, parse_lines
from bot.storage.engine import Database
from bot.storage.migrate import migrate
from tests.needs import ROOT
from tests.support.processes import Result, free_port, run_bot
from tests.support.world import make_settings

COMMANDS = tuple("run web worker scheduler migrate demo train eval lint parse route tally admin".split())


def check_one_line(result: Result, code: str, *words: str) -> None:
    """Exit code 2, nothing on stdout, one line on stderr with the code at its end."""
    assert result.code == 2, result
    assert len(result.err_lines) == 1, result.err
    assert result.err.startswith("linan: ")
    assert result.err.endswith(f"[{code}]\n")
    for word in words:
        assert word in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        build_parser().parse_args([command, "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr()
    assert shown.out.startswith(f"usage: linan {command}")
    assert "LINAN_" in shown.out  # where settings come from
    assert shown.err == ""
    assert max(map(len, shown.out.splitlines())) <= 100


async def test_the_help_of_all_names_every_command() -> None:
    shown = await run_bot("--help")
    assert shown.code == 0
    for command in COMMANDS:
        assert f"\n    {command} " in shown.out


@pytest.mark.parametrize("arguments", [(), ("dance",), ("run", "--faster"), ("admin", "create")])
async def test_a_command_that_is_none_is_refused(arguments: tuple[str, ...]) -> None:
    result = await run_bot(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert "usage: linan" in result.err


async def test_parse_reads_json_lines_and_writes_one_for_each() -> None:
    given = ["3栋电梯又停了", "今晚吃什么", "", "😀😀", "着火了！5栋2单元冒烟", "长" * 100_000, "\u0000\ud800"]
    lines = "\n\n".join(json.dumps({"text": said}) for said in given)
    result = await run_bot("parse", given=lines.encode())
    assert result.code == 0, result.err
    parsed = [json.loads(line) for line in result.out.splitlines()]
    assert len(parsed) == len(given)
    for one in parsed:
        assert set(one) == {"intent", "confidence", "category", "entities", "speak"}
        assert 0 <= one["confidence"] <= 1
    assert parsed[0]["entities"]["building"] == "3栋"
    assert (parsed[4]["intent"], parsed[4]["speak"]) == ("emergency", True)


BAD_LINES = ("{", "[]", '"x"', '{"text": 1}', '{"txt": "x"}', "\ufffd", "\x00", "[" * 100_000, "1e999", "NaN")


def test_parse_names_every_line_it_cannot_read() -> None:
    for bad in BAD_LINES:
        with pytest.raises(BadLine, match="line 2 "):
            parse_lines(make_settings(ROOT / "var"), ['{"text": "hi"}', bad], io.StringIO())


async def test_a_bad_line_ends_parse_with_one_line() -> None:
    result = await run_bot("parse", given=b'{"text": "hi"}\n\xff\xfe\n')
    check_one_line(result, "bad_line", "line 2")


async def test_a_database_that_was_never_migrated_says_what_to_do(tmp_path: Path) -> None:
    result = await run_bot("run", LINAN_VAR=str(tmp_path), LINAN_PORT=str(free_port()))
    check_one_line(result, "storage_error", "migrate")


async def test_a_database_of_another_version_is_not_touched(tmp_path: Path) -> None:
    await migrate(make_settings(tmp_path).database)
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'linan.db'}")
    async with db.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await db.close()
    for command in ("run", "migrate"):
        result = await run_bot(command, LINAN_VAR=str(tmp_path), LINAN_PORT=str(free_port()))
        check_one_line(result, "storage_error", "9999")


async def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "linan.db").write_bytes(b"this is no database" * 1000)
    for command in ("migrate", "run"):
        result = await run_bot(command, LINAN_VAR=str(tmp_path), LINAN_PORT=str(free_port()))
        check_one_line(result, "storage_error")


async def test_a_database_server_that_is_away_is_named(tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://linan:hidden-word@127.0.0.1:{free_port()}/linan"
    for command in ("migrate", "worker"):
        result = await run_bot(command, LINAN_VAR=str(tmp_path), LINAN_DATABASE_URL=url)
        check_one_line(result, "storage_error")
        assert "hidden-word" not in result.err


async def test_an_address_that_is_no_database_is_named(tmp_path: Path) -> None:
    for url in ("nonsense", "mysql+aiomysql://x/y", "postgresql://127.0.0.1/x"):
        result = await run_bot("migrate", LINAN_VAR=str(tmp_path), LINAN_DATABASE_URL=url)
        check_one_line(result, "bad_settings", "LINAN_DATABASE_URL")


async def test_wrong_settings_are_told_together() -> None:
    result = await run_bot("run", LINAN_PORT="eighty", LINAN_SURE="2", LINAN_GROUP_RATE="many")
    check_one_line(result, "bad_settings", "LINAN_PORT", "LINAN_SURE", "LINAN_GROUP_RATE")


async def test_a_log_level_that_is_none_is_told() -> None:
    check_one_line(await run_bot("parse", LINAN_LOG_LEVEL="LOUD"), "bad_settings", "LINAN_LOG_LEVEL")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


async def test_a_busy_port_says_what_to_do(tmp_path: Path, busy_port: int) -> None:
    await migrate(make_settings(tmp_path).database)
    result = await run_bot("web", LINAN_VAR=str(tmp_path), LINAN_PORT=str(busy_port))
    check_one_line(result, "port_busy", str(busy_port), "LINAN_PORT")


async def test_a_model_that_is_missing_or_broken_says_what_to_do(tmp_path: Path) -> None:
    await migrate(make_settings(tmp_path).database)
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no archive")
    for model in ("", str(broken), str(tmp_path / "away.tar.gz")):
        result = await run_bot("worker", LINAN_VAR=str(tmp_path), LINAN_MODEL=model)
        check_one_line(result, "understand_error")


async def test_a_data_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = await run_bot("worker", LINAN_VAR=str(tmp_path), LINAN_DATA=str(tmp_path / "away"))
    assert result.code == 2
    assert len(result.err_lines) == 1
    assert "away" in result.err


async def test_a_folder_that_may_not_be_written_is_named() -> None:
    result = await run_bot("migrate", LINAN_VAR="/sys/linan")  # not even root may
    assert result.code == 2
    assert len(result.err_lines) == 1
    assert "/sys/linan" in result.err


async def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("x")
    result = await run_bot("migrate", LINAN_VAR=str(tmp_path / "var"))
    assert result.code == 2
    assert len(result.err_lines) == 1
    assert str(tmp_path / "var") in result.err


async def test_a_demo_is_not_loaded_into_a_used_database(tmp_path: Path) -> None:
    await migrate(make_settings(tmp_path).database)
    create = ("admin", "create", "--login", "boss", "--community", "和平社区", "--password-stdin")
    assert (await run_bot(*create, given=b"a-Long-enough-9\n", LINAN_VAR=str(tmp_path))).code == 0
    again = await run_bot(*create, given=b"a-Long-enough-9\n", LINAN_VAR=str(tmp_path))
    check_one_line(again, "cannot_create", "boss")
    easy = await run_bot(*create[:-1], "--password-stdin", given=b"boss\n", LINAN_VAR=str(tmp_path))
    check_one_line(easy, "cannot_create", "password")
    result = await run_bot("demo", LINAN_VAR=str(tmp_path))
    assert result.code == 2
    assert len(result.err_lines) == 1


def test_the_command_is_what_the_readme_calls_it() -> None:
    assert build_parser().prog == "linan"
    assert (ROOT / "linan").exists()
