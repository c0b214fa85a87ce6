"""The rules as data: the file that comes with the program, and every way in which one can be wrong."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from governance.errors import BadRules
from governance.retention.rules import FILE, Disposal, RuleSet, Since

ROOT = Path(__file__).resolve().parents[3]
HOLD = '[[hold]]\nkind = "legal"\nlongest = "P12M"\nrenewable = true\n'


def file_of(**fields: str) -> bytes:
    known = {"class": '"a"', "delete_by": '"P31D"', "clock": '"capture"', "legal_basis": '"law"', "standing": '"firm"'}
    lines = [f"{name} = {value}" for name, value in (known | fields).items() if value]
    return "\n".join(["[[rule]]", *lines]).encode()


def test_the_rules_that_come_with_the_program() -> None:
    rules = RuleSet.read()
    assert rules.sha256 == hashlib.sha256(FILE.read_bytes()).hexdigest()
    read = rules.rules["anpr-read"]
    assert (read.delete_by.text if read.delete_by else "", read.since, read.standing) == ("P12M", Since.CAPTURE, "firm")
    assert rules.rules["evidential-mopi-3"].disposal is Disposal.REVIEW
    assert set(rules.holds) == {"legal", "scrutiny"}
    assert all(rule.legal_basis for rule in rules.rules.values())


def test_they_are_the_starting_rules_of_the_standards() -> None:
    path = ROOT.parent / "shared" / "standards" / "retention.toml"
    if not path.is_file():
        pytest.skip("the standards are not here (shared/standards beside the repository)")
    ours = tomllib.loads(FILE.read_text())
    for kind, key in (("rule", "class"), ("hold", "kind")):
        mine = {one[key]: one for one in ours[kind]}
        for one in tomllib.loads(path.read_text())[kind]:
            same = {name: value for name, value in mine[one[key]].items() if name in one and name != "note"}
            assert same == {name: value for name, value in one.items() if name != "note"}


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"\xff", "not TOML"),
        (b"[[rule]", "not TOML"),
        (b"", "rule"),
        (file_of(clock='"now"'), "clock"),
        (file_of(standing='"sure"'), "standing"),
        (file_of(legal_basis=""), "legal_basis"),
        (file_of(delete_by='"31 days"'), "is not a duration"),
        (file_of(delete_by=""), "needs keep_at_least or delete_by"),
        (file_of(colour='"red"'), "colour"),
        (file_of(keep_at_least='"P32D"'), "may not be deleted before P32D and must be after P31D"),
        (file_of(keep_at_least='"P1M"', delete_by='"P30D"'), "may not be deleted before"),
        (file_of(disposal='"review"'), "goes with no delete_by"),
        (file_of(delete_by="", keep_at_least='"P1D"'), "goes with no delete_by"),
        (file_of(disposal='"never-stored"'), "PT0S"),
        (file_of(ends_with='"deployment"', keep_at_least='"P1D"'), "ends_with"),
        (file_of(delete_by="", keep_at_least='"P1D"', disposal='"review"', review_every='"PT0S"'), "no time at all"),
        (file_of() + b"\n" + file_of(), "stands there twice"),
        (file_of() + f"\n{HOLD}{HOLD}".encode(), "stands there twice"),
        (b"#" * 200_001, "at most 200000 bytes"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(file: bytes, said: str) -> None:
    with pytest.raises(BadRules, match=said):
        RuleSet.parse(file)


def test_a_file_that_is_not_there_says_so() -> None:
    with pytest.raises(BadRules, match="cannot be read"):
        RuleSet.read(FILE.with_name("none.toml"))
