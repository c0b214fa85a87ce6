"""An authority is suspended: the centre withdraws the list by itself, a real car stops, and a person brings it back."""

from collections.abc import Callable
from pathlib import Path

import httpx2

from tests.journeys.driving import EdgeRun, Site, wait_until
from tests.journeys.main_job import make_list
from tests.journeys.office import enrol, grant_lists, take

EDGE = "lists_within_s = 10\ndrain_within_s = 60"


def display_of(edge: EdgeRun) -> str:
    with httpx2.Client(follow_redirects=True) as screen:
        return screen.get(edge.display).raise_for_status().text


def test_a_suspended_authority_stops_the_car_until_a_person_publishes_again(
    make_site: Callable[..., Site], still: Path
) -> None:
    site = make_site(edge=EDGE)
    site.lanthorn("account", "add", "lister", "--role", "list-manager")
    site.serve()
    enrol(site)
    reference = grant_lists(site, "wanted")
    make_list(site, reference)
    edge = EdgeRun(site, still, "--again").wait_reads(1)
    assert len(edge.reads[0]["hits"]) == 1

    take(site, reference, "suspend")
    wait_until(lambda: not edge.reads[-1]["hits"], 60, "the car matches no more")
    wait_until(lambda: "List wanted, version 2: no vehicle is on it" in display_of(edge), 60, "the list is withdrawn")
    wait_until(lambda: 2 in site.account().lists.values(), 60, "the centre knows that the car has let go of it")
    for act in ('"act":"authority.suspend"', '"act":"list.withdraw"', '"actor":"system:lists"'):
        assert act in site.log_text()

    refused = site.lanthorn("list", "publish", "wanted", user="lister", check=False)
    assert refused.returncode == 1
    assert "(403)" in refused.stderr
    assert "it is suspended" in refused.stderr

    # Resumed, it allows; it brings nothing back by itself.
    take(site, reference, "resume")
    before = len(edge.reads)
    edge.wait_reads(before + 2)
    assert not any(read["hits"] for read in edge.reads[before:])
    site.lanthorn("list", "publish", "wanted", user="lister")
    wait_until(lambda: edge.reads[-1]["hits"], 60, "the car matches again")
    assert edge.stop()["counters"]["lists_stopped"] >= 1

    # A person takes it off the cars at any time, and moves it to the next authority.
    gone = site.lanthorn("list", "withdraw", "wanted", "--why", "the operation is over", user="lister")
    assert "wanted: version 4, without entries, goes to the cars" in gone.stdout
    following = grant_lists(site, "wanted")
    moved = site.lanthorn("list", "authority", "wanted", following, user="lister")
    assert f"wanted: stands on {following}" in moved.stdout
    assert "withdrawn from the cars" in site.lanthorn("list", "show", user="lister").stdout
