"""The page of the officers' keys."""

from typing import Any

from tests.ingest.web.asking import PASSPHRASE, text_of


def test_keys_are_trusted_by_an_administrator_who_was_given_the_fingerprint(house: Any) -> None:
    made = house.centre.authorities.keys.make(PASSPHRASE, house.person("authorising-officer"))
    admin, officer = house.browser("admin"), house.browser("authorising-officer")
    page = admin.get("/authorities/keys")
    assert "waits for an administrator" in page.text
    assert made.fingerprint not in page.text
    assert made.fingerprint in officer.get("/authorities/keys").text
    given = {"fingerprint": made.fingerprint, "rank": "inspector", "until": "2027-01-01T00:00"}
    for changes, status, said in (
        ({"fingerprint": "0" * 64}, 404, "no key has this fingerprint"),
        ({"rank": "wizard"}, 422, "choose the officer&#39;s rank"),
        ({"until": "soon"}, 422, "is not a day and a time"),
        ({"until": "2020-01-01T00:00"}, 422, "passed already"),
    ):
        answer = admin.post("/authorities/keys/trust", data=given | changes)
        assert (answer.status_code, said in answer.text.lower()) == (status, True)
        assert (given | changes)["fingerprint"] in answer.text
    assert admin.post("/authorities/keys/trust", data=given).status_code == 303
    assert admin.post("/authorities/keys/trust", data=given).status_code == 409
    assert "you sign as Drawn authorising-officer, inspector" in text_of(officer.get("/authorities/keys"))
    key = f"/authorities/keys/{made.key_id}/retire"
    assert officer.post(key).status_code == 403
    assert admin.post(key).status_code == 303
    assert "retired" in text_of(admin.get("/authorities/keys"))
    assert admin.post(key).status_code == 409
    assert admin.post(key, data={"compromised": "true"}).status_code == 303
    assert "nothing that it signed counts" in admin.get("/authorities/keys").text
