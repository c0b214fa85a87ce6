"""What a force could try that has the database, every key of its service and a program of its own making, and the
overseer nothing but the export, pinned keys and the head of the day before: each is named.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from governance.acts import Act
from governance.commitments import commit
from governance.export.layout import Made
from governance.export.report import in_words
from governance.export.row import Row, RowKey
from ingest.database import schema
from ingest.export.content import content_of_alert
from tests.ingest.export.conftest import House, words
from tests.ingest.export.forging import found, last, logged, newest_alert, without, write

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_export_cannot_say_that_it_began_long_ago(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    house.clock.forward(days=1)
    without(house, newest_alert(house).alert_id)
    house.export(folder)
    for settled in (0, -(10**15)):
        (folder / "export.json").write_bytes(Made("met", house.clock.now, settled).sign(house.receipts))
        said = words(house.verify(folder))
        assert any("is gone, and no receipt of disposal covers it" in one for one in said), settled


def test_the_word_of_an_earlier_export_does_not_serve_a_later_one(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "first")
    house.clock.forward(days=2)
    house._work()
    alert = newest_alert(house)
    house.clock.forward(days=1)
    without(house, alert.alert_id)
    house.export(tmp_path / "second")
    (tmp_path / "second" / "export.json").write_bytes((tmp_path / "first" / "export.json").read_bytes())
    said = words(house.verify(tmp_path / "second"))
    assert any("no export takes so long" in one for one in said)
    assert any(f"alert {alert.alert_id}" in one and "is gone" in one for one in said)


def test_a_row_is_not_changed_by_logging_it_again(house: House, tmp_path: Path) -> None:
    answer = last(house, "alert.answer")
    alert = newest_alert(house)
    house.clock.forward(days=30)
    key = UUID(answer.objects["answer"])
    other = dict(alert._mapping) | {"read": {**alert.read, "vrm": "XX99XXX"}}
    commitment = commit(content_of_alert(other), bytes(alert.salt))
    write(
        house,
        update(schema.answer).where(schema.answer.c.answer_id == key).values(outcome="misread"),
        update(schema.alert)
        .where(schema.alert.c.alert_id == alert.alert_id)
        .values(read=other["read"], commitment=commitment),
    )
    raised = next(
        entry.act
        for entry in house.log.read()
        if entry.act.act == "alert.raise" and entry.act.objects["alert"] == str(alert.alert_id)
    )
    logged(
        house,
        replace(answer, details={**answer.details, "outcome": "misread"}),
        replace(raised, commitments={**raised.commitments, "alert": commitment}),
    )
    said = found(house, tmp_path / "export")
    for name in (f"answer {key}", f"alert {alert.alert_id}"):
        assert any(f"commits to another content of {name}" in one for one in said), said


def test_a_clock_ahead_for_one_entry_explains_nothing_later(house: House, tmp_path: Path) -> None:
    now = house.clock.now
    house.clock.now = now + timedelta(days=3_650)
    logged(house, Act("system:x", "service.start", "a clock that was wrong for a moment"))
    house.clock.now = now + timedelta(minutes=1)
    house._work()
    raised = [entry for entry in house.log.read() if entry.act.act == "alert.raise"][-1]
    for _ in range(5):
        house.clock.forward(days=1)
        logged(house, Act("somebody", "page.view", "a day goes by"))
    without(house, UUID(raised.act.objects["alert"]))
    why = {"entry": raised.index, "why": "the process ended before the commit", "certain": True}
    logged(house, Act(raised.act.actor, "alert.raise.not-done", "it did not", None, raised.act.objects, why))
    said = found(house, tmp_path / "export")
    assert any("no crash explains it" in one for one in said), said


@pytest.mark.parametrize(
    "act",
    [
        Act("x", "alert.raise", "x", commitments={"alert": "ab" * 32}),
        Act("x", "alert.raise", "x", None, {"alert": "a"}),
        Act("x", "device.chain.head", "x", details={"seq": 1, "link": "00"}),
        Act("x", "device.chain.head", "x", None, {"device": "car-7", "stream": "no uuid"}, {"seq": 1, "link": "00"}),
        Act("x", "authority.use", "x", None, {"authority": "none"}, {"act": "list.publish"}),
        Act("x", "authority.grant", "x", None, {"authority": "none"}, {"number": 1}),
        Act("x", "list.entry.add", "x", None, {"list": "none"}),
        Act("x", "retention.change", "x", "A-1", {"retention-rules": "2"}),
        Act("x", "retention.hold", "x", None, {"hold": "h", "item": "i"}),
        Act("x", "reads.search", "x", None, {"search": "s"}),
    ],
    ids=lambda act: act.act,
)
def test_an_entry_that_lacks_what_it_must_say_is_named(house: House, tmp_path: Path, act: Act) -> None:
    logged(house, act)
    index = next(entry.index for entry in house.log.read() if entry.act == act or entry.act.purpose == "x")
    assert any(f"entry {index} " in one for one in found(house, tmp_path / "export"))


def test_two_heads_of_a_chain_for_one_number_are_named(house: House, tmp_path: Path) -> None:
    with house.engine.connect() as connection:
        link = connection.execute(select(schema.device_link)).mappings().first()
    assert link is not None
    objects = {"device": link["device"], "stream": str(link["stream"])}
    for text in ("ab" * 32, bytes(link["link"]).hex()):
        logged(house, Act("system:intake", "device.chain.head", "x", None, objects, {"seq": link["seq"], "link": text}))
    assert any("another head of a chain" in one for one in found(house, tmp_path / "export"))


def test_no_name_in_an_export_writes_over_the_screen(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "export")
    with (tmp_path / "export" / "rows.jsonl").open("ab") as file:
        file.write(Row(RowKey("search", "z\x1b[2JEverything holds.\n\x1b[8m"), None).to_line())
    said = "".join(in_words(house.verify(tmp_path / "export")))
    assert "\x1b" not in said
    assert "\\x1b[2JEverything holds." in said


def test_what_is_said_not_to_have_happened_is_shown_whatever_else_is(house: House, tmp_path: Path) -> None:
    house._work()
    raised = [entry for entry in house.log.read() if entry.act.act == "alert.raise"][-1]
    without(house, UUID(raised.act.objects["alert"]))
    why = {"entry": raised.index, "why": "the process ended before the commit", "certain": True}
    logged(house, Act(raised.act.actor, "alert.raise.not-done", "it did not", None, raised.act.objects, why))
    house.export(tmp_path / "export")
    for number in range(120):
        (tmp_path / "export" / "log" / f".{number}").write_text("")
    report = house.verify(tmp_path / "export")
    assert any("did not happen" in note for part in report.parts for note in part.notes)
