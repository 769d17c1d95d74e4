"""`make run` and its parts: from a fresh machine to a bot that answers."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from tools import assets, environments, installation, serve
from tools.environments import BOT, DEV, RASA, Environment
from tools.machine import SetupError, check_folder, check_port, folder_advice, read_port
from tools.progress import Step, Steps

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / ".tools" / "setup.log"
BOT_NAME = "机器人环境 the bot's environment"
RASA_NAME = "Rasa 环境 Rasa's environment"
ASSETS_NAME = "页面资源 assets of the pages"
TRAIN_NAME = "训练模型 the model"


@contextmanager
def alone() -> Iterator[None]:
    """Two set-ups in one folder wait for each other."""
    (ROOT / ".tools").mkdir(exist_ok=True)
    with (ROOT / ".tools" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_environment(step: Step, environment: Environment) -> None:
    """Build an environment unless it is as its lock says."""
    if environments.is_built(ROOT, environment):
        step.ready()
    else:
        environments.build(ROOT, environment, LOG)


def build_assets(step: Step) -> None:
    """Fetch the assets unless they are as their lock says."""
    if assets.is_built(ROOT):
        step.ready()
    else:
        assets.build(ROOT, LOG)


def train(step: Step) -> None:
    """Train the model unless it is newer than its data."""
    if installation.own_model():
        step.result("使用指定的模型 the installation names its own")
    elif installation.is_trained(ROOT):
        step.ready()
    else:
        installation.train(ROOT, LOG)


def check_machine(host: str, port: int | None) -> None:
    """Everything that can be known to fail before anything is built."""
    check_folder(ROOT / ".tools")
    check_folder(installation.var_folder(ROOT))
    if port is not None:
        check_port(host, port)


def run(port_text: str) -> int:
    """All seven steps, then serve until somebody ends it."""
    began = time.monotonic()
    host = os.environ.get("LINAN_HOST") or "127.0.0.1"
    port = read_port(port_text)
    os.environ.update(LINAN_HOST=host, LINAN_PORT=str(port))  # the demo prints its links with them
    steps = Steps(7)
    with steps.step("检查机器 this machine"):
        check_machine(host, port)
    with alone():
        accounts = prepare(steps)
    # 0.0.0.0 and :: are no addresses to visit
    url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
    with steps.step("启动 serving") as step:
        child = serve.start(ROOT, {"LINAN_HOST": host, "LINAN_PORT": str(port)})
        child.wait_until_ready(url)
        step.result(f"就绪 ready, {time.monotonic() - began:.1f} s in all")
    print_links(url, accounts)
    return child.stay()


def prepare(steps: Steps) -> str:
    """Steps 2 to 6; returns what the demo printed, if it was loaded now."""
    with steps.step(BOT_NAME) as step:
        build_environment(step, BOT)
    with steps.step(RASA_NAME) as step:
        build_environment(step, RASA)
    with steps.step(ASSETS_NAME) as step:
        build_assets(step)
    with steps.step(TRAIN_NAME) as step:
        train(step)
    with steps.step("数据库 the database") as step:
        if installation.is_migrated(ROOT):
            step.ready()
        else:
            installation.migrate(ROOT, LOG)
        if installation.wants_demo(ROOT):
            accounts = installation.load_demo(ROOT, LOG)
            step.result("完成，已载入示范社区 done, demo community loaded")
            return accounts
    return ""


def print_links(url: str, accounts: str) -> None:
    """Where to go now."""
    print(f"\n  群聊 chat       {url}/\n  控制台 console  {url}/console")
    print(f"\n{accounts}\n" if accounts else "")
    print("  按 Ctrl-C 停止 · Ctrl-C stops it", flush=True)


def build(parts: list[str]) -> int:
    """Build some parts and stop: env, assets, train."""
    todo = {
        "env": [(BOT_NAME, lambda step: build_environment(step, DEV))],
        "rasa": [(RASA_NAME, lambda step: build_environment(step, RASA))],
        "assets": [(ASSETS_NAME, build_assets)],
        "train": [(TRAIN_NAME, train)],
    }
    wanted = [job for part in parts for job in todo[part]]
    check_machine("127.0.0.1", None)
    steps = Steps(len(wanted))
    with alone():
        for name, work in wanted:
            with steps.step(name) as step:
                work(step)
    return 0


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools.setup", description="Set up Linan on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run", help="build what is missing, then serve")
    runner.add_argument("--port", default=os.environ.get("PORT") or os.environ.get("LINAN_PORT") or "8080")
    builder = commands.add_parser("build", help="build some parts and stop")
    builder.add_argument("parts", nargs="+", choices=["env", "rasa", "assets", "train"])
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; one line on stderr and 2 when it cannot be done."""
    given = read_arguments(arguments)
    try:
        return run(given.port) if given.command == "run" else build(given.parts)
    except SetupError as error:
        sys.stderr.write(f"✗ {error}\n")
    except OSError as error:
        sys.stderr.write(f"✗ {folder_advice(Path(error.filename or ROOT), error)}\n")
    except KeyboardInterrupt:
        sys.stderr.write("✗ 已中断 · interrupted: the same command goes on where it stopped\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
