"""The main job, from a granted authority and a published list to an officer's answer, with every check on it."""

import json
from pathlib import Path

from playwright.sync_api import Browser

from tests.journeys.driving import LIST, EdgeRun, Site, sign_in, wait_until
from tests.journeys.office import enrol, grant_lists

WATCH_FOR_ALERT = """() => {
  window.seenAt = null;
  const look = () => {
    if (window.seenAt === null && document.querySelector('article.card')) window.seenAt = Date.now();
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  look();
}"""


def make_list(site: Site, authority: str, rows: str = LIST, name: str = "wanted") -> None:
    """Make a list of the rows of a CSV file, and publish it, as a list manager does."""
    (site.folder / "list.csv").write_text(rows)
    given = ("--purpose", "Wanted drivers", "--owner", "CID Camden", "--authority", authority)
    site.lanthorn("list", "create", name, *given, user="lister")
    site.lanthorn("list", "import", name, "list.csv", user="lister")
    site.lanthorn("list", "publish", name, user="lister")


def read_to_answer(site: Site, browser: Browser, source: Path) -> str:
    """Do the main job, with every check on it, and give what the issue asks to be printed: the time to the page."""
    site.lanthorn("account", "add", "patrol", "--role", "patrol", "--display-name", "PC Patrol")
    site.lanthorn("account", "add", "lister", "--role", "list-manager")
    site.serve()
    reference = grant_lists(site, "wanted")
    enrol(site)
    make_list(site, reference)
    page = sign_in(browser, site, "patrol")
    page.goto(f"{site.address}/patrol")
    page.evaluate(WATCH_FOR_ALERT)

    edge = EdgeRun(site, source, "--paced")
    ended = edge.end()
    card = page.locator("article.card").first
    card.wait_for(timeout=10_000)
    assert [read["mark"] for read in edge.reads] == ["YS70PLM"]
    assert len(edge.hits) == 1

    # Everything the officer needs, risk first.
    said = card.inner_text()
    order = [said.index(part) for part in ("VIOLENT", "WANTED", "Driver wanted for assault", "Stop with support")]
    assert order == sorted(order)
    for part in ("MAY CARRY A KNIFE", "AUTH/2026/17", "wanted, version 1", "likely to be the listed vehicle"):
        assert part in said
    wait_until(lambda: card.locator("img.picture").count() == 2, 10, "both pictures are on the card")
    for picture in card.locator("img.picture").all():
        picture.scroll_into_view_if_needed()
        wait_until(lambda p=picture: p.evaluate("img => img.naturalWidth > 0"), 10, "the picture is shown")

    card.get_by_role("button", name="Stopped").click()
    page.get_by_text("by PC Patrol").first.wait_for()

    ((outcome, answered_at),) = site.rows("SELECT outcome, answered_at FROM answer")
    assert outcome == "stopped"
    assert answered_at > 0
    assert site.count("quarantine") == 0

    verified = json.loads(site.lanthorn("verify", "--json").stdout)
    assert verified["whole"], verified
    assert ended["waiting"] == 0
    assert ended["received"] == ended["made"]

    log = site.log_text()
    for act in ("authority.grant", "list.create", "list.import", "list.publish", "alert.raise", "alert.answer"):
        assert f'"act":"{act}' in log, f"{act} is not in the log"
    assert "YS70" not in log
    assert "AUTH/2026/17" in log
    assert reference in log

    captured = page.locator("article.card time").first.get_attribute("datetime")
    frame_to_page_ms = page.evaluate("at => window.seenAt - Date.parse(at)", captured)
    return (
        f"from the frame of the plate patch to the page: {frame_to_page_ms:.0f} ms"
        f" (from the last frame read until the read was told: {edge.reads[0]['capture_to_told_ms']} ms)"
    )
