"""What the uplink does when the broker refuses, is silent, wants certificates, or chokes on a message."""

import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from edge.errors import BadBroker
from edge.pauses import FIRST_PAUSE_S, LONGEST_PAUSE_S, pause_s
from tests.edge.devices import Device


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
    monkeypatch.setattr("edge.pauses.FIRST_PAUSE_S", 0.05)
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
    monkeypatch.setattr("edge.pauses.FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr("edge.pauses.LONGEST_PAUSE_S", 0.05)
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

    wait(lambda: set(centre.seqs) == {1}, "the uplink did not recover")
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
