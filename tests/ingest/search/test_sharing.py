"""Results that are taken away or shown to others: to whom, why, and that the file is the one that was given."""

import csv
import hashlib
import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest

from governance.roles import Role
from ingest.errors import BadInput, NotFound
from ingest.search.sharing import COLUMNS, Sharing, to_csv


@pytest.fixture
def sharing(desk: Any) -> Sharing:
    return Sharing(desk.engine, desk.clock, desk.searches)


@pytest.fixture
def made(desk: Any, grounds: Any) -> Any:
    desk.seen()
    desk.seen("LD70XYZ")
    return desk.searches.ask(desk.question(), grounds, desk.dc)


def files(export: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(export.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_export_says_who_why_when_and_how_to_check_it(desk: Any, sharing: Sharing, made: Any) -> None:
    export = sharing.export(
        made.search_id, desk.dc, ["CPS London North", " CPS  London North "], "for the charging file"
    )
    inside = files(export)
    cover = inside["cover.txt"].decode()
    for words in (
        "Drawn dc-drawn (dc-drawn)",
        "Given to       CPS London North\n",
        "2026-11-23T03:04:05.678Z",
        "for the charging file",
        "CR/4411/26",
        "on behalf of DI Drawn",
        hashlib.sha256(inside["reads.csv"]).hexdigest(),
    ):
        assert words in cover
    (header, row) = csv.reader(io.StringIO(inside["reads.csv"].decode()))
    assert tuple(header) == COLUMNS
    assert row[2] == "AB12CDE"
    (act,) = desk.acts("reads.export")
    assert (act.actor, act.purpose, act.details["reads"]) == ("dc-drawn", "for the charging file", 1)
    assert act.details["sha256"] == export.sha256 == hashlib.sha256(inside["reads.csv"]).hexdigest()
    assert "AB12CDE" not in str(act)


@pytest.mark.parametrize(
    ("recipients", "why", "said"),
    [
        ([], "for the file", "say who gets the file"),
        ([" "], "for the file", "say who gets the file"),
        ([f"office {n}" for n in range(21)], "for the file", "1 to 20 recipients"),
        (["x" * 121], "for the file", "1 to 120 characters"),
        (["CPS"], " ", "why is empty"),
        (["CPS"], "because of AB12 CDE", "names AB12 CDE"),
        (["keeper of AB12CDE"], "for the file", "names AB12CDE"),
    ],
)
def test_nothing_leaves_without_a_recipient_and_a_reason(
    desk: Any, sharing: Sharing, made: Any, recipients: list[str], why: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        sharing.export(made.search_id, desk.dc, recipients, why)
    assert desk.acts("reads.export") == []


def test_nobody_takes_away_what_others_found(desk: Any, sharing: Sharing, made: Any) -> None:
    with pytest.raises(NotFound):
        sharing.export(made.search_id, desk.ds, ["CPS"], "for the file")
    with pytest.raises(NotFound):
        sharing.share(made.search_id, desk.ds, "dc-drawn", "to look")
    with pytest.raises(NotFound):
        sharing.export(uuid4(), desk.dc, ["CPS"], "for the file")


def test_what_a_spreadsheet_would_run_is_text(desk: Any, make_read: Any, grounds: Any) -> None:
    desk.seen(as_read="=1+1", software="@cmd")
    page = desk.searches.page(desk.searches.ask(desk.question(), grounds, desk.dc).search_id, desk.dc)
    table = to_csv(page.reads).decode()
    assert ",'=1+1," in table
    assert ",'@cmd" in table
    assert ",-0.12," in table


def test_a_colleague_may_open_what_was_shared(desk: Any, sharing: Sharing, made: Any) -> None:
    sharing.share(made.search_id, desk.dc, " DS-Other ", "second pair of eyes")
    assert len(desk.searches.page(made.search_id, desk.ds).reads) == 1
    assert [one.search_id for one in desk.searches.mine(desk.ds)] == [made.search_id]
    (act,) = desk.acts("reads.share")
    assert (act.actor, act.purpose) == ("dc-drawn", "second pair of eyes")


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("nobody", NotFound, "no open account"),
        ("pc-drawn", BadInput, "may not search reads"),
        ("dc-drawn", BadInput, "yours already"),
        ("gone", NotFound, "no open account"),
    ],
)
def test_results_are_shared_with_those_who_may_search_only(
    desk: Any, sharing: Sharing, made: Any, name: str, error: type[Exception], said: str
) -> None:
    desk.person("pc-drawn", Role.PATROL)
    desk.person("gone", Role.INVESTIGATOR)
    desk.accounts.disable("gone", "system:test")
    with pytest.raises(error, match=said):
        sharing.share(made.search_id, desk.dc, name, "to look")
    assert desk.acts("reads.share") == []
