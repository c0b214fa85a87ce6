import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.counters import Counters
from edge.errors import BadBroker
from edge.mqtt import Connection
from edge.settings import EdgeSettings
from edge.spool import Spool, Unsent
from edge.uplink import FIRST_PAUSE_S, LONGEST_PAUSE_S, Uplink, pause_s
from hardware.clock import SystemClock
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.codec import decode
from ingest.contract.messages import Receipt, Status


class Device:
    """A spool with its uplink, as in a car."""

    def __init__(self, settings: EdgeSettings, folder: Path) -> None:
        self.counters = Counters()
        self.spool = Spool.open(folder / "spool.db", settings.device, SystemClock(), self.counters)
        self.lists: list[tuple[str, bytes]] = []
        self.uplink = Uplink(
            settings,
            self.spool,
            SystemClock(),
            self.counters,
            status=self.status,
            on_list=lambda topic, payload: self.lists.append((topic, payload)),
            spread=lambda: 0.0,
        )

    def status(self, online: bool) -> Status:
        return Status(
            device="car-1",
            online=online,
            at=SystemClock().now(),
            stream=self.spool.stream,
            made=self.spool.made,
            waiting=self.spool.waiting,
            counters=self.counters.snapshot(),
        )

    def put(self, *bodies: Any) -> None:
        self.spool.put_all([Unsent(body) for body in bodies])
        self.uplink.wake()

    def close(self) -> None:
        self.uplink.stop()
        self.spool.close()


