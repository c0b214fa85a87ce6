"""Sets of retention rules as a verifier sees them: signed, authorised, and only after their wait."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from governance.acts import Act
from governance.entry import Entry
from governance.errors import BadExport
from governance.export.gathering import gather
from governance.export.part import Part
from governance.export.rulesets import CHANGING_OVER, RulesInForce, check_rules
from governance.keys import PrivateKey
from governance.retention.rules import FILE, RuleSet
from governance.retention.signed_rules import KIND
from governance.signed import Signed
from tests.governance.export.entries import START, logged_at

KEY = PrivateKey.new()
FIRST = RuleSet.read()
SECOND = RuleSet.parse(FILE.read_bytes() + b"\n# changed\n")
WEEK = timedelta(days=7)
MOMENT = timedelta(milliseconds=1)


def form(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def document(number: int, rules: RuleSet, starts_at: datetime, **changes: Any) -> bytes:
    said = {"number": number, "sha256": rules.sha256, "file": rules.file.decode(), "starts_at": form(starts_at)}
    return Signed.make(KIND, said | changes, KEY).to_bytes()


def act(name: str, number: int, rules: RuleSet, starts_at: datetime) -> Act:
    details = {"rules_sha256": rules.sha256, "number": number, "starts_at": form(starts_at)}
    return Act("admin", f"retention.{name}", "why", None if number == 1 else "A-7", {"retention-rules": "2"}, details)


BEGUN = (act("start", 1, FIRST, START), START)
PROPOSED = (act("propose", 2, SECOND, START + WEEK), START)
CHANGED = (act("change", 2, SECOND, START + WEEK), START + WEEK)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    (made / "1.json").write_bytes(document(1, FIRST, START))
    (made / "2.json").write_bytes(document(2, SECOND, START + WEEK))
    return made


def check(folder: Path, *steps: tuple[Act, datetime]) -> tuple[Part, RulesInForce]:
    entries: list[Entry] = logged_at(*steps)
    return check_rules(folder, KEY.public, gather(entries, len(entries)))


def test_sets_that_came_into_force_properly_hold(folder: Path) -> None:
    part, rules = check(folder, BEGUN, PROPOSED, CHANGED)
    assert (part.problems, part.notes, part.checked) == ([], [], 2)
    assert rules.at(FIRST.sha256, START + WEEK + CHANGING_OVER).sha256 == FIRST.sha256
    assert rules.at(SECOND.sha256, START + WEEK - CHANGING_OVER).sha256 == SECOND.sha256
    for sha256, when in (
        (FIRST.sha256, START + WEEK + CHANGING_OVER + MOMENT),
        (SECOND.sha256, START + WEEK - CHANGING_OVER - MOMENT),
        (FIRST.sha256, START - CHANGING_OVER - MOMENT),
        ("f" * 64, START),
    ):
        with pytest.raises(BadExport, match="were not in force"):
            rules.at(sha256, when)


def test_a_change_is_also_held_against_its_authority(folder: Path) -> None:
    entries = logged_at(BEGUN, PROPOSED, CHANGED)
    uses = gather(entries, len(entries)).uses
    assert [(use.authority, use.act, use.on) for use in uses] == [("A-7", "retention.change", SECOND.sha256)] * 2


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([BEGUN, CHANGED], "entry 1 of the log puts set 2 of the rules into force, which was never proposed"),
        ([BEGUN, PROPOSED, (CHANGED[0], START + WEEK - MOMENT)], "before it had waited"),
        ([BEGUN, (PROPOSED[0], START + WEEK - timedelta(hours=23)), CHANGED], "before it had waited"),
        ([BEGUN, PROPOSED, (replace(CHANGED[0], authority="A-8"), START + WEEK)], "not what entry 1 proposed"),
        (
            [BEGUN, (replace(PROPOSED[0], authority=None), START), (replace(CHANGED[0], authority=None), START + WEEK)],
            "under no authority",
        ),
        (
            [BEGUN, (act("start", 2, SECOND, START + WEEK), START + WEEK)],
            "entry 1 of the log puts a first set of rules into force, and there was one before",
        ),
        ([BEGUN], "rules/2.json is in no entry of the log"),
        ([(act("start", 1, SECOND, START), START), PROPOSED, CHANGED], "rules/1.json is not the set that entry 0"),
        (
            [BEGUN, PROPOSED, CHANGED, (act("propose", 3, FIRST, START + 2 * WEEK), START + WEEK)],
            "rules/3.json, of entry 3 of the log, is not there",
        ),
    ],
)
def test_what_is_not_proper_is_named(folder: Path, steps: list[tuple[Act, datetime]], said: str) -> None:
    part, _ = check(folder, *steps)
    assert any(said in problem for problem in part.problems), part.problems


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "rules/2.json: "),
        (Signed.make(KIND, {"number": 2}, PrivateKey.new()).to_bytes(), "not signed with the key of receipts"),
        (document(2, SECOND, START, file=FIRST.file.decode()), "is not the one that its SHA-256 names"),
        (document(3, SECOND, START), "the file holds set 3"),
        (document(2, SECOND, START, file=None), "no number or no file"),
    ],
)
def test_a_document_that_is_not_good_is_named_and_its_rules_are_not_believed(
    folder: Path, content: bytes, said: str
) -> None:
    (folder / "2.json").write_bytes(content)
    part, rules = check(folder, BEGUN, PROPOSED, CHANGED)
    assert any(said in problem for problem in part.problems), part.problems
    with pytest.raises(BadExport, match="not in the export, or do not hold"):
        rules.at(SECOND.sha256, START + WEEK)


def test_a_first_set_of_the_forces_own_is_noted(folder: Path) -> None:
    (folder / "1.json").write_bytes(document(1, SECOND, START))
    (folder / "2.json").unlink()
    part, _ = check(folder, (act("start", 1, SECOND, START), START))
    assert part.problems == []
    assert part.notes == ["the first set of rules is not the one that comes with this program: read it"]
