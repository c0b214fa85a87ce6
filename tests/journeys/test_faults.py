"""What the system must survive: a broker, a centre or an agent that is away, or killed in the middle, or out of disk.

Every test starts from the same prepared site: accounts, a published list, and a car that holds it. What a car has told
of is held against the centre's database, by id, and against the centre's own account of what is missing.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.journeys.driving import EdgeRun, Site, new_site, wait_until
from tests.journeys.main_job import make_list
from tests.journeys.office import enrol, grant_lists
from tests.journeys.stills import folder_of

EDGE = "lists_within_s = 2\ndrain_within_s = 200\n[edge.spool]\nresend_after_s = 2"
"""It ends as soon as nothing waits. The embedded store looks once a minute whether its disk has room again."""

MIDDLE = 4
"""Reads after which the fault comes."""

SOCKETS = shutil.ignore_patterns("*.sock")
"""What a killed object store leaves, and no copy can hold."""

MANY = 400
"""Stills in a folder that is not read to its end."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, still: Path) -> Iterator[Site]:
    """A site that has done its main job once, and was stopped."""
    site = new_site(tmp_path_factory.mktemp("prepared") / "site", edge=EDGE)
    site.lanthorn("account", "add", "lister", "--role", "list-manager")
    centre = site.serve()
    enrol(site)
    make_list(site, grant_lists(site, "wanted"))
    assert settle(site, still)["hits"] == 1
    assert site.stop(centre) == 0
    yield site
    site.stop_all()


@pytest.fixture
def site(make_site: Callable[..., Site], prepared: Site) -> Site:
    """A copy of the prepared site, on ports of its own."""
    site = make_site(edge=EDGE)
    shutil.copytree(prepared.state, site.state, ignore=SOCKETS)
    return site


@pytest.fixture
def stills(tmp_path: Path, still: Path) -> Path:
    return folder_of(tmp_path / "stills", still, MANY)


def settle(site: Site, still: Path) -> dict[str, int]:
    """One more still with everything up: at its end nothing waits in the car."""
    ended = EdgeRun(site, still).end(240)
    assert (ended["waiting"], ended["pending"]) == (0, 0), ended
    return ended


def check_whole(site: Site, runs: list[EdgeRun], *, untold: int = 0) -> None:
    """Nothing lost, nothing counted twice, nothing set aside, and the log is whole.

    runs are all since the prepared one; untold is how many passes may have been stored without being printed.
    """
    account = site.account()
    assert account.missing == []
    assert account.arrived == account.made
    told = {hit for run in runs for hit in run.hits}
    alerts = {str(row[0]).replace("-", "") for row in site.rows("SELECT alert_id FROM alert")}
    assert {hit.replace("-", "") for hit in told} <= alerts
    settled_before_and_after = 2
    assert 0 <= len(alerts) - len(told) - settled_before_and_after <= untold
    assert site.count("read") == len(alerts)
    assert site.count("image") == 2 * len(alerts)
    assert account.made == 4 * len(alerts), "each pass is a read, a hit and two pictures"
    assert site.count("quarantine") == 0
    verified = json.loads(site.lanthorn("verify", "--json").stdout)
    assert verified["whole"], verified
    log = site.log_text()
    assert log.count('"act":"alert.raise"') - log.count('"act":"alert.raise.not-done"') >= len(alerts)


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def server_of(centre: subprocess.Popen[str], word: str) -> int:
    """The process, below one that this test started, whose command line ends the keeper's and holds a word."""
    found = [pid for pid in descendants(centre.pid) if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return next(pid for pid in found if not descendants(pid))


def test_a_broker_that_is_down_at_the_start(site: Site, stills: Path, still: Path) -> None:
    edge = EdgeRun(site, stills).wait_reads(1)
    wait_until(lambda: "no connection to the broker" in site.said("edge.err"), 30, "the edge says that it is alone")
    told = len(edge.reads)
    assert all(read["hits"] for read in edge.reads), "the list is from the car's own disk"
    site.serve()
    wait_until(lambda: site.account().arrived >= 4 * (1 + told), 60, "what waited has arrived")
    ended = edge.stop()
    assert ended["counters"]["broker_tries_failed"] >= 1
    settle(site, still)
    check_whole(site, [edge])


@pytest.mark.parametrize(("server", "program"), [("broker", "broker_process.py"), ("store", "weed")])
def test_an_embedded_server_killed_in_the_middle_is_started_again(
    site: Site, stills: Path, still: Path, server: str, program: str
) -> None:
    centre = site.serve()
    edge = EdgeRun(site, stills).wait_reads(MIDDLE)
    killed = server_of(centre, program)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: f"the embedded {server} runs again" in site.said("serve.err"), 60, "it is started again")
    assert f"the embedded {server} has ended by itself" in site.said("serve.err")
    assert server_of(centre, program) != killed
    told = len(edge.reads)
    wait_until(lambda: site.count("alert") > told + 1, 60, "what came after has arrived")
    ended = edge.stop()
    assert ended["counters"].get("broker_lost", 0) == (1 if server == "broker" else 0)
    settle(site, still)
    check_whole(site, [edge])
    assert site.stop(centre) == 0
    assert "Traceback" not in site.said("serve.err") + site.said("edge.err")


