"""Real brokers and a real centre's side of the wire for the edge's tests."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import iotcore
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.contract import topics
from ingest.contract.codec import decode
from ingest.contract.messages import (
    ListManifest,
    Receipt,
    SeqRange,
    Status,
)

FORCE, DEVICE = "met", "car-1"


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A mosquitto on loopback that keeps nothing: each start is an empty broker."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = unused_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            "\n".join(
                [
                    f"listener {self.port} 127.0.0.1",
                    "allow_anonymous true",
                    "persistence false",
                    "user root",
                    *lines,
                    "",
                ]
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [mosquitto_path(), "-c", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: _listens(self.port), "mosquitto does not answer")

    def stop(self) -> None:
        """Kill it: nothing is said to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def mosquitto_path() -> str:
    path = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip("mosquitto is not installed (apt install mosquitto)")
    return path


def wait_for(condition: Callable[[], object], complaint: str, limit_s: float = 20.0) -> None:
    """Wait for a condition, with a limit."""
    until = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{complaint} (after {limit_s:g} s)")
        threading.Event().wait(0.02)


class Centre:
    """A small real centre: takes every numbered message, decodes it with the codec, and gives receipts."""

    def __init__(self, port: int, *, receipts: bool = True) -> None:
        self.receipts = receipts
        self.payloads: list[bytes] = []
        self.messages: list[Any] = []
        self.statuses: list[Status] = []
        self._held: defaultdict[UUID, set[int]] = defaultdict(set)
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "test-centre", protocol=paho.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(0.1, 0.5)
        self._client.connect("127.0.0.1", port, clean_start=False)
        self._client.loop_start()
        assert self._subscribed.wait(10), "the test's centre could not subscribe"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_subscribed(self) -> None:
        assert self._subscribed.wait(20), "the test's centre did not come back"

    def expect_reconnection(self) -> None:
        self._subscribed.clear()

    @property
    def seqs(self) -> list[int]:
        return [message.seq for message in self.messages]

    def send_receipt(self, receipt: Receipt) -> None:
        self.publish(topics.receipts(FORCE, DEVICE), receipt.model_dump_json().encode())

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain)

    def publish_list(self, manifest: ListManifest, chunks: Sequence[bytes]) -> None:
        for number, chunk in enumerate(chunks):
            self.publish(topics.list_chunk(FORCE, manifest.list_id, manifest.version, number), chunk, retain=True)
        self.publish(topics.list_manifest(FORCE, manifest.list_id), manifest.model_dump_json().encode(), retain=True)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe([(topics.message(FORCE, "+", kind), 1) for kind in (*topics.NUMBERED_KINDS, "status")])

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if message.topic.endswith("/status"):
            self.statuses.append(Status.model_validate_json(message.payload))
            return
        self.payloads.append(bytes(message.payload))
        decoded, _ = decode(bytes(message.payload))
        assert message.topic == topics.message(FORCE, DEVICE, decoded.kind)
        self.messages.append(decoded)
        held = self._held[decoded.stream]
        held.add(decoded.seq)
        if self.receipts:
            self.send_receipt(Receipt(device=DEVICE, stream=decoded.stream, ranges=ranges(held)))


def ranges(numbers: set[int]) -> tuple[SeqRange, ...]:
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return tuple(SeqRange(first=first, last=last) for first, last in spans)


class SmallIotcore:
    """An iotcore with a payload limit of its own."""

    def __init__(self, folder: Path, max_payload_size: int) -> None:
        self.port = unused_port()
        config = folder / "small.toml"
        config.write_text(_SMALL_IOTCORE.format(port=self.port, limit=max_payload_size))
        self._broker = iotcore.Broker(config_path=str(config))

    def start(self) -> None:
        self._broker.start()

    def stop(self) -> None:
        self._broker.stop()


_SMALL_IOTCORE = """\
id = 0
[router]
id = 0
max_connections = 20
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 4
[v5.1]
name = "test"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {limit}
max_inflight_count = 100
dynamic_filters = true
"""
