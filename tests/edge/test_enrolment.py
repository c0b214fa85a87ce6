"""A device and a real centre over HTTP: enrolled, renewed, refused; and what lies in its state folder."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr

from edge.counters import Counters
from edge.enrolment import RENEW_EVERY_S, Renewal, enrol, renew
from edge.errors import EnrolmentFailed, WrongState
from edge.identity import IDENTITY_FILE, PENDING_FILE, TLS_FILE, Identity
from edge.spool_streams import Stream
from ingest.centre import Centre
from ingest.contract.base import new_id
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, DeviceSettings, StoreSettings
from ingest.web.app import create_app
from tests.edge.servers import unused_port, wait_for

FORCE, DEVICE = "met", "car-1"


class RealCentre:
    """A centre's pages on loopback."""

    def __init__(self, folder: Path) -> None:
        secret = SecretStr("secretsecret")
        self.now = datetime.now(UTC)
        self.centre = Centre.open(
            CentreSettings(
                force=FORCE,
                log_path=folder / "log",
                keys_dir=folder / "keys",
                database=DatabaseSettings(url=f"sqlite:///{folder / 'centre.db'}"),
                store=StoreSettings(url="http://127.0.0.1:9", access_key=secret, secret_key=secret),
                broker=BrokerSettings(url="mqtt://127.0.0.1:9"),
                devices=DeviceSettings(certificate_days=90),
            ),
            lambda: self.now,
        )
        port = unused_port()
        self.url = f"http://127.0.0.1:{port}"
        self._server = uvicorn.Server(
            uvicorn.Config(create_app(self.centre), port=port, log_level="warning", access_log=False)
        )
        self._thread = threading.Thread(target=self._server.run)

    def start(self) -> None:
        self._thread.start()
        wait_for(lambda: self._server.started, "the centre's pages do not answer")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.centre.engine.dispose()

    def code(self, device: str = DEVICE) -> str:
        return self.centre.enrolment.make_code(device, "admin").text


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCentre]:
    centre = RealCentre(tmp_path_factory.mktemp("centre"))
    centre.start()
    yield centre
    centre.stop()


@pytest.fixture
def identity(centre: RealCentre, tmp_path: Path) -> Identity:
    return enrol(tmp_path, DEVICE, FORCE, centre.url, centre.code())


def test_an_enrolled_device_has_its_identity_in_its_own_folder(identity: Identity, tmp_path: Path) -> None:
    again = Identity.load(tmp_path, DEVICE, FORCE)
    assert again is not None
    assert (again.key.public, again.certificate) == (identity.key.public, identity.certificate)
    assert identity.certificate.name == DEVICE
    for name in (IDENTITY_FILE, TLS_FILE):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / PENDING_FILE).exists()


def test_the_centre_knows_its_key_and_what_it_numbered_before(centre: RealCentre, tmp_path: Path) -> None:
    before = Stream(new_id(), 0, 12, None, None)
    identity = enrol(tmp_path, DEVICE, FORCE, centre.url, centre.code(), before)
    known = centre.centre.device_keys.of([DEVICE])[DEVICE][identity.key.public.id]
    assert (known.unsigned_stream, known.unsigned_made) == (before.id, 12)


def test_what_the_tls_library_reads_is_made_again_where_it_is_gone(identity: Identity, tmp_path: Path) -> None:
    kept = identity.tls_file.read_text()
    identity.tls_file.unlink()
    identity.authority_file.write_text("something else")
    Identity.load(tmp_path, DEVICE, FORCE)
    assert identity.tls_file.read_text() == kept
    assert identity.authority_file.read_text() == identity.authority_pem


