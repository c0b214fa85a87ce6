"""Holds and classes of single items: what belongs together is kept together, for a bounded time, for a reason."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from minio import Minio
from minio.error import S3Error

from ingest.contract.base import new_id
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.errors import BadInput, Conflict, NotFound
from ingest.retention import batches
from ingest.retention.items import Kind

MONTH = timedelta(days=30)


def hold(house: Any, *items: Any, days: int = 300, kind: str = "legal") -> Any:
    ends = house.clock() + timedelta(days=days)
    return house.retention.marking.hold(kind, "DPS", "complaint 7", items, ends, "dc")


def test_a_hold_on_an_alert_is_on_its_read_picture_and_entry_too(house: Any) -> None:
    entry = house.entry(removed_at=house.clock())
    alert_id, read_id = house.hit(entry=entry)
    image_id, key = house.picture(read_id)
    house.clock.forward(days=360)
    hold(house, alert_id)
    house.clock.forward(days=200)
    assert not house.retention.run().disposed
    for item in (alert_id, read_id, image_id, entry):
        (story,) = house.retention.explain(item)
        assert (story.decision.state, story.holds[0].owner) == ("held", "DPS")
    house.clock.forward(days=100)
    house.retention.run()
    assert not any(
        house.has(t, i) for t, i in ((schema.alert, alert_id), (schema.read, read_id), (schema.image, image_id))
    )
    assert not house.objects.is_there(key)
    assert house.count(schema.retention_hold_item) == 0


def test_a_hold_is_in_the_log_and_can_be_renewed_and_ended(house: Any) -> None:
    read_id = house.read()
    made = hold(house, read_id, days=100, kind="scrutiny")
    house.clock.forward(days=90)
    renewed = house.retention.marking.renew(made_id(made), house.clock() + timedelta(days=120), "panel moved", "dc")
    assert renewed.renewals == 1
    assert renewed.review_at == made.review_at, "nobody moved it"
    house.retention.marking.end(made_id(made), "panel sat", "dc")
    with pytest.raises(Conflict, match="ended at"):
        house.retention.marking.end(made_id(made), "again", "dc")
    with pytest.raises(BadInput, match="does not stand"):
        house.retention.marking.renew(made_id(made), house.clock() + MONTH, "why", "dc")
    names = ("retention.hold", "retention.renew-hold", "retention.end-hold")
    assert [house.acts(name)[0].objects["hold"] for name in names] == [made.hold_id] * 3
    assert house.retention.marking.holds() == []
    (record,) = house.retention.marking.holds(standing=False)
    assert (record.items, record.ended_by) == (1, "dc")


def made_id(made: Any) -> Any:
    return UUID(made.hold_id)


def test_what_is_wrong_with_a_hold_is_said(house: Any) -> None:
    read_id = house.read()
    with pytest.raises(BadInput, match="at most 12 months"):
        hold(house, read_id, days=400)
    with pytest.raises(BadInput, match="no hold of the kind"):
        hold(house, read_id, kind="friendly")
    with pytest.raises(NotFound):
        hold(house, new_id())
    with pytest.raises(NotFound):
        house.retention.marking.end(new_id(), "why", "dc")
    with pytest.raises(BadInput, match="1 to 500 items"):
        hold(house)
    assert house.count(schema.retention_hold) == 0


def test_what_is_being_disposed_of_cannot_be_held_any_more(house: Any) -> None:
    read_id = house.read()
    house.clock.forward(days=400)
    rules = house.retention.rules.current()
    (place,) = [one for one in house.retention.places if one.name == "reads"]
    with write_transaction(house.engine) as connection:
        found = place.decide(connection, place.candidates(rules, house.clock(), timedelta(0), ()), rules, house.clock())
        batches.intend(connection, "reads", found, rules.sha256, {}, house.clock())
    with pytest.raises(Conflict, match="too late to keep it"):
        hold(house, read_id)
    with pytest.raises(Conflict, match="too late to keep it"):
        house.retention.marking.classify(read_id, "evidential-mopi-3", "CR/1", "dc")


def test_a_closed_case_starts_its_clock(house: Any) -> None:
    alert_id, _ = house.hit()
    marking = house.retention.marking
    assert {kind for kind, _ in marking.classify(alert_id, "evidential-mopi-3", "CR/1", "dc")} == {
        Kind.ALERT,
        Kind.READ,
    }
    (story,) = house.retention.explain(alert_id)
    assert story.decision.keep_until is None
    marking.classify(alert_id, "evidential-mopi-3", "case closed", "dc", house.clock())
    (story,) = house.retention.explain(alert_id)
    assert story.decision.keep_until.year == house.clock().year + 6
    assert story.decision.review_at == story.decision.keep_until
    assert (story.classes[1].set_by, story.classes[1].why) == ("dc", "case closed")
    with pytest.raises(BadInput, match="no rule for the class"):
        marking.classify(alert_id, "no-such-class", "why", "dc")
    marking.declassify(alert_id, "evidential-mopi-3", "a mistake", "dc")
    with pytest.raises(NotFound):
        marking.declassify(alert_id, "evidential-mopi-3", "again", "dc")


def test_a_quarantined_message_can_be_kept_as_evidence(house: Any) -> None:
    row = {"quarantine_id": new_id(), "times": 1, "topic": "t", "reason": "r", "sha256": "0", "size_bytes": 1}
    house._insert(schema.quarantine, row | {"received_at": house.clock(), "last_at": house.clock(), "payload": b"x"})
    hold(house, row["quarantine_id"])
    house.clock.forward(days=200)
    assert not house.retention.run().disposed


# ---- the store's own locks -----------------------------------------------------------------------------------------


@pytest.fixture
def raw(store_settings: Any) -> Minio:
    return Minio(
        store_settings.url.removeprefix("http://"),
        access_key=store_settings.access_key.get_secret_value(),
        secret_key=store_settings.secret_key.get_secret_value(),
        secure=False,
    )


def in_store(raw: Minio, house: Any, key: str, bucket: str) -> tuple[Any, bool]:
    (version,) = [one.version_id for one in raw.list_objects(bucket, key, include_version=True)]
    lock = raw.get_object_retention(bucket, key, version)
    held = False
    with suppress(S3Error):  # NoSuchObjectLegalHold, where there never was one
        held = raw.is_object_legal_hold_enabled(bucket, key, version)
    return lock.retain_until_date if lock else None, held


def test_a_picture_is_locked_in_the_store_for_as_long_as_it_must_be_kept(
    house: Any, raw: Minio, store_settings: Any
) -> None:
    _, read_id = house.hit()
    image_id, key = house.picture(read_id)
    until, held = in_store(raw, house, key, store_settings.bucket)
    assert until == (house.clock() + timedelta(days=31)).replace(microsecond=until.microsecond)
    assert not held
    (story,) = house.retention.explain(image_id)
    assert story.locked_until == house.clock() + timedelta(days=31)
    assert story.decision.keep_until <= story.locked_until <= story.decision.go_by


def test_a_hold_holds_in_the_store_as_well_and_lets_go(house: Any, raw: Minio, store_settings: Any) -> None:
    alert_id, read_id = house.hit()
    _, key = house.picture(read_id)
    made = hold(house, alert_id)
    assert in_store(raw, house, key, store_settings.bucket)[1]
    house.retention.marking.end(made_id(made), "done", "dc")
    assert not in_store(raw, house, key, store_settings.bucket)[1]


def test_rules_that_keep_longer_make_the_locks_longer(house: Any, raw: Minio, store_settings: Any) -> None:
    _, read_id = house.hit()
    _, key = house.picture(read_id)
    taken = house.clock()
    file = house.rules_with().replace(b'keep_at_least = "P31D"', b'keep_at_least = "P3M"')
    house.retention.propose(file, "three months", "AUTH-1", "admin")
    house.clock.forward(days=7)
    house.retention.round()
    until, _ = in_store(raw, house, key, store_settings.bucket)
    assert (until.year, until.month, until.day) == (2027, 2, taken.day)
    house.retention.round()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_while_the_store_is_away_a_hold_is_put_all_the_same(
    house: Any, store: Any, raw: Any, store_settings: Any
) -> None:
    alert_id, read_id = house.hit()
    _, key = house.picture(read_id)
    store.stop()
    hold(house, alert_id)
    store.start()
    house.retention.round()
    assert in_store(raw, house, key, store_settings.bucket)[1]
