"""A session over TLS and with a password, on a real mosquitto; and what it says where it is not let in."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import MQTTMessage
from pydantic import SecretStr

from ingest.broker import BrokerSession
from ingest.settings import BrokerSettings
from lanthorn.embedded.ports import free_ports

OPENSSL = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 "
    "-keyout key.pem -out certificate.pem"
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A mosquitto that wants TLS and a password: its port, and the certificate to check it with."""
    folder = tmp_path_factory.mktemp("guarded")
    programs = {name: shutil.which(name) for name in ("mosquitto", "mosquitto_passwd", "openssl")}
    if absent := [name for name, path in programs.items() if path is None]:
        pytest.skip(f"{', '.join(absent)} not installed (apt install mosquitto openssl)")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    subprocess.run(["mosquitto_passwd", "-b", "-c", "passwords", "centre", "secret"], cwd=folder, check=True)
    port = free_ports(1)[0]
    (folder / "mosquitto.conf").write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous false\npassword_file {folder / 'passwords'}\n"
        f"certfile {folder / 'certificate.pem'}\nkeyfile {folder / 'key.pem'}\n"
    )
    with (
        (folder / "mosquitto.log").open("wb") as output,
        subprocess.Popen(["mosquitto", "-c", "mosquitto.conf"], cwd=folder, stdout=output, stderr=output) as server,
    ):
        yield port, folder / "certificate.pem"
        server.terminate()


def session(port: int, ca_file: Path | None, password: str, got: list[bytes]) -> BrokerSession:
    settings = BrokerSettings(
        url=f"mqtts://127.0.0.1:{port}", username="centre", password=SecretStr(password), ca_file=ca_file
    )

    def received(message: MQTTMessage, _generation: int) -> None:
        got.append(message.payload)

    return BrokerSession(settings, "test", ["a/topic"], received=received, clean=True)


def test_tls_and_a_password(guarded: tuple[int, Path], until: Any) -> None:
    got: list[bytes] = []
    connection = session(*guarded, "secret", got)
    connection.start()
    try:
        until(lambda: connection.up, "it is connected")
        connection.publish("a/topic", b"hello")
        until(lambda: got == [b"hello"], "it hears itself")
    finally:
        connection.stop()
    assert not connection.up


def test_a_wrong_password_is_said_to_be_refused(guarded: tuple[int, Path], until: Any) -> None:
    connection = session(*guarded, "wrong", [])
    connection.start()
    try:
        until(lambda: "refused the connection" in connection.trouble, "it says so")
        assert not connection.up
        assert connection.publish("a/topic", b"hello") is None
    finally:
        connection.stop()


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves its socket to the collector
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(guarded: tuple[int, Path], until: Any) -> None:
    connection = session(guarded[0], None, "secret", [])
    connection.start()
    try:
        until(lambda: "certificate" in connection.trouble, "it says so")
        assert not connection.up
    finally:
        connection.stop()


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(broker: Any, force: str, until: Any) -> None:
    """Its packet id may be another message's by now."""
    held: list[tuple[MQTTMessage, int]] = []
    settings = BrokerSettings(url=f"mqtt://127.0.0.1:{broker.port}", client_id=force)
    first = BrokerSession(settings, "test", [force], received=lambda *each: held.append(each))
    first.start()
    until(lambda: first.up, "it is connected")
    first.publish(force, b"hello")
    until(lambda: held, "it has the message")
    message, generation = held[0]
    first.stop()
    assert not first.acknowledge(message.mid, message.qos, generation)
    again = BrokerSession(settings, "test", [force], received=lambda *each: held.append(each))
    again.start()
    try:
        until(lambda: len(held) == 2, "it is delivered again")
        assert held[1][0].payload == b"hello"
        assert again.acknowledge(held[1][0].mid, 1, held[1][1])
    finally:
        again.stop()
