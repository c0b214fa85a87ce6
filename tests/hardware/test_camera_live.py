"""A live camera against a real stream server that goes away and comes back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import cv2
import numpy as np
import pytest

from hardware.camera_live import Reconnection
from hardware.cameras import open_camera
from hardware.errors import CameraLost

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOON = Reconnection(first_pause_s=0.01, longest_pause_s=0.02, tries_allowed=3)


class NoonClock:
    def now(self) -> datetime:
        return NOON


class MotionJpeg(BaseHTTPRequestHandler):
    """A camera that sends five pictures and hangs up; its server says how many calls it answers with pictures."""

    server: "Server"

    def do_GET(self) -> None:
        if self.server.answers <= 0:
            self.send_error(503)
            return
        self.server.answers -= 1
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        encoded = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
        part = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(encoded), encoded)
        self.wfile.write(part * 5)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    answers = 0


@contextmanager
def stream_server(answers: int) -> Iterator[str]:
    with Server(("127.0.0.1", 0), MotionJpeg) as server:
        server.answers = answers
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://viewer:secret@127.0.0.1:{server.server_port}/video"
        finally:
            server.shutdown()
            thread.join()


def test_a_stream_that_hangs_up_is_opened_again_and_given_up_at_last(caplog: pytest.LogCaptureFixture) -> None:
    with (
        stream_server(answers=3) as url,
        caplog.at_level(logging.WARNING),
        open_camera(url, camera_id="front", paced=True, position=None, clock=NoonClock(), reconnection=SOON) as camera,
        pytest.raises(CameraLost, match="no picture after 3 tries; check") as lost,
    ):
        list(camera.frames())

    assert camera.counts.given + camera.counts.dropped == 15
    assert camera.counts.reconnects >= 4
    assert "secret" not in caplog.text + str(lost.value)


def test_a_live_camera_can_be_closed() -> None:
    usual = Reconnection(first_pause_s=60, longest_pause_s=60)
    with stream_server(answers=1) as url:
        camera = open_camera(url, camera_id="front", paced=True, position=None, clock=NoonClock(), reconnection=usual)
        frames = camera.frames()
        frame = next(frames)
        assert frame.index in range(5)
        assert frame.image.shape == (48, 64, 3)
        assert (frame.captured_at, frame.still, frame.name) == (NOON, False, "")
        camera.close()
        assert list(frames) == []


def test_a_device_that_is_not_there_is_lost() -> None:
    with (
        open_camera(
            "device:99", camera_id="front", paced=True, position=None, clock=NoonClock(), reconnection=SOON
        ) as camera,
        pytest.raises(CameraLost, match="device:99"),
    ):
        list(camera.frames())
    assert camera.counts.reconnects == 2


def test_pauses_double_up_to_the_longest_and_then_end() -> None:
    plan = Reconnection(first_pause_s=0.5, longest_pause_s=5, tries_allowed=7)

    assert [plan.pause_s(failures) for failures in range(1, 9)] == [0.5, 1, 2, 4, 5, 5, None, None]
    assert Reconnection(tries_allowed=10**6).pause_s(5000) == 30
