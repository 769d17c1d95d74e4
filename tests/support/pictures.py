"""``python -m tests.support.pictures``: makes the README's pictures anew from a fresh demo installation."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw, ImageFilter
from playwright.async_api import Page, expect

from tests.needs import ROOT
from tests.support.browser import (
    PHONE,
    People,
    Resident,
    Staff,
    free_port,
    installation,
    linan,
    people_of,
    settings_of,
)

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 200_000
PHONE_SCALE = 1.5


class Demo:
    """The printed accounts of a demo installation, and the people who hold them."""

    def __init__(self, people: People, printed: str) -> None:
        self.people, self._printed = people, printed

    async def resident(self, nickname: str, home: str) -> Resident:
        invite = re.search(r"/j/(\S+)", self._printed)
        assert invite is not None, self._printed
        return await self.people.resident(invite[1], nickname, home, PHONE_SCALE)

    async def staff(self, login: str, size: dict[str, int] | None = None) -> Staff:
        found = re.search(rf"^\s*{login}\s.*\s(\S+)$", self._printed, re.MULTILINE)
        assert found is not None, login
        if size is None:
            return await self.people.staff(login, found[1])
        return await self.people.staff(login, found[1], size, PHONE_SCALE)


async def make() -> None:
    """Tell the story of a broken lamp and keep four moments of it."""
    with TemporaryDirectory() as folder:
        environment = settings_of(Path(folder), free_port())
        linan("migrate", environment)
        printed = linan("demo", environment)
        async with installation(Path(folder), environment) as base, people_of(base) as people:
            await tell(Demo(people, printed))
            if people.watch.wrong:
                sys.exit("\n".join(people.watch.wrong))


async def tell(demo: Demo) -> None:
    aunt = await demo.resident("方阿婆", "3栋2单元")
    neighbour = await demo.resident("小柯", "3栋2单元")
    await aunt.say("楼道里的灯坏了，黑漆漆的，晚上都不敢出门")
    asked = await aunt.hears("哪个位置")
    await keep(aunt.page, "chat-phone")
    await asked.get_by_role("button", name="就是我家这栋").click()
    await aunt.hears("记好了")
    await neighbour.say("我家也是")
    await neighbour.hears("您家也算上了")
    await aunt.say("就是这里", dark_corridor())
    await expect(aunt.page.locator(".line--mine button.picture img")).to_have_js_property("complete", True)
    steward = await demo.staff("guanjia1")
    await steward.page.goto("/console/tickets?queue=team&sort=new")
    await steward.page.locator("a.trow", has_text="黑漆漆").click()
    await steward.move("受理")
    await aunt.hears("已受理")
    await steward.move("我来办")
    await steward.page.reload()
    await keep(steward.page, "ticket-desk")
    committee = await demo.staff("zhuren")
    await committee.page.goto("/console/tickets?queue=area")
    await keep(committee.page, "queue-desk")
    pocket = await demo.staff("zhuren", PHONE)
    await pocket.page.goto("/console/tickets?queue=area")
    await keep(pocket.page, "console-phone")


def dark_corridor() -> bytes:
    """What a phone sees at night where the lamp is broken."""
    night = Image.new("RGB", (900, 1200), (16, 17, 22))
    draw = ImageDraw.Draw(night)
    for step in range(9):
        edge, shade = 60 + step * 38, 46 - step * 4
        colour = (shade + 8, shade + 4, shade)
        draw.rectangle((edge, edge * 1.3, 900 - edge, 1200 - edge), outline=colour, width=10)
    draw.polygon(((0, 1200), (402, 796), (498, 796), (900, 1200)), fill=(38, 35, 32))
    draw.rectangle((404, 560, 496, 800), fill=(58, 52, 44))
    draw.ellipse((400, 90, 500, 150), fill=(92, 92, 88), outline=(120, 120, 112), width=4)
    out = io.BytesIO()
    night.filter(ImageFilter.GaussianBlur(3)).save(out, "JPEG", quality=80)
    return out.getvalue()


async def keep(page: Page, name: str) -> None:
    """A picture of what is on the screen, small enough for a page."""
    await page.evaluate("document.fonts.ready")
    await page.wait_for_timeout(500)
    taken = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    path = FOLDER / f"{name}.png"
    taken.quantize(160, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    sys.stdout.write(f"{name}.png  {taken.width}×{taken.height}  {size // 1024} KB\n")
    if size > MOST_BYTES:
        sys.exit(f"{path.name} is too large")


if __name__ == "__main__":
    asyncio.run(make())
