"""Pictures go from the real object store to whoever may see them, and to nobody else and no cache."""

import re
from typing import Any
from uuid import uuid4

import pytest

from governance.roles import Role

JPEG = b"\xff\xd8 stands for a drawn picture \xff\xd9"


def test_a_picture_goes_from_the_device_to_the_page(make_house: Any, store_settings: Any, spool: Any) -> None:
    house = make_house(store_settings)
    made = house.make_list()
    hit = spool.hit(made.list_id, house.add(made.list_id).entry_id)
    image = spool.image(hit.body.read.read_id, data=JPEG)
    house.take(hit)
    client = house.browser("patrol")
    assert "The overview picture has not come yet." in client.get("/patrol").text

    house.take(image, JPEG)

    (path,) = re.findall(rf'src="(/pictures/{image.body.image_id}[^"]*)"', client.get("/patrol").text)
    answer = client.get(path)
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_picture_that_loads_with_its_alert_is_logged_once_with_the_page(
    make_house: Any, store_settings: Any, spool: Any
) -> None:
    house = make_house(store_settings)
    made = house.make_list()
    hit = spool.hit(made.list_id, house.add(made.list_id).entry_id)
    image = spool.image(hit.body.read.read_id, data=JPEG)
    house.take(hit)
    house.take(image, JPEG)
    client = house.browser("patrol")
    html = client.get("/patrol").text
    (act,) = house.acts("page.view")
    assert (act.objects, act.details["pictures"]) == ({"alert": str(hit.body.hit_id)}, "shown with the alerts")

    (marked,) = re.findall(r'src="(/pictures/[^"]+)"', html)
    plain = marked.split("?")[0]
    by_itself = {"Sec-Fetch-Dest": "image"}
    assert client.get(marked, headers=by_itself).content == JPEG
    assert len(house.acts("page.view")) == 1

    house.centre.accounts.create("other", "Drawn other", {Role.PATROL}, None, "system:test")
    others = house.browser("other")
    opened = [
        (client, marked, {"Sec-Fetch-Dest": "document"}),
        (client, marked, {}),
        (client, plain, by_itself),
        (client, f"{plain}?shown={'0' * 64}", by_itself),
        (client, f"{plain}?shown=\u00e9", by_itself),
        (others, marked, by_itself),
    ]
    for number, (browser, path, headers) in enumerate(opened, start=2):
        assert browser.get(path, headers=headers).content == JPEG
        acts = house.acts("page.view")
        assert (len(acts), acts[-1].purpose) == (number, "checking an alert against its pictures")
        assert acts[-1].objects == {"image": str(image.body.image_id)}


def test_a_picture_that_is_not_there_is_said(house: Any) -> None:
    answer = house.browser("patrol").get(f"/pictures/{uuid4()}")
    assert answer.status_code == 404
    assert "there is no picture" in answer.text.lower()


def test_while_the_store_is_away_the_page_still_works(
    make_house: Any, store_settings: Any, store: Any, spool: Any
) -> None:
    house = make_house(store_settings)
    made = house.make_list()
    hit = spool.hit(made.list_id, house.add(made.list_id).entry_id)
    image = spool.image(hit.body.read.read_id, data=JPEG)
    house.take(hit)
    house.take(image, JPEG)
    client = house.browser("patrol")
    store.stop()
    answer = client.get(f"/pictures/{image.body.image_id}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert client.get("/patrol").status_code == 200


@pytest.mark.parametrize("role", ["oversight", "admin", "list-manager", "authorising-officer", "footage"])
def test_nobody_else_sees_a_picture(house: Any, role: str) -> None:
    assert house.browser(role).get(f"/pictures/{uuid4()}").status_code == 403
