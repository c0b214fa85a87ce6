"""Every page, by day and by night, on a phone and a desk: no fault of WCAG 2.2 AA that axe-core can find."""

import hashlib
import re
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ingest.contract.messages import Outcome
from ingest.search.audits import Found
from ingest.search.question import Grounds, Question
from ingest.search.samples import Kind
from tests.ingest.web.asking import asked, form, trusted_officer

pytestmark = pytest.mark.browser

VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

STRANGER = "stranger"
PAGES = [
    (STRANGER, "/sign-in"),
    ("footage", "/"),
    ("footage", "/own-account"),
    ("footage", "/second-factor/set-up"),
    ("patrol", "/patrol"),
    ("patrol", "/patrol/alerts/{alert}"),
    ("patrol", "/patrol/older"),
    ("patrol", "/patrol/older?answered=true"),
    ("patrol", "/lists"),
    ("patrol", "/nowhere"),
    ("list-manager", "/lists"),
    ("list-manager", "/lists/{list}"),
    ("list-manager", "/authorities/{draft}"),
    ("authorising-officer", "/authorities/queue"),
    ("authorising-officer", "/authorities/{waits}"),
    ("investigator", "/authorities/new?kind=face-deployment"),
    ("investigator", "/search"),
    ("investigator", "/search/{search}"),
    ("oversight", "/"),
    ("auditor", "/audits"),
    ("auditor", "/audits/{audit}"),
    ("auditor", "/audits/{found_audit}"),
    ("oversight", "/oversight"),
    ("oversight", "/retention"),
    ("oversight", "/retention/rules"),
    ("oversight", "/items/{alert}"),
    ("oversight", "/authorities"),
    ("oversight", "/authorities/{used}"),
    ("oversight", "/samples"),
    ("oversight", "/samples/{announced}"),
    ("oversight", "/samples/{searches}"),
    ("oversight", "/samples/{alerts}"),
    ("admin", "/service"),
    ("admin", "/authorities/keys"),
]


@pytest.fixture
def filled(served: Any, spool: Any) -> dict[str, str]:
    """Something on every page."""
    house = served.house
    made = house.make_list()
    entry = house.add(made.list_id)
    plain = house.add(made.list_id, "LD70XYZ", risk_warnings=(), marker="", action="")
    house.centre.lists.publish(made.list_id, "list-manager")
    answered, waiting = spool.hit(made.list_id, plain.entry_id), spool.hit(made.list_id, entry.entry_id)
    again = spool.hit(made.list_id, entry.entry_id)
    spool.seq += 3
    for message in (answered, waiting, again, spool.read(), spool.read().model_copy(update={"seq": 1})):
        house.take(message)
    house.centre.alerts.answer(answered.body.hit_id, Outcome.MISREAD, house.person("patrol"))
    now = house.clock()
    question = Question(now - timedelta(days=7), now + timedelta(days=1), ("AB12CDE",))
    grounds = Grounds("crime", "CR/4411/26", "DI Drawn")
    found = house.centre.searches.ask(question, grounds, house.person("investigator"))
    assert found.results
    trusted_officer(house)
    manager = house.browser("list-manager")
    authorities = {
        "used": str(house.grants.id_of(made.authority)),
        "draft": id_in(manager.post("/authorities/new", data=form(house, days=400)).headers["location"]),
        "waits": id_in(asked(house, manager)),
    }
    ids = {"list": made.list_id, "alert": answered.body.hit_id, "search": found.search_id}
    ids |= audited(house) | sampled(house)
    return authorities | {name: str(each) for name, each in ids.items()}


def id_in(path: str) -> str:
    return path.rsplit("/", 1)[1]


def audited(house: Any) -> dict[str, UUID]:
    """Of three searches one whose finding is said, and one that waits for it; the third has no auditor."""
    investigator, auditor = house.person("investigator"), house.person("auditor")
    now = house.clock()
    for reference in ("CR/4412/26", "CR/4413/26"):
        question = Question(now - timedelta(days=9), now - timedelta(days=1), ("LD70XYZ",))
        house.centre.searches.ask(question, Grounds("crime", reference, "DI Drawn"), investigator)
    found, waiting, _ = (audit.audit_id for audit in house.centre.audits.draw(3, auditor))
    for audit_id in (found, waiting):
        house.centre.audits.assign(audit_id, "auditor", auditor)
    house.centre.audits.find(found, Found.NOT_JUSTIFIED, "there is no such crime report", auditor)
    return {"found_audit": found, "audit": waiting}


def sampled(house: Any) -> dict[str, UUID]:
    """A sample that is only announced, and one of each kind that is open."""
    house.clock.forward(seconds=1)
    overseer, samples, now = house.person("oversight"), house.centre.samples, house.clock()
    kinds = {"announced": Kind.SEARCHES, "searches": Kind.SEARCHES, "alerts": Kind.ALERTS}
    made = {
        name: samples.announce(kind, "quarterly look", 5, now - timedelta(days=1), now, overseer).sample_id
        for name, kind in kinds.items()
    }
    for name in ("searches", "alerts"):
        opened = samples.open(made[name], "shutter lamp", overseer)
        assert opened.searches or opened.alerts
    return made


def test_axe_is_the_file_that_its_note_says() -> None:
    noted = re.search(r"`([0-9a-f]{64})`", (VENDOR / "README.md").read_text())
    assert noted is not None
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == noted[1]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_no_page_has_a_fault(served: Any, open_window: Any, filled: dict[str, str], scheme: str, width: int) -> None:
    found: list[str] = []
    for who, visits in groupby(PAGES, key=lambda visit: visit[0]):
        # The pages' own policy keeps a foreign script out, as it should: here it is lifted for axe alone.
        window = open_window(width, 800, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
        if who != STRANGER:
            window.enter(who)
        for _, pattern in visits:
            window.page.goto(served.address + pattern.format(**filled))
            found += [f"{who} {pattern}: {fault}" for fault in faults(window.page, width)]
        window.page.context.close()
    assert found == []


def faults(page: Any, width: int) -> list[str]:
    """What axe finds, with everything that can be opened open, and whether the page is wider than the screen."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    page.add_script_tag(path=str(AXE))
    report = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES)
    assert len(report["passes"]) > 10, "axe looked at too little"
    found = [
        f"{fault['id']} ({fault['help']}) at {[node['target'] for node in fault['nodes']][:3]}"
        for fault in report["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"{wide} px wide on a screen of {width}"] if wide > width else found
