"""A burst through OneBot and through the long connection of WeCom's AI bot, counted and checked.

python -m tests.benchmarks.bursts [--messages 10000] [--on onebot,bot]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from bot.channels.wecom.aibot_deps import Times
from tests.peers.bursts import through_bot, through_onebot
from tests.peers.town import open_town
from tests.peers.wecom_town import open_wecom


async def main(arguments: argparse.Namespace) -> None:
    """One line of JSON a channel; ends with an error where something was lost, said twice or too much."""
    for name in arguments.on.split(","):
        with tempfile.TemporaryDirectory() as folder:
            if name == "onebot":
                async with open_town(Path(folder)) as town:
                    counted = await through_onebot(town, arguments.messages)
            else:
                async with open_wecom(Path(folder), times=Times()) as bots:
                    await bots.connected()
                    counted = await through_bot(bots, arguments.messages)
        print(json.dumps({"channel": name, **asdict(counted)}, ensure_ascii=False), flush=True)
        counted.check(arguments.messages)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--on", default="onebot,bot")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(read_arguments()))
