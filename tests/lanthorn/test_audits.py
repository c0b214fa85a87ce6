"""`lanthorn audit`, command by command, against a real centre: audits, samples, figures."""

from collections.abc import Iterator

import pytest

from governance.roles import Role
from lanthorn.errors import CentreRefused
from tests.lanthorn.site import Site, opened

SEARCH = ("search", "make", "--purpose", "crime", "--reference", "CR/4411/26", "--for", "DI Drawn")
PAST = ("--from", "2026-11-20", "--until", "2026-11-22")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site")) as site:
        for vrm in ("XY22ABC", "XY22ABD"):
            site.run(*SEARCH, *PAST, "--vrm", vrm, user="investigator")
        site.house.clock.forward(minutes=1)
        yield site


def test_a_search_is_drawn_assigned_looked_at_and_found(site: Site) -> None:
    site.house.centre.accounts.create("both", "Drawn both", {Role.AUDITOR, Role.INVESTIGATOR}, None, "system:test")
    (drawn, _) = site.json("audit", "draw", "--number", "5", user="auditor")
    audit = drawn["audit_id"]
    with pytest.raises(CentreRefused, match="assigned to you"):
        site.run("audit", "show", audit, user="auditor")
    with pytest.raises(CentreRefused, match="may audit searches"):
        site.run("audit", "assign", audit, "investigator", user="auditor")
    site.run("audit", "assign", audit, "auditor", user="auditor")
    shown = site.run("audit", "show", audit, user="auditor").stdout
    assert "with auditor" in shown
    assert "by investigator for DI Drawn; crime, CR/4411/26; reads recent" in shown
    assert "marks: XY22AB" in shown
    assert audit in site.run("audit", "list", "--waiting", user="auditor").stdout
    find = ("audit", "find", audit, "in-order")
    with pytest.raises(CentreRefused, match="looks like a registration mark"):
        site.run(*find, "--words", "XY22 ABC and XY22 ABD were in the case file", user="auditor")
    site.run(*find, "--words", "the case file has it", user="auditor")
    with pytest.raises(CentreRefused, match="has its finding already"):
        site.run(*find, "--words", "once more", user="auditor")
    said = site.run("audit", "list", user="auditor").stdout
    assert f"{audit}  drawn 2026-11-23 03:05:05 GMT  in-order, says auditor\n    the case file has it" in said
    assert audit not in site.run("audit", "list", "--waiting", user="auditor").stdout
    assert "none: every search" in site.run("audit", "draw", "--number", "1", user="auditor").stderr


def test_a_sample_is_announced_opened_once_and_looked_at_again(site: Site) -> None:
    announce = ("audit", "sample", "announce", "searches", "--reason", "yearly look", "--number", "1", "--from")
    with pytest.raises(CentreRefused, match="is over"):
        site.run(*announce, "2026-11-23", "--until", "2026-11-23", user="oversight")
    times = ("2026-11-23", "--until", "2026-11-23T03:05")
    sample = site.json(*announce, *times, user="oversight")["sample_id"]
    assert "announced, not opened" in site.run("audit", "sample", "list", user="oversight").stdout
    open_ = ("audit", "sample", "open", sample, "--word")
    with pytest.raises(CentreRefused, match="8 to 500 characters"):
        site.run(*open_, "lamp", user="oversight")
    said = site.run(*open_, "lamplight", user="oversight").stdout
    assert "marks: XY22AB" in said
    with pytest.raises(CentreRefused, match="open already"):
        site.run(*open_, "lamplight", user="oversight")
    assert site.run("audit", "sample", "show", sample, user="oversight").stdout == said
    empty = site.json(*announce, "2026-11-01", "--until", "2026-11-02", user="oversight")["sample_id"]
    assert (
        "nothing was drawn"
        in site.run("audit", "sample", "open", empty, "--word", "candlestick", user="oversight").stdout
    )


def test_figures_are_by_person(site: Site) -> None:
    said = site.run("audit", "figures", user="oversight").stdout
    assert said.startswith("investigator: 2 searches (2 without result, 0 older, 0 repeated,")


def test_who_may_not_is_refused(site: Site) -> None:
    for words, user in (
        (("audit", "list"), "investigator"),
        (("audit", "draw", "--number", "1"), "oversight"),
        (("audit", "sample", "list"), "auditor"),
        (("audit", "figures"), "investigator"),
    ):
        with pytest.raises(CentreRefused, match="403"):
            site.run(*words, user=user)
