"""What an officer signs on the pages, who may, what waits for them, and what each refusal says and keeps."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from governance.authority.question import Kind
from governance.authority.states import Step
from ingest.database.engine import write_transaction
from ingest.database.schema import trust_list
from tests.governance.authority.drawn import WHY
from tests.ingest.web.asking import PASSPHRASE, WRONG, asked, sign, text_of, trusted_officer


@pytest.fixture
def manager(house: Any) -> Any:
    return house.browser("list-manager")


@pytest.fixture
def officer(house: Any) -> Any:
    return trusted_officer(house)


def test_a_request_is_granted_stopped_ended_and_reviewed(house: Any, manager: Any, officer: Any) -> None:
    path = asked(house, manager)
    page = officer.get(path)
    order = [page.text.index(f'<h3 id="{name}">') for name in ("legitimate_aim", "necessity", "less_intrusive_means")]
    assert order == sorted(order)
    assert "Assumed: common practice, not seen in print" in text_of(page)
    assert "2.2 km from north to south and 1.4 km from west to east" in text_of(page)
    for step, said in (
        ("grant", "granted it"),
        ("suspend", "suspended it"),
        ("resume", "resumed it"),
        ("end", "ended it"),
        ("review", "reviewed it"),
    ):
        signed = sign(officer, path, step)
        assert (signed.status_code, signed.headers["location"]) == (303, f"{path}?done={step}#main")
        assert f"You {said}. It is signed, and in the log." in text_of(officer.get(signed.headers["location"]))
        assert f"Drawn authorising-officer, inspector, {said}" in text_of(officer.get(path))
    assert "It is signed, and in the log" not in text_of(officer.get(f"{path}?done=grant")), "the last was another"
    assert "It is signed, and in the log" not in text_of(manager.get(f"{path}?done=review")), "it was somebody else"
    assert "6 of 6 verify" in text_of(officer.get(path))
    assert "What you decide" not in officer.get(path).text


def test_a_wrong_passphrase_loses_nothing_but_itself(house: Any, manager: Any, officer: Any) -> None:
    path = asked(house, manager)
    reason = "Burglaries with these vehicles are reported\r\nevery week"
    answer = sign(officer, path, reason=reason, passphrase=WRONG)
    assert (answer.status_code, "passphrase" in answer.text) == (403, True)
    assert "Burglaries with these vehicles are reported" in answer.text
    assert re.search(r'value="grant" required checked', answer.text)
    assert WRONG not in answer.text
    assert 'aria-invalid="true" aria-describedby="passphrase-fault passphrase-note"' in answer.text
    for _ in range(6):
        answer = sign(officer, path, passphrase=WRONG)
    assert (answer.status_code, "too many wrong passphrases" in answer.text.lower()) == (429, True)
    assert int(answer.headers["retry-after"]) > 0
    assert house.centre.authorities.all()[0].state == "submitted"


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"step": ""}, 422, "Choose what you decide"),
        ({"step": "submit"}, 422, "Choose what you decide"),
        ({"step": "resume"}, 409, "is not open when it is submitted"),
        ({"reason": "ok"}, 422, "says too little"),
        ({"reason": "AB12 CDE must be found"}, 422, "names AB12 CDE, which looks like a registration mark"),
    ],
)
def test_a_step_that_cannot_be_taken_says_why(
    house: Any, manager: Any, officer: Any, changes: dict[str, str], status: int, said: str
) -> None:
    path = asked(house, manager)
    answer = officer.post(f"{path}/steps", data={"step": "grant", "reason": WHY, "passphrase": PASSPHRASE} | changes)
    assert answer.status_code == status
    if said != "is not open when it is submitted":
        assert said in text_of(answer)
    assert house.centre.authorities.all()[0].state == "submitted"


def test_nobody_is_offered_their_own_request(house: Any, officer: Any) -> None:
    path = asked(house, officer)
    page = officer.get(path)
    assert "You cannot grant it or refuse it: you asked for this yourself, and nobody decides on their own" in text_of(
        page
    )
    assert "Passphrase of your signing key" not in page.text
    refused = sign(officer, path)
    assert (refused.status_code, "nobody" in text_of(refused)) == (409, True)
    assert "Yours: another officer does this." in officer.get("/authorities/queue").text


def test_a_rank_that_does_not_suffice_is_said_before_anything_is_typed(house: Any, officer: Any) -> None:
    path = asked(house, house.browser("admin"), kind=Kind.RETENTION_CHANGE)
    said = text_of(officer.get(path))
    assert "it needs the rank of superintendent or above, and yours is inspector" in said
    assert "Needs the rank of superintendent or above." in officer.get("/authorities/queue").text
    assert sign(officer, path).status_code == 409


def test_an_officer_without_a_key_makes_one_on_the_page(house: Any, manager: Any) -> None:
    path = asked(house, manager)
    fresh = house.browser("authorising-officer")
    assert "You have no signing key" in fresh.get("/authorities/queue").text
    assert "You have none yet." in text_of(fresh.get(path))
    refused = sign(fresh, path)
    assert (refused.status_code, "has no key that is trusted now" in refused.text, WHY in refused.text) == (
        404,
        True,
        True,
    )
    back = path.rsplit("/", 1)[1]
    keys = "/authorities/keys"
    assert "differ" in fresh.post(keys, data={"new": PASSPHRASE, "again": WRONG, "back": back}).text
    assert fresh.post(keys, data={"new": "short", "again": "short"}).status_code == 422
    made = fresh.post(keys, data={"new": PASSPHRASE, "again": PASSPHRASE, "back": back})
    assert made.headers["location"] == f"{path}#decide"
    assert fresh.post(keys, data={"new": PASSPHRASE, "again": PASSPHRASE}).status_code == 409
    page = fresh.get(path)
    (key,) = house.centre.authorities.keys.all()
    assert key.fingerprint in page.text
    assert "is made and is not trusted yet" in page.text
    assert "Passphrase of your signing key" not in page.text


def test_a_grant_by_word_of_mouth_is_written_down_and_confirmed(house: Any, manager: Any, officer: Any) -> None:
    path = asked(house, manager)
    recorder = house.browser("investigator")
    assert "Write down a grant by word of mouth" not in manager.get(path).text
    typed = {
        "officer": "authorising-officer",
        "granted_at": "2026-11-23T02:50",
        "verbal_reason": "He said by radio that it could not wait until morning",
        "verbal_rank": "sergeant",
    }
    empty = recorder.post(f"{path}/verbal", data={})
    for name, said in (
        ("officer", "Choose who granted it"),
        ("granted_at", "When it was granted is not a day and a time"),
        ("verbal_reason", "The reason says too little"),
        ("verbal_rank", "Choose your rank"),
    ):
        assert re.search(f'id="{name}-fault">{said}', empty.text)
    wrong = recorder.post(f"{path}/verbal", data=typed | {"granted_at": "then"})
    assert (wrong.status_code, "by radio" in wrong.text) == (422, True)
    assert recorder.post(f"{path}/verbal", data=typed | {"granted_at": "2026-11-19T02:50"}).status_code == 409
    assert manager.post(f"{path}/verbal", data=typed).status_code == 409
    assert recorder.post(f"{path}/verbal", data=typed).status_code == 303
    assert "the officer said it on Mon 23 Nov 2026, 02:50" in text_of(officer.get(path))
    assert "To be confirmed by signature" in officer.get("/authorities/queue").text
    assert "2 days left" in text_of(officer.get("/authorities/queue"))
    assert "or it lapses" in text_of(officer.get(path))
    assert sign(officer, path, "confirm").status_code == 303
    assert "or it lapses" not in text_of(officer.get(path))


def test_the_queue_has_what_is_wanted_soonest_first(house: Any, manager: Any, officer: Any) -> None:
    assert "Nothing waits." in officer.get("/authorities/queue").text
    later = house.clock() + timedelta(days=2)
    asked(house, manager, title="Later", starts_at=f"{later:%Y-%m-%dT%H:%M}")
    asked(house, manager, title="Sooner")
    house.clock.forward(hours=5)
    officer, manager = house.browser("authorising-officer"), house.browser("list-manager")
    said = text_of(officer.get("/authorities/queue"))
    assert said.index("Sooner") < said.index("Later")
    assert "its start has passed" in said
    assert "in 42 hours" in said
    assert "5 hours" in said
    assert "2 authorities wait for an authorising officer" in officer.get("/").text
    assert "authorities wait" not in manager.get("/").text


def test_a_review_that_was_written_down_waits_no_longer(house: Any, manager: Any, officer: Any) -> None:
    path = asked(house, manager, days=28)
    sign(officer, path)
    house.clock.forward(days=27)
    assert "Nothing waits." in house.browser("oversight").get("/authorities/queue").text
    house.clock.forward(hours=23, minutes=59)
    house.grants.lists("Another", days=90)
    house.clock.forward(days=29)
    officer = house.browser("authorising-officer")
    said = text_of(officer.get("/authorities/queue"))
    assert "AUTH-2026-0001" in said
    assert "Over and not reviewed" in said
    assert "24 hours late" in said
    (other,) = [each for each in house.centre.authorities.all() if each.reference == "AUTH-2026-0002"]
    assert sign(officer, path, "review").status_code == 303
    assert sign(officer, f"/authorities/{other.authority_id}", "review").status_code == 303
    assert "Nothing waits." in officer.get("/authorities/queue").text
    assert "reviewed, and next due" in text_of(officer.get(f"/authorities/{other.authority_id}"))


def test_a_grant_of_a_compromised_key_is_shown_as_one_not_to_rely_on(house: Any, manager: Any, officer: Any) -> None:
    path = asked(house, manager)
    sign(officer, path)
    (key,) = house.centre.authorities.keys.all()
    house.centre.authorities.keys.retire(key.key_id, house.person("admin"), compromised=True)
    said = text_of(house.browser("oversight").get(path))
    assert "Do not rely on this authority." in said
    assert "Its signature counts for nothing" in said


def test_a_trust_list_that_was_changed_is_said_on_every_page_and_nobody_signs(
    house: Any, manager: Any, officer: Any
) -> None:
    decided, waits = asked(house, manager), asked(house, manager)
    sign(officer, decided)
    with write_transaction(house.centre.engine) as connection:
        newest = connection.execute(trust_list.select().order_by(trust_list.c.number.desc())).first()
        other = bytes(newest.document).replace(b"inspector", b"commander")
        connection.execute(update(trust_list).where(trust_list.c.number == newest.number).values(document=other))
    assert "Do not rely on this authority." in text_of(officer.get(decided))
    assert "1 of these does not verify." in text_of(officer.get("/authorities"))
    assert "The trust list does not verify, so nobody can sign." in text_of(officer.get("/authorities/queue"))
    assert "Nobody can sign while the trust list does not verify" in text_of(officer.get(waits))
    assert "Passphrase of your signing key" not in officer.get(waits).text
    assert "The trust list does not verify, so no signature counts." in text_of(officer.get("/authorities/keys"))
    assert house.browser("investigator").get(waits).status_code == 200


def test_an_own_authority_can_be_stopped_by_its_applicant_who_is_an_officer(house: Any, officer: Any) -> None:
    path = asked(house, officer)
    house.grants.take("AUTH-2026-0001", Step.GRANT)
    said = text_of(officer.get(path))
    assert "You cannot review it: you asked for this yourself" in said
    assert sign(officer, path, "suspend").status_code == 303
