"""``linan`` (``python -m bot``): the command line."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.cli import (
    admin,
    demo,
    drawing,
    evaluating,
    guides,
    linting,
    pairs,
    parsing,
    routing,
    serving,
    tally,
    training,
)
from bot.errors import LinanError
from bot.logs import set_up_logs
from bot.settings import Settings, read_settings
from bot.storage.migrate import migrate_now

EPILOG = "Settings come from the environment (LINAN_…); the README lists them."
Command = Callable[[Settings, argparse.Namespace], int | None]  # an exit code, where it is not 0


class _Help(argparse.HelpFormatter):
    """Each command and what it does on one line."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)
        self._action_max_length = 13  # argparse forgets how far the names of commands are indented


def build_parser() -> argparse.ArgumentParser:
    """The command line as `--help` shows it."""
    parser = argparse.ArgumentParser(
        prog="linan",
        description="Linan 邻安: residents say it in the group, and somebody comes back.",
        epilog=EPILOG,
        formatter_class=_Help,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(commands, "run", "serve everything in one process: pages, worker, clock", _serve(serving.EVERYTHING))
    _add(commands, "web", "serve the pages only", _serve((serving.WEB,)))
    _add(commands, "worker", "understand, act and deliver only", _serve((serving.WORKER,)))
    _add(commands, "scheduler", "ring the clock only", _serve((serving.SCHEDULER,)))
    _add(commands, "migrate", "bring the database to the version of this code", _migrate)
    _add(commands, "demo", "load the demo community into an empty database and print its accounts", _demo)
    _add_train(commands)
    _add_eval(commands)
    _add_lint(commands)
    _add_pairs(commands)
    _add(commands, "guides", "look through the guides that ship and keep the vectors of their questions", _guides)
    _add(commands, "parse", 'JSON lines {"text": …} on stdin, one JSON line each on stdout', _parse)
    _add_route(commands)
    _add_tally(commands)
    _add_draw(commands)
    _add_admin(commands)
    return parser


def _add(commands: argparse._SubParsersAction, name: str, what: str, run: Command) -> argparse.ArgumentParser:  # type: ignore[type-arg]
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=what, description=what, epilog=EPILOG, formatter_class=_Help
    )
    command.set_defaults(run=run)
    return command


