"""Changes of the rules: shown first, authorised, waiting, in force by themselves; and refused where they may not be."""

from datetime import timedelta
from typing import Any

import pytest

from governance.authority.question import Decision, Refusal
from governance.errors import BadRules
from governance.retention.rules import FILE
from governance.signed import Signed
from ingest.database import schema
from ingest.errors import BadInput, ClockDoubted, Conflict, NotAuthorised, NotFound

WEEK = timedelta(days=7)


def test_the_first_rules_are_the_programs_and_are_in_the_log_once(house: Any) -> None:
    house.open()
    (version,) = house.retention.rules.all()
    assert (version.number, version.state, version.authority) == (1, "in-force", None)
    assert house.retention.rules.current().file == FILE.read_bytes()
    (act,) = house.acts("retention.start")
    assert act.details["rules_sha256"] == version.sha256


def test_a_change_waits_and_then_comes_into_force_by_itself(house: Any) -> None:
    file = house.rules_with(quarantined_message="P7D")
    made = house.retention.propose(file, "A week is enough", "AUTH-2026-7", "admin")
    assert (made.state, made.starts_at) == ("waiting", house.clock() + WEEK)
    assert house.register.uses == [f"retention.change {made.sha256} AUTH-2026-7 admin"]
    house.clock.forward(days=7, milliseconds=-1)
    house.retention.round()
    assert house.retention.rules.current().sha256 != made.sha256
    house.clock.forward(milliseconds=1)
    house.retention.round()
    assert house.retention.rules.current().sha256 == made.sha256
    states = [version.state for version in house.retention.rules.all()]
    assert states == ["in-force", "past"]
    assert [act.details["number"] for act in house.acts("retention.change")] == [2]
    assert house.acts("retention.propose")[0].purpose == "A week is enough"


def test_the_document_of_a_change_is_signed(house: Any) -> None:
    house.retention.propose(house.rules_with(session="PT1H"), "why", "AUTH-1", "admin")
    with house.engine.connect() as connection:
        rows = connection.execute(schema.retention_rules.select()).all()
    for row in rows:
        document = Signed.parse(row.document, "retention-rules")
        assert document.signed_by(house.key.public)
        assert document.body["sha256"] == row.sha256


def test_a_change_shows_what_it_would_delete_and_what_it_would_keep_longer(house: Any) -> None:
    old, new = house.reads(3, house.clock() - timedelta(days=200)), house.reads(2, house.clock())
    preview = house.retention.preview(house.rules_with(anpr_read="P6M"))
    (change,) = [one for one in preview["changes"] if one["place"] == "reads"]
    assert (change["held"], change["at_once"], change["sooner"], change["longer"]) == (5, 3, 5, 0)
    assert [one["item"] for one in change["earliest"]] == [str(one) for one in old[:3]]
    assert change["earliest"][0]["was"] > change["earliest"][0]["becomes"]
    assert preview["rules_changed"] == ["anpr-read"]
    longer = house.retention.preview(house.rules_with(anpr_read="P24M"))
    (change,) = [one for one in longer["changes"] if one["place"] == "reads"]
    assert (change["at_once"], change["sooner"], change["longer"]) == (0, 0, 5)
    assert house.has(schema.read, new[0]), "a preview changes nothing"


def test_items_with_a_class_of_their_own_are_compared_one_by_one(house: Any) -> None:
    alert_id, _ = house.hit()
    house.retention.marking.classify(alert_id, "uncategorised", "not sorted yet", "dc", house.clock())
    preview = house.retention.preview(house.rules_with(uncategorised="P36M"))
    changes = {one["place"]: one for one in preview["changes"]}
    assert (changes["alerts"]["held"], changes["alerts"]["longer"]) == (1, 1)
    assert (changes["reads"]["held"], changes["reads"]["longer"]) == (1, 1)


@pytest.mark.parametrize("when", ["now", "later", "then"])
def test_without_an_authority_no_rule_changes(house: Any, when: str) -> None:
    file = house.rules_with(session="PT1H")
    if when == "now":
        house.register.decision = Decision(False, "it is suspended", None, Refusal.SUSPENDED)
    elif when == "later":
        house.register.ends_at = house.clock() + timedelta(days=6)  # it would end before the change comes into force
    if when != "then":
        with pytest.raises(NotAuthorised):
            house.retention.propose(file, "why", "AUTH-1", "admin")
        assert len(house.retention.rules.all()) == 1
        return
    house.retention.propose(file, "why", "AUTH-1", "admin")
    house.register.decision = Decision(False, "it is suspended", None, Refusal.SUSPENDED)
    house.clock.forward(days=7)
    house.retention.round()
    assert [version.state for version in house.retention.rules.all()] == ["stopped", "in-force"]
    assert house.acts("retention.stop-change")[0].purpose == "it is suspended"


def test_a_centre_without_a_register_changes_no_rule(house: Any) -> None:
    with pytest.raises(NotAuthorised, match="no register of authorities"):
        house.open(register=None).propose(house.rules_with(session="PT1H"), "why", "AUTH-1", "admin")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda text: text, Conflict, "in force already"),
        (lambda text: text.replace('class = "anpr-read"', 'class = "anpr-other"'), BadInput, "no rule for anpr-read"),
        (lambda text: text.replace('clock = "removed"', 'clock = "built"'), BadInput, "cannot count from built"),
        (lambda text: text.replace("P12M", "a year"), BadRules, "is not a duration"),
    ],
)
def test_rules_that_do_not_fit_are_refused(house: Any, change: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        house.retention.propose(change(FILE.read_text()).encode(), "why", "AUTH-1", "admin")


def test_a_class_that_an_item_has_cannot_be_dropped(house: Any) -> None:
    alert_id, _ = house.hit()
    house.retention.marking.classify(alert_id, "evidential-mopi-3", "CR/1", "dc")
    file = FILE.read_bytes().replace(b'class = "evidential-mopi-3"', b'class = "evidential-other"')
    with pytest.raises(BadInput, match="no rule for evidential-mopi-3"):
        house.retention.propose(file, "why", "AUTH-1", "admin")


def test_one_change_waits_at_a_time_and_can_be_withdrawn(house: Any) -> None:
    first = house.retention.propose(house.rules_with(session="PT1H"), "why", "AUTH-1", "admin")
    with pytest.raises(Conflict, match="another change"):
        house.retention.propose(house.rules_with(session="PT2H"), "why", "AUTH-1", "admin")
    house.retention.rules.withdraw(first.number, "thought better of it", "admin")
    with pytest.raises(NotFound):
        house.retention.rules.withdraw(first.number, "again", "admin")
    with pytest.raises(BadInput, match="why is empty"):
        house.retention.propose(house.rules_with(session="PT2H"), " ", "AUTH-1", "admin")
    house.clock.forward(days=8)
    house.retention.round()
    assert [version.state for version in house.retention.rules.all()] == ["withdrawn", "in-force"]


def test_a_clock_that_goes_back_takes_no_rules_out_of_force(house: Any) -> None:
    made = house.retention.propose(house.rules_with(session="PT1H"), "why", "AUTH-1", "admin")
    house.clock.forward(days=7)
    house.retention.round()
    house.clock.forward(days=-30)
    with pytest.raises(ClockDoubted, match="already"):
        house.retention.round()
    assert house.retention.rules.current().sha256 == made.sha256
