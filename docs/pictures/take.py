"""Takes the README's pictures: the demo's pages on drawn footage, in Chromium. Run by bin/pictures."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, sync_playwright

HERE: Final = Path(__file__).parent
HITS_WANTED: Final = 4
LIMIT_S: Final = 240

SIZES: Final = {"phone": (390, 844), "tablet": (1024, 768), "desktop": (1440, 900)}
SHOTS: Final = (
    ("the car's display", "", "car-display", "tablet", "night"),
    ("patrol officer", "", "patrol", "tablet", "night"),
    ("patrol officer", "", "patrol", "phone", "day"),
    ("list manager", "first list", "lists", "desktop", "day"),
    ("authorising officer", "first request", "authority", "desktop", "day"),
    ("investigator", "/search", "search", "desktop", "day"),
    ("oversight", "/retention", "retention", "desktop", "day"),
    ("oversight", "/oversight", "oversight", "desktop", "day"),
    ("administrator", "", "service", "desktop", "day"),
)
"""Whose link, which page behind it, and the picture's name, size and theme."""


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """Run the demo until there are hits; give the links by whose they are."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output.txt"
        with output.open("w") as file:
            child = subprocess.Popen(
                [sys.executable, "-m", "lanthorn", "demo", "--port", "0"], stdout=file, stderr=file
            )
        try:
            pause, deadline = threading.Event(), time.monotonic() + LIMIT_S
            while output.read_text().count("HIT") < HITS_WANTED:
                if child.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"the demo gave no {HITS_WANTED} hits:\n{output.read_text()}")
                pause.wait(0.5)
            text = output.read_text()
            yield {who: link for who, link in re.findall(r"^  (\S.*?)\s{2,}(http://\S+)$", text, re.MULTILINE)}
        finally:
            child.send_signal(signal.SIGINT)
            child.wait()


def shot(browser: Browser, link: str, where: str, name: str, size: str, theme: str) -> None:
    """Take one picture."""
    width, height = SIZES[size]
    scheme = "dark" if theme == "night" else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB")
    page = context.new_page()
    page.goto(link)
    if "display" in name:
        begin_shift(page)
    if where.startswith("/"):
        page.goto(urljoin(page.url, where))
    elif where == "first list":
        page.locator("main table a, main li a, main h2 a, main h3 a").first.click()
    elif where == "first request":
        page.goto(urljoin(page.url, "/authorities"))
        page.locator("main table a").first.click()
    page.wait_for_timeout(1_500)
    page.screenshot(path=HERE / f"{name}-{size}-{theme}.png")
    context.close()


def begin_shift(page: Page) -> None:
    """Say who is on shift, so that alerts can be answered."""
    page.get_by_role("textbox").first.fill("PC 1234 Demo")
    page.get_by_role("button", name="Begin shift").click()


def main() -> None:
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed: apt-get install chromium")
    with demo() as links, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--lang=en-GB"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for who, where, name, size, theme in SHOTS:
            shot(browser, links[who], where, name, size, theme)
        browser.close()


if __name__ == "__main__":
    main()