@pytest.fixture
def device(edge_settings: Callable[..., EdgeSettings], tmp_path: Path) -> Iterator[Callable[..., Device]]:
    made: list[Device] = []

    def make(port: int, **given: Any) -> Device:
        made.append(Device(edge_settings(port, **given), tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_everything_arrives_once_and_in_order_and_the_receipt_empties_the_spool(
    broker: Any, centre_at: Any, device: Any, bodies: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    picture = bodies.picture(size=25_000)
    for _ in range(100):
        car.put(bodies.read(), bodies.hit(), bodies.answer())
    car.spool.put(picture.header, picture.data)
    car.uplink.start()

    assert car.uplink.drain(30)

    # Across topics iotcore keeps no order: it gives what each subscription filter has in turn.
    for kind in topics.NUMBERED_KINDS:
        seqs = [message.seq for message in centre.messages if message.kind == kind]
        assert seqs == sorted(seqs)
    assert sorted(centre.seqs) == list(range(1, 302))
    assert len({message.id for message in centre.messages}) == 301
    assert car.counters.value("messages_published") == 301
    assert car.counters.value("messages_resent") == 0


def test_a_broker_that_is_down_at_start_is_waited_for_and_then_all_arrives_in_order(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any, caplog: pytest.LogCaptureFixture
) -> None:
    car = device(broker.port)
    car.uplink.start()
    for _ in range(50):
        car.put(bodies.read())
    wait(lambda: car.counters.value("broker_tries_failed") >= 2, "the broker was not tried again")

    assert not car.uplink.connected
    assert not car.uplink.drain(0.3)
    warnings = [record.getMessage() for record in caplog.records if "no connection to the broker" in record.message]
    assert len(warnings) == 1
    assert f"mqtt://127.0.0.1:{broker.port}" in warnings[0]

    broker.start()
    centre = centre_at(broker.port)

    assert car.uplink.wait_connected(20)
    assert car.uplink.drain(30)
    assert list(dict.fromkeys(centre.seqs)) == list(range(1, 51))


def test_a_broker_that_dies_and_comes_back_empty_loses_nothing(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    """The messages that the first broker acknowledged are gone with it: only the missing receipts bring them back."""
    broker.start()
    car = device(broker.port)
    car.put(*[bodies.read() for _ in range(30)])
    car.uplink.start()
    wait(lambda: car.counters.value("messages_published") >= 30, "nothing was published")
    before = {w.seq: w.payload for w in car.spool.due(100, SystemClock().now().replace(year=2100), 0.5)}

    broker.stop()
    wait(lambda: not car.uplink.connected, "the loss was not noticed")
    car.put(*[bodies.read() for _ in range(30)])
    assert car.spool.waiting == 60
    broker.start()
    centre = centre_at(broker.port)

    assert car.uplink.drain(30) or car.uplink.drain(30)
    assert sorted(set(centre.seqs)) == list(range(1, 61))
    assert car.counters.value("messages_resent") >= 30
    assert car.counters.value("broker_lost") == 1
    repeats = {message.seq: payload for message, payload in zip(centre.messages, centre.payloads, strict=True)}
    assert {seq: repeats[seq] for seq in before} == before


def test_a_message_without_a_receipt_is_sent_again_with_the_same_id(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port, receipts=False)
    car = device(broker.port)
    car.put(bodies.hit())
    car.uplink.start()

    wait(lambda: len(centre.messages) >= 2, "it was not sent again")

    assert len({message.id for message in centre.messages}) == 1
    assert len(set(centre.payloads)) == 1
    assert car.counters.value("messages_resent") >= 1
    assert car.spool.waiting == 1

    centre.receipts = True
    assert car.uplink.drain(30)


def test_a_broker_s_acknowledgement_alone_lets_go_of_nothing(broker: Any, device: Any, bodies: Any, wait: Any) -> None:
    broker.start()
    car = device(broker.port, spool={"resend_after_s": 600})
    car.put(bodies.hit(), bodies.hit())
    car.uplink.start()
    wait(lambda: car.counters.value("messages_published") == 2, "nothing was published")

    assert not car.uplink.drain(0.5)
    assert car.spool.waiting == 2


def test_another_start_of_the_agent_sends_what_waits(broker: Any, centre_at: Any, device: Any, bodies: Any) -> None:
    first = device(broker.port)
    first.put(*[bodies.read() for _ in range(5)])
    first.close()
    broker.start()
    centre = centre_at(broker.port)
    second = device(broker.port)
    second.uplink.start()

    assert second.uplink.drain(30)
    assert centre.seqs == [1, 2, 3, 4, 5]


def test_the_status_is_retained_and_says_what_was_made(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    car = device(broker.port)
    car.put(bodies.read(), bodies.read())
    car.uplink.start()
    assert car.uplink.wait_connected(20)
    late = centre_at(broker.port)
    wait(lambda: late.statuses, "no retained status")

    assert (late.statuses[0].online, late.statuses[0].made, late.statuses[0].stream) == (True, 2, car.spool.stream)

    car.close()
    wait(lambda: not late.statuses[-1].online, "a clean stop did not say that the device is off")


def test_the_last_will_says_that_a_lost_device_is_off(
    broker: Any, centre_at: Any, device: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    opened: list[Connection] = []
    real_open = Connection.open
    monkeypatch.setattr(Connection, "open", lambda self: (opened.append(self), real_open(self)))
    car = device(broker.port)
    car.uplink.start()
    wait(lambda: centre.statuses and centre.statuses[-1].online, "the device did not say that it is on")

    # As a lost network does it: without a goodbye.
    opened[-1]._client.socket().shutdown(socket.SHUT_RDWR)

    wait(lambda: any(not status.online for status in centre.statuses), "the will was not published")


def test_a_changed_status_is_told_at_once(broker: Any, centre_at: Any, device: Any, wait: Any) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    car.uplink.start()
    wait(lambda: centre.statuses, "no status")

    car.uplink.tell_status()

    wait(lambda: len(centre.statuses) == 2, "no second status")


def test_lists_come_in_and_their_chunks_only_when_wanted(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    manifest, chunks = bodies.chunks([bodies.entry() for _ in range(3)], size=1)
    centre.publish_list(manifest, chunks)
    car = device(broker.port)
    car.uplink.start()
    wait(lambda: car.lists, "no manifest")
    assert [topic for topic, _ in car.lists] == [topics.list_manifest("met", manifest.list_id)]

    car.uplink.want(frozenset({topics.list_chunk("met", manifest.list_id, 1, "+")}))

    wait(lambda: len(car.lists) == 4, "the chunks did not come")
    assert sorted(payload for _, payload in car.lists[1:]) == sorted(chunks)


@pytest.mark.parametrize("payload", [b"", b"{", b'{"device":"car-1"}'])
def test_a_receipt_that_is_none_is_counted(
    payload: bytes, broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port, receipts=False)
    car = device(broker.port)
    car.put(bodies.read())
    car.uplink.start()
    wait(lambda: centre.messages, "nothing arrived")

    centre.publish(topics.receipts("met", "car-1"), payload)
    centre.send_receipt(Receipt(device="car-1", stream=new_id(), ranges=()))

    wait(lambda: car.counters.value("receipts_of_another_stream") == 1, "the receipts did not come")
    assert car.counters.value("receipts_bad") == 1
    assert car.spool.waiting == 1


def test_no_more_than_max_inflight_are_under_way(broker: Any, centre_at: Any, device: Any, bodies: Any) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port, spool={"max_inflight": 3, "resend_after_s": 60})
    car.put(*[bodies.read() for _ in range(100)])
    most = 0
    real_publish = car.uplink._publish_due

    def watched(session: Any) -> None:
        nonlocal most
        real_publish(session)
        most = max(most, sum(seq is not None for seq in session.under_way.values()))

    car.uplink._publish_due = watched
    car.uplink.start()

    assert car.uplink.drain(30)
    assert centre.seqs == list(range(1, 101))
    assert most == 3


def test_a_refused_connection_is_not_connected(
    make_mosquitto: Any, device: Any, wait: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broker = make_mosquitto("allow_anonymous false")
    broker.start()
    car = device(broker.port)
    car.uplink.start()

    wait(lambda: car.counters.value("broker_tries_failed") >= 1, "the refusal was not noticed")

    assert not car.uplink.connected
    assert not car.uplink.wait_connected(0)
    assert "refused: Not authorized" in caplog.text


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    device: Any, wait: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("edge.uplink.ANSWER_LIMIT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        car = device(silent.getsockname()[1])
        car.uplink.start()

        wait(lambda: car.counters.value("broker_tries_failed"), "the silence was not noticed")
        assert "no answer to CONNECT" in caplog.text
        car.close()


def test_user_and_password_are_given(make_mosquitto: Any, device: Any, tmp_path: Path) -> None:
    broker = make_mosquitto("allow_anonymous false", f"password_file {tmp_path / 'passwords'}")
    password_file = tmp_path / "passwords"
    password_file.write_text("car-1:lamplight\n")
    password_file.chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-U", str(password_file)], check=True, capture_output=True)
    password_file.chmod(0o644)
    broker.start()
    url = f"mqtt://127.0.0.1:{broker.port}"
    car = device(broker.port, broker={"url": url, "username": "car-1", "password": "lamplight"})
    car.uplink.start()

    assert car.uplink.wait_connected(20)


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """An authority, and certificates of a broker on 127.0.0.1 and of a device, made for this test."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed (apt install openssl)")
    folder = tmp_path / "tls"
    folder.mkdir()

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("broker", "device"):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)
    return folder


@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("given", "connected"),
    [
        (("ca", "certificate", "key"), True),
        (("ca",), False),
        (("certificate", "key"), False),
    ],
    ids=["with both", "without a certificate of its own", "without the broker's authority"],
)
def test_tls_with_certificates_on_both_sides(
    given: tuple[str, ...], connected: bool, certificates: Path, make_mosquitto: Any, device: Any, wait: Any
) -> None:
    broker = make_mosquitto(
        f"cafile {certificates}/ca.pem",
        f"certfile {certificates}/broker.pem",
        f"keyfile {certificates}/broker.key",
        "require_certificate true",
    )
    broker.start()
    files = {
        "ca": ("ca_file", "ca.pem"),
        "certificate": ("certificate_file", "device.pem"),
        "key": ("key_file", "device.key"),
    }
    settings = {files[name][0]: certificates / files[name][1] for name in given}
    car = device(broker.port, broker={"url": f"mqtts://127.0.0.1:{broker.port}", **settings})
    car.uplink.start()

    if connected:
        assert car.uplink.wait_connected(20)
    else:
        wait(lambda: car.counters.value("broker_tries_failed"), "the refusal was not noticed")
        assert car.counters.value("broker_connections") == 0


def test_a_packet_over_the_limit_that_the_broker_names_is_put_aside_and_holds_nothing_up(
    make_mosquitto: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker = make_mosquitto("max_packet_size 20000")
    check_one_is_put_aside(broker, centre_at, device, bodies, wait)


def test_a_message_that_the_broker_answers_too_large_is_put_aside_and_holds_nothing_up(
    make_mosquitto: Any, centre_at: Any, device: Any, bodies: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mosquitto 2.0 ends the connection instead."""
    monkeypatch.setattr("edge.uplink.FIRST_PAUSE_S", 0.05)
    broker = make_mosquitto("message_size_limit 20000")
    check_one_is_put_aside(broker, centre_at, device, bodies, wait)


def check_one_is_put_aside(broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    large = bodies.picture(size=30_000)
    car.put(bodies.read(), bodies.hit())
    car.spool.put(large.header, large.data)
    car.put(bodies.read())
    car.uplink.start()

    wait(lambda: car.counters.value("messages_put_aside"), "it was not put aside", limit_s=60)
    wait(lambda: car.spool.waiting == 1, "the rest did not arrive")

    assert sorted(set(centre.seqs)) == [1, 2, 4]
    assert car.counters.value("messages_put_aside") == 1
    car.put(bodies.read())
    wait(lambda: 5 in centre.seqs, "what came later did not arrive")


def test_a_message_that_ends_every_connection_is_found_and_put_aside(
    make_iotcore: Any, centre_at: Any, device: Any, bodies: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rumqttd names no limit: it drops the connection, whatever else was on it."""
    monkeypatch.setattr("edge.uplink.FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr("edge.uplink.LONGEST_PAUSE_S", 0.05)
    broker = make_iotcore(max_payload_size=20_000)
    check_one_is_put_aside(broker, centre_at, device, bodies, wait)


def test_the_thread_outlives_a_fault_of_its_own(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    broken = threading.Event()
    real_heard = car.uplink._heard

    def breaks_once(session: Any, event: Any) -> None:
        if not broken.is_set():
            broken.set()
            raise RuntimeError("a fault of our own")
        real_heard(session, event)

    car.uplink._heard = breaks_once
    car.put(bodies.read())
    car.uplink.start()

    wait(lambda: centre.seqs == [1], "the uplink did not recover")
    assert car.counters.value("uplink_faults") == 1


def test_stop_is_quick_while_the_broker_is_away(device: Any, free_port: int, wait: Any) -> None:
    car = device(free_port)
    car.uplink.start()
    wait(lambda: car.counters.value("broker_tries_failed") >= 1, "the broker was not tried")

    car.uplink.stop()

    assert not car.uplink._thread.is_alive()


def test_tls_files_that_cannot_be_used_are_said_at_once(edge_settings: Any, tmp_path: Path) -> None:
    bad = tmp_path / "ca.pem"
    bad.write_text("no certificate")
    settings = edge_settings(1, broker={"url": "mqtts://127.0.0.1:1", "ca_file": bad})

    with pytest.raises(BadBroker, match=r"ca\.pem.*cannot be used"):
        Device(settings, tmp_path)


@pytest.mark.parametrize(
    ("failures", "share", "pause"),
    [
        (1, 1.0, FIRST_PAUSE_S),
        (1, 0.0, FIRST_PAUSE_S / 2),
        (2, 1.0, 2 * FIRST_PAUSE_S),
        (5, 1.0, 16 * FIRST_PAUSE_S),
        (7, 1.0, LONGEST_PAUSE_S),
        (10_000, 1.0, LONGEST_PAUSE_S),
        (10_000, 0.0, LONGEST_PAUSE_S / 2),
    ],
)
def test_pauses_grow_to_a_limit(failures: int, share: float, pause: float) -> None:
    assert pause_s(failures, share) == pause


def test_what_is_on_the_wire_is_what_the_codec_reads(broker: Any, centre_at: Any, device: Any, bodies: Any) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    picture = bodies.picture()
    made = car.spool.put(picture.header, picture.data)
    car.uplink.start()

    assert car.uplink.drain(30)
    assert [decode(payload) for payload in centre.payloads] == [(made, picture.data)]