def test_a_centre_killed_in_the_middle(site: Site, stills: Path, still: Path) -> None:
    centre = site.serve()
    edge = EdgeRun(site, stills).wait_reads(MIDDLE)
    children = descendants(centre.pid)
    assert len(children) >= 4, "two keepers and two servers"
    centre.kill()
    centre.wait()
    # At once, as a service manager would: its predecessor's store may still be ending.
    again = site.serve()
    assert not any(alive(pid) for pid in children)
    told = len(edge.reads)
    wait_until(lambda: site.count("alert") > told + 1, 60, "what came after has arrived")
    assert edge.stop()["counters"]["broker_lost"] == 1
    settle(site, still)
    check_whole(site, [edge])
    assert site.stop(again) == 0
    assert "Traceback" not in site.said("serve.err") + site.said("edge.err")


@pytest.mark.parametrize("centre_is", ["up", "down"])
def test_an_edge_killed_in_the_middle(site: Site, stills: Path, still: Path, centre_is: str) -> None:
    if centre_is == "up":
        site.serve()
    edge = EdgeRun(site, stills).wait_reads(MIDDLE)
    edge.kill()
    if centre_is == "down":
        site.serve()
    settle(site, still)
    check_whole(site, [edge], untold=1)


# ---- full disks ----------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own for a folder, with what is in it."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    aside = folder.with_name(folder.name + ".aside")
    folder.rename(aside)
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True, symlinks=True, ignore=SOCKETS)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, *, leave_bytes: int) -> Path:
    """Take a disk's room with a file, but for so much."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(max(0, shutil.disk_usage(folder).free - leave_bytes)))
    return ballast


def shown_on(link: str) -> int:
    """How many alerts a car's display shows now: all are of one vehicle, so that they are sightings on one card."""
    with httpx2.Client(follow_redirects=True) as screen:
        page = screen.get(link).raise_for_status().text
    (seen,) = re.findall(r"Seen (\d+) times", page) or ["1"]
    return int(seen)


def test_the_edges_disk_fills(site: Site, stills: Path, still: Path) -> None:
    with small_disk(site.state / "edge" / "car-1", megabytes=14) as disk:
        edge = EdgeRun(site, stills).wait_reads(1)
        ballast = fill(disk, leave_bytes=500_000)
        wait_until(lambda: "the disk is full" in site.said("edge.err"), 90, "the disk is full and it says so")
        full_at = len(edge.reads)
        edge.wait_reads(full_at + MIDDLE)
        assert all(read["hits"] for read in edge.reads)
        shown, told = shown_on(edge.display), len(edge.hits)
        assert shown >= told, "the officer sees every hit"

        # What was accepted leaves a disk that is still full.
        site.serve()
        wait_until(lambda: site.count("alert") > 1 + MIDDLE, 60, "what was accepted has arrived")
        ballast.unlink()
        wait_until(lambda: site.count("alert") > full_at + MIDDLE, 60, "what waited in memory has arrived too")
        ended = edge.stop()
        assert ended["counters"]["spool_refusals"] >= 1
        assert ended["pending"] == 0
        assert ended["counters"].get("hits_or_answers_lost", 0) == 0
        settle(site, still)
        check_whole(site, [edge])
        assert "Traceback" not in site.said("edge.err")
        site.stop_all()


def test_the_centres_disk_fills(site: Site, stills: Path, still: Path) -> None:
    # The car's disk is another one, as it is in a car.
    (site.state / "edge").rename(site.folder / "edge")
    (site.state / "edge").symlink_to(site.folder / "edge")
    with small_disk(site.state, megabytes=40) as disk:
        site.serve()
        ballast = fill(disk, leave_bytes=400_000)
        edge = EdgeRun(site, stills)
        wait_until(lambda: "waits" in site.said("serve.err"), 90, "the centre says that it waits")
        edge.wait_reads(len(edge.reads) + MIDDLE)
        ended = edge.stop()
        assert ended["waiting"] > 0
        of_the_prepared_run = 4
        assert ended["received"] <= site.account().arrived - of_the_prepared_run, "a receipt for what is not stored"
        ballast.unlink()
        settle(site, still)
        check_whole(site, [edge])
        site.stop_all()
        assert "Traceback" not in site.said("serve.err")


def test_a_centre_that_starts_on_a_full_disk_says_so(site: Site) -> None:
    with small_disk(site.state, megabytes=40) as disk:
        ballast = fill(disk, leave_bytes=0)
        refused = site.lanthorn("serve", check=False)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert line.startswith("lanthorn: the disk of the state folder state is full (0 bytes free)")
        ballast.unlink()
        site.stop(site.serve())
