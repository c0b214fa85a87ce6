"""`lanthorn search`, command by command, against a real centre whose time the tests move."""

import io
import stat
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from governance.authority.question import Kind
from lanthorn.errors import CentreRefused, LanthornError
from tests.lanthorn.site import Site, opened

WHY = ("--purpose", "crime", "--reference", "CR/4411/26", "--for", "DI Drawn")
SERIOUS = ("--purpose", "serious-crime", "--reference", "OP DRAWN", "--for", "DI Drawn")
PAST = ("--from", "2026-11-20", "--until", "2026-11-22")
LONG_AGO = ("--from", "2026-06-01", "--until", "2026-06-30")
"""The centre's time is 23 November 2026, just after three in the morning."""
DC = "investigator"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site")) as site:
        yield site


def test_what_a_search_needs_is_said_before_it_is_made(site: Site) -> None:
    said = site.run("search", "need", "--from", "2026-11-20", user=DC).stdout
    assert "Reads up to 90 days old need:\n  - a purpose, a reference and on whose behalf\n" in said
    said = site.run("search", "need", "--from", "2026-06-01", "--purpose", "crime", user=DC).stdout
    assert "Reads from 90 days to one year old need:" in said
    assert "the reference of an authority of the kind anpr-search" in said
    assert "The purpose that you chose is not enough." in said
    assert site.json("search", "need", "--from", "2025-01-01", user=DC)["tier"] is None
    assert site.acts("reads.search") == site.acts("reads.search-refused") == 0


def test_reads_are_found_shown_taken_away_and_shared(site: Site, tmp_path: Path) -> None:
    site.house.centre.accounts.create("ds.other", "DS Other", {"investigator"}, None, "system:test")
    ids = [site.seen("XY22ABC", timedelta(hours=30 + hours)) for hours in range(3)]
    made = site.run("search", "make", *WHY, *PAST, "--vrm", "xy22 abc", "--limit", "2", user=DC)
    assert "Reads up to 90 days old need:" in made.stderr
    first, _, newest, _, on = made.stdout.splitlines()
    assert "3 reads" in first
    assert newest.startswith("2026-11-21 21:04:05 GMT  XY22 ABC  ")
    assert on.startswith("2 of 3 shown; on: lanthorn search show ")
    search = first.split()[0]
    assert search in site.run("search", "list", user=DC).stdout
    shown = site.json("search", "show", search, "--start", "2", user=DC)
    assert [one["read_id"] for one in shown["reads"]] == [ids[2]]
    file = tmp_path / "reads.zip"
    site.run("search", "export", search, str(file), "--to", "CPS London", "--why", "charge file", user=DC)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as found:
        assert found.read("reads.csv").count(b"XY22ABC,XY22ABC") == 3
    with pytest.raises(CentreRefused, match="no search"):
        site.run("search", "show", search, user="ds.other")
    site.run("search", "share", search, "ds.other", "--why", "same case", user=DC)
    assert len(site.json("search", "show", search, user="ds.other")["reads"]) == 3


def test_nothing_is_given_that_could_not_be_written(site: Site, tmp_path: Path) -> None:
    search = site.json("search", "make", *WHY, *PAST, "--vrm", "AB12CDE", user=DC)["search"]["search_id"]
    there = tmp_path / "there.zip"
    there.write_text("something else")
    before = site.acts("reads.export")
    export = ("search", "export", search)
    with pytest.raises(LanthornError, match=r"there\.zip cannot be written: File exists"):
        site.run(*export, str(there), "--to", "CPS", "--why", "w", user=DC)
    assert (site.acts("reads.export"), there.read_text()) == (before, "something else")
    with pytest.raises(CentreRefused, match="why is empty"):
        site.run(*export, str(tmp_path / "new.zip"), "--to", "CPS", "--why", " ", user=DC)
    assert not (tmp_path / "new.zip").exists()


