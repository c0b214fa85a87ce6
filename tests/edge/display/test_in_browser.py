"""The display in a real browser: what no other client checks is what a browser sends, runs and refuses."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from edge.counters import Counters
from edge.display.app import Strip
from edge.display.display import Display
from edge.settings import DisplaySettings
from ingest.contract.messages import Answer

pytestmark = pytest.mark.browser

TAP_PX = 56
"""A gloved finger."""


@pytest.fixture
def told() -> list[Answer]:
    return []


@pytest.fixture
def display(tmp_path: Path, clock: Any, told: list[Answer]) -> Iterator[Display]:
    opened = Display.open(
        DisplaySettings(port=0),
        tmp_path,
        "car-1",
        clock,
        Counters(),
        strip=lambda: Strip(connected=False, waiting=0, pending=0, lists=(), at=clock.now()),
        tell=told.append,
    )
    opened.start()
    yield opened
    opened.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(color_scheme="dark")
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    yield opened
    context.close()


def test_from_the_link_to_the_answer(page: Page, display: Display, told: list[Answer], bodies: Any) -> None:
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(display.link)
    page.fill("#officer", "PC 1234")
    page.click("text=Begin shift")
    page.wait_for_selector("text=On shift: PC 1234")
    page.wait_for_load_state("load")
    match = bodies.match()
    hit = bodies.hit(match)
    shown = threading.Thread(target=display.show, args=(hit, match, ()))
    shown.start()
    page.wait_for_selector("#waiting .card >> text=Firearms")
    shown.join()

    heights = page.eval_on_selector_all(
        "button, input, summary", "all => all.filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= TAP_PX
    page.wait_for_function("() => document.querySelector('.alert.new') !== null")
    page.click("button.tap.stopped", delay=800)
    page.wait_for_selector(".given >> text=PC 1234")

    assert [(answer.hit_id, answer.outcome, answer.answered_by) for answer in told] == [
        (hit.hit_id, "stopped", "PC 1234")
    ]
    assert faults == []
    assert {url.split("/")[2] for url in asked} == {display.link.split("/")[2]}


def test_how_sure_the_reading_is_and_its_patch_stand_above_the_answers_at_once(
    page: Page, display: Display, bodies: Any
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(display.link)
    page.fill("#officer", "PC 1234")
    page.click("text=Begin shift")
    page.wait_for_selector("text=On shift: PC 1234")
    match, a_pass = bodies.match(), bodies.a_pass()
    display.show(bodies.hit(match, a_pass.read.images), match, a_pass.pictures)
    page.wait_for_selector("#waiting .card")
    top = page.locator(".answer").bounding_box()
    assert top is not None
    for part in (".sure-figure", ".plate_patch"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= top["y"], part


def test_dark_where_the_system_is_dark_and_a_button_for_the_other(page: Page, display: Display) -> None:
    page.goto(display.link)
    background = "() => getComputedStyle(document.body).backgroundColor"
    night = page.evaluate(background)

    page.click("[data-theme-toggle]")

    assert sum(map(int, night[4:-1].split(","))) < 100
    assert page.evaluate(background) != night
