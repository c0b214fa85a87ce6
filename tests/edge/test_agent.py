"""The whole agent over real files, a real broker and a real centre; only the plate reader is told what to read."""

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.agent import is_live
from edge.errors import WrongState
from edge.settings import EdgeSettings
from hardware.camera import Camera
from hardware.errors import BadPicture, BadSource, CameraLost
from hardware.frames import Frame
from ingest.contract import topics
from tests.edge.granted import AUTHORITY_ID, Granted
from tests.edge.worlds import World
from tests.governance.authority.drawn import ID, INSIDE, INSPECTOR, LIST, SUPERINTENDENT, Court
from tests.governance.authority.drawn import request as asked

FAR_OFF = datetime(2099, 1, 1, tzinfo=UTC)


def test_a_picture_of_a_car_on_the_list_is_a_hit_at_the_centre_and_in_the_car(
    broker: Any, centre_at: Any, world: World, picture: Path, bodies: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    granted = Granted("Stolen vehicles")
    manifest, chunks = bodies.chunks([bodies.entry("LT23CGK", FAR_OFF)], authority_id=AUTHORITY_ID)
    centre.publish_list(manifest, chunks)
    granted.publish(centre)
    agent = world.agent(broker.port, picture, authorities=granted.settings)

    summary = agent.run()

    ((a_pass, (hit,)),) = world.reads
    by_kind = {message.kind: message.body for message in centre.messages}
    assert by_kind["reads"] == a_pass.read
    assert by_kind["hits"] == hit
    assert (hit.list_id, hit.list_version) == (manifest.list_id, 1)
    assert sorted(message.kind for message in centre.messages) == ["hits", "images", "images", "reads"]
    assert (summary.reads, summary.hits, summary.made, summary.received, summary.waiting) == (1, 1, 4, 4, 0)
    assert str(summary) == ("looked at 1 of 1 frame; 1 read, 1 hit; 4 messages made, 4 received by the centre")
    assert summary.counters["alerts_shown"] == 1
    assert centre.statuses[-1].online is False
    assert centre.statuses[-1].lists == {str(manifest.list_id): 1}


def test_a_car_on_no_list_is_a_read_without_pictures(broker: Any, centre_at: Any, world: World, picture: Path) -> None:
    broker.start()
    centre = centre_at(broker.port)

    summary = world.agent(broker.port, picture, lists_within_s=0).run()

    (message,) = centre.messages
    assert (message.kind, message.body.images) == ("reads", ())
    assert (summary.hits, summary.made) == (0, 1)


def test_without_a_broker_everything_waits_and_the_summary_says_where(
    world: World, picture: Path, free_port: int, tmp_path: Path
) -> None:
    summary = world.agent(free_port, picture, lists_within_s=0, drain_within_s=0.5).run()

    assert (summary.made, summary.received, summary.waiting) == (1, 0, 1)
    assert f"1 wait in {tmp_path / 'state' / 'spool.db'} and go out at the next start" in str(summary)


def test_the_next_start_sends_what_waited(broker: Any, centre_at: Any, world: World, picture: Path) -> None:
    world.agent(broker.port, picture, lists_within_s=0, drain_within_s=0).run()
    broker.start()
    centre = centre_at(broker.port)

    summary = world.agent(broker.port, picture, lists_within_s=0).run()

    assert centre.seqs == [1, 2]
    assert (summary.made, summary.received, summary.waiting) == (1, 2, 0)


def test_a_car_without_network_uses_the_lists_it_has(
    make_mosquitto: Any, centre_at: Any, world: World, picture: Path, bodies: Any
) -> None:
    broker = make_mosquitto()
    broker.start()
    centre = centre_at(broker.port)
    granted = Granted("Stolen vehicles")
    centre.publish_list(*bodies.chunks([bodies.entry("LT23CGK", FAR_OFF)], authority_id=AUTHORITY_ID))
    granted.publish(centre)
    world.agent(broker.port, picture, authorities=granted.settings).run()
    broker.stop()
    given = {"lists_within_s": 0, "drain_within_s": 0, "authorities": granted.settings}

    summary = world.agent(broker.port, picture, **given).run()

    assert (summary.hits, summary.waiting) == (1, 4)


def test_a_second_start_with_the_same_lists_neither_waits_long_nor_warns(
    broker: Any, centre_at: Any, world: World, picture: Path, bodies: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    granted = Granted("Stolen vehicles")
    centre.publish_list(*bodies.chunks([bodies.entry("LT23CGK", FAR_OFF)], authority_id=AUTHORITY_ID))
    granted.publish(centre)
    world.agent(broker.port, picture, authorities=granted.settings).run()
    caplog.clear()

    summary = world.agent(broker.port, picture, authorities=granted.settings, lists_within_s=300).run()

    assert summary.hits == 1
    assert "lists held" not in caplog.text


def test_a_car_stops_when_the_authority_is_suspended_and_its_display_says_why(
    make_mosquitto: Any, centre_at: Any, world: World, picture: Path, bodies: Any, wait: Any
) -> None:
    broker = make_mosquitto()
    broker.start()
    centre = centre_at(broker.port)
    granted = Granted("Stolen vehicles")
    centre.publish_list(*bodies.chunks([bodies.entry("LT23CGK", FAR_OFF)], authority_id=AUTHORITY_ID))
    granted.publish(centre)
    given = {"camera": {"source": str(picture), "repeat": True}, "authorities": granted.settings}
    agent = world.agent(broker.port, picture, **given)
    strips: list[str] = []

    def on_read() -> None:
        if len(world.reads) == 1:
            granted.suspend(centre)
            wait(lambda: agent.counts().get("lists_stopped") == 1, "the suspension did not arrive")
        else:
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with opener.open(agent.display_link, timeout=10) as page:
                strips.append(page.read().decode())
            agent.stop()

    world.on_read = on_read
    summary = agent.run()

    assert [len(hits) for _, hits in world.reads[:2]] == [1, 0]
    assert "List Stolen vehicles is not in force: AUTH-2026-0007: it is suspended" in strips[0]
    assert summary.hits == 1


def test_the_display_runs_while_the_agent_does_and_ends_with_it(
    world: World, picture: Path, free_port: int, wait: Any
) -> None:
    agent = world.agent(free_port, picture, lists_within_s=30)
    agent._uplink.wait_connected = lambda _limit: True  # type: ignore[method-assign]
    link = agent.display_link
    running = threading.Thread(target=agent.run)
    running.start()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(link, timeout=10) as page:
        assert b"Who is on shift?" in page.read()

    agent.stop()
    running.join(20)

    assert not running.is_alive()
    with pytest.raises(OSError, match="refused"):
        opener.open(link, timeout=5)


def test_two_agents_on_one_state_folder_are_refused(world: World, picture: Path, free_port: int) -> None:
    world.agent(free_port, picture)

    with pytest.raises(WrongState, match="another agent runs on"):
        world.agent(free_port, picture)


def test_an_agent_that_is_closed_lets_go_of_its_folder(world: World, picture: Path, free_port: int) -> None:
    world.agent(free_port, picture).close()

    world.agent(free_port, picture).close()


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [("missing.jpg", None, BadSource), ("empty.jpg", b"", BadPicture), ("words.jpg", b"not a picture", BadPicture)],
)
def test_a_source_that_cannot_be_used_is_said_and_everything_closed(
    name: str, content: bytes | None, error: type[Exception], world: World, tmp_path: Path, free_port: int
) -> None:
    source = tmp_path / name
    if content is not None:
        source.write_bytes(content)

    with pytest.raises(error, match=name):
        world.agent(free_port, source, lists_within_s=0).run()

    world.agent(free_port, source).close()


class LostCamera(Camera):
    """Is lost after one frame."""

    def frames(self) -> Iterator[Frame]:
        self.counts.given += 1
        self.counts.reconnects += 1
        yield Frame(np.full((600, 900, 3), 90, np.uint8), datetime.now(UTC), "front", 0)
        raise CameraLost("rtsp://front: no picture after 25 tries; check that it is on")

    def close(self) -> None:
        """Nothing to release."""


def test_a_live_camera_that_is_lost_is_opened_again_until_the_agent_is_stopped(
    world: World, free_port: int, monkeypatch: pytest.MonkeyPatch, wait: Any
) -> None:
    opened: list[str] = []

    def open_lost(source: str, **_: Any) -> Camera:
        opened.append(source)
        return LostCamera("front")

    monkeypatch.setattr("edge.agent.open_camera", open_lost)
    monkeypatch.setattr("edge.agent.CAMERA_PAUSE_S", 0.01)
    agent = world.agent(free_port, "rtsp://front")
    summaries: list[Any] = []
    running = threading.Thread(target=lambda: summaries.append(agent.run()))
    running.start()
    wait(lambda: len(opened) >= 3, "the camera was not opened again")

    agent.stop()
    running.join(20)

    (summary,) = summaries
    assert summary.frames.looked_at == summary.counters["cameras_lost"] >= 3
    assert summary.counters["camera_reconnects"] == summary.frames.looked_at


@pytest.mark.parametrize(
    ("source", "live"),
    [
        ("rtsp://x", True),
        ("http://x/y", True),
        ("/dev/video0", True),
        ("device:0", True),
        ("a.mp4", False),
        ("d", False),
    ],
)
def test_which_sources_are_live(source: str, live: bool) -> None:
    assert is_live(source) == live


PROCESS = """
import json, sys
from collections.abc import Mapping
from edge.agent import Agent
from edge.settings import EdgeSettings
from models.plates.reading import PlateReader

class Nothing(PlateReader):
    digests = {}
    def read(self, image):
        print("looking", flush=True)
        return []

summary = Agent(EdgeSettings.model_validate(json.loads(sys.argv[1])), lambda _: Nothing()).run()
print(summary, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly(
    number: signal.Signals, tmp_path: Path, free_port: int, edge_settings: Callable[..., EdgeSettings]
) -> None:
    source = tmp_path / "street.mp4"
    writer = cv2.VideoWriter(str(source), cv2.VideoWriter_fourcc(*"mp4v"), 10, (320, 240))  # type: ignore[attr-defined]
    for _ in range(600):
        writer.write(np.zeros((240, 320, 3), np.uint8))
    writer.release()
    settings = edge_settings(
        free_port, source=str(source), lists_within_s=0, camera={"source": str(source), "paced": True}
    )
    command = [sys.executable, "-c", PROCESS, settings.model_dump_json()]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=dict(os.environ)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "looking\n"
        process.send_signal(number)
        said = [line for line in process.stdout if line != "looking\n"]
        assert process.wait(20) == 0

    assert said[-1].startswith("looked at ")


def test_files_that_are_repeated_are_read_again_until_the_agent_is_stopped(
    world: World, picture: Path, free_port: int
) -> None:
    given = {"camera": {"source": str(picture), "repeat": True}}
    agent = world.agent(free_port, picture, lists_within_s=0, drain_within_s=0, **given)
    twice = threading.Event()
    running = threading.Thread(target=agent.run)
    running.start()
    for _ in range(200):
        if len(world.reads) >= 2:
            break
        twice.wait(0.05)
    agent.stop()
    running.join()

    assert len(world.reads) >= 2


def test_authorities_come_in_by_the_broker_and_are_asked_here_and_now(
    broker: Any, centre_at: Any, world: World, picture: Path, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    court, now = Court.sitting(), datetime.now(UTC)
    times = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1), "review_at": now}
    for officer in (INSPECTOR, SUPERINTENDENT):
        court.admit(officer, trusted_from=now - timedelta(days=1))
    case = court.decided(asked(**times), when=now - timedelta(hours=2))
    centre.publish(topics.trust("met"), court.trust_bytes(now - timedelta(days=1)), retain=True)
    centre.publish(topics.authority("met", ID), case.to_bytes(), retain=True)
    place = {"kind": "fixed", "latitude_deg": INSIDE[0], "longitude_deg": INSIDE[1]}
    agent = world.agent(
        broker.port,
        picture,
        lists_within_s=0,
        authorities={"trust_key": court.anchor.public.text},
        camera={"source": str(picture), "position": place},
    )
    world.on_read = lambda: wait(lambda: agent.counts().get("authorities_taken") == 2, "no authority came")

    agent.run()

    assert agent.authorities.may_now("list.match", LIST, "AUTH-2026-0007").allowed
    assert not agent.authorities.may_now("list.match", "another list", "AUTH-2026-0007").allowed