def test_marks_come_from_a_file_or_from_standard_input(site: Site, tmp_path: Path) -> None:
    site.seen("MN05PQR", timedelta(hours=30))
    site.seen("MN05PQS", timedelta(hours=31))
    file = tmp_path / "marks.txt"
    file.write_text("\ufeffMN05 PQR\n\nMN05PQS, ZZ99ZZZ\n")
    make = ("search", "make", *WHY, *PAST)
    shown = site.json(*make, "--marks-file", str(file), user=DC)
    assert shown["search"]["question"]["marks"] == ["MN05PQR", "MN05PQS", "ZZ99ZZZ"]
    assert len(shown["reads"]) == 2
    assert "1 read\n" in site.run(*make, "--marks-file", "-", user=DC, typed="mn05pqr\n").stdout
    with pytest.raises(LanthornError, match=r"none\.txt cannot be read"):
        site.run(*make, "--marks-file", str(tmp_path / "none.txt"), user=DC)


def test_a_place_and_a_device_narrow(site: Site) -> None:
    site.seen("GH11JKL", timedelta(hours=30), device="car-8")
    make = ("search", "make", *WHY, "--from", "2026-11-21T12:00", "--until", "2026-11-22T00:00")
    found = site.json(*make, "--device", "car-8", user=DC)
    assert [one["vrm"] for one in found["reads"]] == ["GH11JKL"]
    box = site.json(*make, "--box", "51.0,-1.0,52.0,1.0", "--device", "car-8", user=DC)
    assert box["search"]["question"]["place"] == {"south": 51.0, "west": -1.0, "north": 52.0, "east": 1.0}
    near = site.json(*make, "--near", "51.5, -0.12", "--within-m", "500", "--camera", "front", user=DC)
    assert near["search"]["question"]["place"] == {"latitude": 51.5, "longitude": -0.12, "radius_m": 500.0}


def test_older_reads_need_an_authority_and_the_refusal_says_how_to_give_it(site: Site) -> None:
    make = ("search", "make", *SERIOUS, *LONG_AGO, "--vrm", "AB12CDE")
    with pytest.raises(CentreRefused, match=r"need an authority .*Nothing was searched. Give: --authority") as refused:
        site.run(*make, user=DC)
    assert ("\n" in str(refused.value), refused.value.rules) == (False, ("no-authority",))
    with pytest.raises(CentreRefused, match="another --authority"):
        site.run(*make, "--authority", "AUTH-2026-9999", user=DC)
    scope = {"kind": Kind.ANPR_SEARCH, "investigations": ["OP DRAWN"], "oldest_days": 365}
    reference = site.house.grants.grant(Kind.ANPR_SEARCH, days=1, scope=scope)
    found = site.run(*make, "--authority", reference, user=DC)
    assert f"reads older, under {reference}" in found.stdout
    with pytest.raises(CentreRefused, match=r"reads of that age are gone.* Give: a later --from"):
        site.run("search", "make", *SERIOUS, "--from", "2025-01-01", "--until", "2025-01-02", "--vrm", "A1", user=DC)


def test_the_third_look_ahead_stops_and_asks_for_a_directed_surveillance_reference(site: Site) -> None:
    make = ("search", "make", *WHY, "--from", "2026-11-22", "--until", "2026-11-23", "--vrm", "WA7CHED")
    for _ in range(2):
        site.run(*make, user=DC)
    with pytest.raises(CentreRefused) as refused:
        site.run(*make, user=DC)
    said = str(refused.value)
    assert "that is directed surveillance (RIPA 2000 s.26)" in said
    assert said.endswith(
        "Nothing was searched. Give: --surveillance REFERENCE of that authority, or an earlier --until"
    )
    assert "WA7CHED" not in said
    assert "directed surveillance DSA/12/26" in site.run(*make, "--surveillance", "DSA/12/26", user=DC).stdout
    assert site.acts("reads.search-refused") > 0


def test_who_may_not_search_is_refused(site: Site) -> None:
    with pytest.raises(CentreRefused, match="403"):
        site.run("search", "make", *WHY, *PAST, "--vrm", "AB12CDE", user="patrol")
    with pytest.raises(CentreRefused, match="choose a purpose"):
        site.run(
            "search",
            "make",
            "--purpose",
            "curiosity",
            "--reference",
            "r",
            "--for",
            "f",
            *PAST,
            "--vrm",
            "AB12CDE",
            user=DC,
        )