def _add_tally(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    command = _add(commands, "tally", "count the file of a ballot again and say whether everything comes out", _tally)
    command.add_argument("file", type=Path, help="the file as it was published")
    command.add_argument("--digest", default="", help="as it was said in the group")
    command.add_argument("--code", default="", help="of a receipt: how that vote was counted")


def _tally(settings: Settings, arguments: argparse.Namespace) -> int:
    given = ["--digest", arguments.digest] if arguments.digest else []
    given += ["--code", arguments.code] if arguments.code else []
    try:
        return tally.main([str(arguments.file), *given])
    except (OSError, UnicodeDecodeError) as error:
        raise LinanError(f"cannot read {arguments.file}: {type(error).__name__}") from error


def _add_train(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    command = _add(commands, "train", "train the model with Rasa where its data is newer", _train)
    command.add_argument("--data", type=Path, help="folder or file: Rasa YAML, JSONL, CSV (default: data/nlu)")
    command.add_argument("--out", type=Path, help="archive to write (default: var/models/current.tar.gz)")


def _add_eval(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    command = _add(commands, "eval", "measure how well a model understands labelled sentences", _eval)
    command.add_argument("files", nargs="+", type=Path, help="folders or files: JSONL, CSV, Rasa YAML")
    command.add_argument("--model", type=Path, help="archive to measure (default: the one that is served)")
    command.add_argument("--compare", type=Path, metavar="OLD", help="archive to compare it with")
    command.add_argument("--out", type=Path, help="folder of the report (default: var/reports/TIME)")
    command.add_argument("--out-of-scope", metavar="LABEL", help="label of what is not for the service")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _add_lint(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    command = _add(commands, "lint", "look for mistakes in training sentences; 1 where there are any", _lint)
    command.add_argument("data", nargs="?", type=Path, help="folder or file (default: data/nlu)")
    command.add_argument("--against", nargs="+", type=Path, default=[], help="test sentences that must not leak in")
    command.add_argument("--json", action="store_true", help="print JSON instead of lines")


def _add_pairs(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    command = _add(commands, "pairs", "measure how well reports of the same fault are told from others", _pairs)
    command.add_argument("file", nargs="?", type=Path, help="pairs in JSONL (default: data/same/pairs.jsonl)")
    command.add_argument("--by-model", action="store_true", help="file them as the model does, not as they are marked")
    command.add_argument("--wrong", action="store_true", help="print the pairs that are judged wrongly")
    command.add_argument("--half", help="with --wrong: of this half only")


def _add_route(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    command = _add(commands, "route", "who would get a message by the responsibility list, and why", _route)
    command.add_argument("text", nargs="*", help="what a resident says")
    command.add_argument("--file", type=Path, help="one message a line (- for stdin)")
    command.add_argument("--tickets", action="store_true", help="the tickets of the last month instead")
    command.add_argument("--community", default="", help="name of the community, if there are several")
    command.add_argument("--place", default="", help="building or grid, whatever the message says")
    command.add_argument("--at", default="", help="when: 2026-12-31T23:00 (default: now)")
    command.add_argument("--against", type=int, default=0, metavar="N", help="compare with version N of the list")
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def _add_draw(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    command = _add(commands, "draw", "do the draw of a prize quiz again from its published file", _draw)
    command.add_argument("file", type=Path, help="draw-….json, as the quiz's page gives it")


def _add_admin(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    group = commands.add_parser("admin", help="accounts of administrators", epilog=EPILOG)
    sub = group.add_subparsers(dest="admin_command", required=True, metavar="COMMAND")
    create = _add(sub, "create", "create an administrator and, the first time, the community", _admin_create)
    create.add_argument("--login", required=True, help="name to sign in with")
    create.add_argument("--name", default="管理员", help="name shown to colleagues")
    create.add_argument("--community", required=True, help="name of the community")
    create.add_argument("--street", default="街道", help="name of the street above it")
    create.add_argument("--district", default="区", help="name of the district above that")
    create.add_argument("--password-stdin", action="store_true", help="read the password from stdin")


def _serve(kinds: tuple[str, ...]) -> Command:
    return lambda settings, _arguments: asyncio.run(serving.serve(settings, kinds))


def _migrate(settings: Settings, _arguments: argparse.Namespace) -> None:
    print(f"database is at version {migrate_now(settings.database)}")


def _demo(settings: Settings, _arguments: argparse.Namespace) -> None:
    print(asyncio.run(demo.load(settings)))


def _train(settings: Settings, arguments: argparse.Namespace) -> None:
    training.run(settings, arguments.data, arguments.out)


def _eval(settings: Settings, arguments: argparse.Namespace) -> None:
    print(evaluating.run(settings, arguments))


def _lint(settings: Settings, arguments: argparse.Namespace) -> int:
    return linting.run(settings, arguments, sys.stdout)


def _pairs(settings: Settings, arguments: argparse.Namespace) -> None:
    print(pairs.run(settings, arguments))


def _guides(settings: Settings, _arguments: argparse.Namespace) -> None:
    print(guides.run(settings))


def _parse(settings: Settings, _arguments: argparse.Namespace) -> None:
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    parsing.parse_lines(settings, sys.stdin, sys.stdout)


def _route(settings: Settings, arguments: argparse.Namespace) -> None:
    print(asyncio.run(routing.route(settings, arguments)))


def _draw(_settings: Settings, arguments: argparse.Namespace) -> int:
    return drawing.check(arguments.file, sys.stdout)


def _admin_create(settings: Settings, arguments: argparse.Namespace) -> None:
    print(asyncio.run(admin.create(settings, arguments)))


def main(given: Sequence[str] | None = None) -> int:
    """Run one command. Errors go to stderr in one line, with exit code 2."""
    arguments = build_parser().parse_args(given)
    try:
        settings = read_settings()
        set_up_logs(settings.log_level)
        return arguments.run(settings, arguments) or 0
    except LinanError as error:
        sys.stderr.write(f"linan: {error} [{error.code}]\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"linan: {error.strerror or error}: {error.filename or ''} [os_error]\n")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
