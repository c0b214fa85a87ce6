"""A car is enrolled, cut off in the middle of its stream, goes on, and is revoked; its chain is shown to be whole."""

import json
from collections.abc import Callable
from pathlib import Path

from governance.devices.export import verify_export
from tests.journeys.driving import EdgeRun, Site, wait_until
from tests.journeys.office import signed_in
from tests.journeys.stills import folder_of

EDGE = "lists_within_s = 0\ndrain_within_s = 60\n[edge.spool]\nresend_after_s = 2"


def test_only_what_an_enrolled_device_signed_is_taken(
    make_site: Callable[..., Site], still: Path, tmp_path: Path
) -> None:
    site = make_site(edge=EDGE)
    site.lanthorn("account", "add", "boss", "--role", "admin")
    site.serve()

    # A car that was never enrolled: nothing of it is taken, and it keeps everything.
    stranger = EdgeRun(site, still, "--device", "car-2")
    wait_until(lambda: site.count("quarantine") > 0, 60, "what nobody signed is set aside")
    assert stranger.said[0]["enrolled"] is False
    assert "car-2 is not enrolled: its reads are printed here" in site.said("edge.err")
    assert "`lanthorn device code car-2`" in site.said("edge.err")
    assert stranger.stop()["waiting"] > 0
    assert site.count("read") == 0

    # One that is enrolled, and loses its power in the middle of its stream.
    with signed_in(site, "boss") as boss:
        code = boss.call("POST", "/api/devices/codes", json={"device": "car-1"})["code"]
    site.lanthorn("device", "enrol", "--code", code, "--centre", site.address)
    used = site.lanthorn("device", "enrol", "--code", code, "--centre", site.address, check=False)
    assert "the code was used already" in used.stderr
    run = EdgeRun(site, folder_of(tmp_path / "stills", still, 40)).wait_reads(3)
    run.kill()
    ended = EdgeRun(site, folder_of(tmp_path / "more", still, 2)).end()
    assert (ended["waiting"], ended["counters"].get("receipts_of_another_stream", 0)) == (0, 0)
    account = site.account()
    assert (account.missing, account.arrived) == ([], account.made)
    assert account.made >= 5

    # Its chain is whole, for whoever has the export alone.
    site.lanthorn("device", "export-chain", "export")
    report, keys = verify_export(site.folder / "export")
    assert (report.breaks, report.links, report.streams) == ((), account.made, 1)

    # Revoked, it is at once believed no more.
    with signed_in(site, "boss") as boss:
        boss.call("POST", "/api/devices/car-1/revoke", json={"why": "stolen"})
        (shown,) = boss.call("GET", "/api/devices")
    assert (shown["key"], shown["state"]) == (next(iter(keys)), "revoked")
    before = site.count("quarantine")
    last = EdgeRun(site, still)
    wait_until(lambda: site.count("quarantine") > before, 60, "what a revoked key signed is set aside")
    assert last.stop()["waiting"] > 0
    assert site.account().arrived == account.arrived

    files = site.lanthorn("device", "broker-files", "broker", "--host", "localhost")
    assert "revoked: 1 certificate;" in files.stdout
    assert json.loads(site.lanthorn("verify", "--json").stdout)["whole"]