def test_a_refusal_is_given_in_the_centres_words_and_the_key_is_kept_for_the_next_try(
    centre: RealCentre, tmp_path: Path
) -> None:
    with pytest.raises(EnrolmentFailed, match=r"refused \(403\): the code is not one of this device"):
        enrol(tmp_path, "car-2", FORCE, centre.url, "AAAA-BBBB-CCCC-DDDD")
    key = (tmp_path / PENDING_FILE).read_bytes()
    assert Identity.load(tmp_path, "car-2", FORCE) is None
    enrolled = enrol(tmp_path, "car-2", FORCE, centre.url, centre.code("car-2"))
    assert enrolled.key.pem() == key


def test_a_centre_of_another_force_is_refused_and_the_code_still_good(centre: RealCentre, tmp_path: Path) -> None:
    code = centre.code()
    with pytest.raises(WrongState, match="is a centre of met, and the settings say kent"):
        enrol(tmp_path, DEVICE, "kent", centre.url, code)
    assert enrol(tmp_path, DEVICE, FORCE, centre.url, code).force == FORCE


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "127.0.0.1:80", "http://"])
def test_what_is_no_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(EnrolmentFailed, match="is not a centre's address"):
        enrol(tmp_path, DEVICE, FORCE, url, "AAAA-BBBB-CCCC-DDDD")


def test_a_centre_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnrolmentFailed, match="no answer from the centre at"):
        enrol(tmp_path, DEVICE, FORCE, f"http://127.0.0.1:{unused_port()}", "AAAA-BBBB-CCCC-DDDD")


@pytest.mark.parametrize(("device", "force"), [("car-2", FORCE), (DEVICE, "kent")])
def test_anothers_identity_is_refused(identity: Identity, tmp_path: Path, device: str, force: str) -> None:
    with pytest.raises(WrongState, match="give each device its own state folder"):
        Identity.load(tmp_path, device, force)


@pytest.mark.parametrize("field", ["key", "certificate", "authority", "device", "centre"])
def test_a_damaged_identity_is_refused(identity: Identity, tmp_path: Path, field: str) -> None:
    path = tmp_path / IDENTITY_FILE
    fields = json.loads(path.read_text())
    for broken in ({**fields, field: None}, {name: value for name, value in fields.items() if name != field}):
        if field == "centre" and field in broken:
            continue
        path.write_text(json.dumps(broken))
        with pytest.raises(WrongState, match=r"damaged|not for"):
            Identity.load(tmp_path, DEVICE, FORCE)


def test_a_certificate_is_renewed_in_its_last_third(centre: RealCentre, identity: Identity, tmp_path: Path) -> None:
    counters, began = Counters(), centre.now
    renewal = Renewal(identity, counters)
    renewal.look(began + timedelta(days=59))
    assert renewal.identity is identity
    centre.now = began + timedelta(days=61)
    renewal.look(centre.now)
    renewed = Identity.load(tmp_path, DEVICE, FORCE)
    assert renewed is not None
    assert renewal.identity is not None
    assert renewed.certificate == renewal.identity.certificate
    assert renewed.certificate.ends_at > identity.certificate.ends_at
    assert renewed.key.public == identity.key.public
    assert counters.snapshot() == {"renewals": 1}
    centre.now = began


def test_a_renewal_that_fails_is_counted_and_tried_an_hour_later(centre: RealCentre, tmp_path: Path) -> None:
    identity = enrol(tmp_path, "car-3", FORCE, centre.url, centre.code("car-3"))
    centre.centre.device_keys.revoke("car-3", "a test", "admin")
    counters, late = Counters(), identity.certificate.ends_at - timedelta(days=1)
    renewal = Renewal(identity, counters)
    for seconds in (0, 1, RENEW_EVERY_S - 1, RENEW_EVERY_S, RENEW_EVERY_S + 1):
        renewal.look(late + timedelta(seconds=seconds))
    assert counters.snapshot() == {"renewals_failed": 2}
    assert renewal.identity is identity
    with pytest.raises(EnrolmentFailed, match="the device car-3 was revoked"):
        renew(identity)


def test_a_device_that_was_never_enrolled_has_nothing_to_renew(counters: Any) -> None:
    Renewal(None, counters).look(datetime.now(UTC))
    assert counters.snapshot() == {}
