"""`lanthorn demo` as a person meets it: one command, links that work, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from lanthorn.street.footage import draw_street
from lanthorn.street.passes import Body, StreetPass, Way
from tests.journeys.driving import EXPIRES, wait_until

LIST = f"""mark,reason,marker,action,owner,expires,authority
YS70PLM,Test,ACT,Stop,Demo,{EXPIRES},DEMO/1
"""
ROLES = (
    "patrol officer",
    "list manager",
    "oversight",
    "administrator",
    "authorising officer",
    "investigator",
    "auditor",
    "footage officer",
)


def group_members(group: int) -> list[int]:
    """The processes whose command line names the demo's folder, or that are in its process group."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getpgid(int(folder.name)) == group:
                    found.append(int(folder.name))
            except (ProcessLookupError, PermissionError):
                continue
    return found


def naming(text: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if text.encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize("end", ["once", "ctrl-c"])
def test_the_demo_starts_shows_and_stops(tmp_path: Path, end: str) -> None:
    street, voi_list, state = tmp_path / "street.mp4", tmp_path / "list.csv", tmp_path / "state"
    draw_street(street, (StreetPass("YS70 PLM", Way.AHEAD, Body.SALOON, (60, 58, 56)),))
    voi_list.write_text(LIST)
    output = tmp_path / "output.txt"
    command = [sys.executable, "-m", "lanthorn", "demo", "--port", "0", "--source", str(street), "--state", str(state)]
    command += ["--list", str(voi_list), *(["--once"] if end == "once" else [])]
    with output.open("w") as file:
        demo = subprocess.Popen(command, stdout=file, stderr=file, cwd=tmp_path, start_new_session=True)

    def said(text: str) -> bool:
        if demo.poll() is not None and text not in output.read_text():
            pytest.fail(f"the demo ended with {demo.returncode}:\n{output.read_text()}")
        return text in output.read_text()

    try:
        wait_until(lambda: said("Ctrl-C stops everything"), 120, "the demo is ready")
        text = output.read_text()
        for role in ROLES:
            (link,) = re.findall(rf"{role}\s+(http://\S+)", text)
            answer = httpx2.get(link, follow_redirects=False)
            assert answer.status_code == 303, (role, answer.text)
            assert "set-cookie" in answer.headers
        (display,) = re.findall(r"the car's display\s+(http://\S+)", text)
        assert httpx2.get(display, follow_redirects=False).status_code in (302, 303, 307)
        wait_until(lambda: said("YS70PLM"), 60, "the car is read")
        assert "HIT" in output.read_text()
        if end == "ctrl-c":
            demo.send_signal(signal.SIGINT)
        assert demo.wait(120) == 0, output.read_text()
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
    assert group_members(demo.pid) == []
    assert naming(str(state)) == []
    assert "Traceback" not in output.read_text()
    done = subprocess.run(
        [sys.executable, "-m", "lanthorn", "verify", str(state / "log")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
