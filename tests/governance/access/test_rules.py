"""The rules as data: the shipped ones are read, and what contradicts itself is refused by name."""

import shutil

import pytest

from governance.access.rules import FILES, FOLDER, AccessRules
from governance.errors import BadRules


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


def test_the_shipped_rules_hold_what_the_standard_says():
    rules = AccessRules.read()
    assert [tier.name for tier in rules.tiers] == ["recent", "older"]
    assert {name for name, purpose in rules.purposes.items() if purpose.serious} == {
        "serious-crime",
        "major-investigation",
        "counter-terrorism",
    }
    assert len(rules.sha256) == 64


def test_a_folder_of_the_force_s_own_counts_instead(folder):
    path = folder / "surveillance.toml"
    path.write_text(path.read_text().replace("repeats = 3", "repeats = 2"))
    rules = AccessRules.read(folder)
    assert rules.surveillance.repeats == 2
    assert rules.sha256 != AccessRules.read().sha256


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("tiers.toml", 'name = "older"', 'name = "recent"', "the same name"),
        ("tiers.toml", "before_days = 90", "before_days = 400", "in order of age"),
        ("tiers.toml", "before_years = 1", "", "needs either before_days or before_years"),
        ("tiers.toml", "serious = true", 'serious = "maybe"', "serious"),
        ("purposes.toml", 'standing = "firm"', 'standing = "sure"', "standing"),
        ("surveillance.toml", "repeats = 3", "repeats = 1", "repeats"),
        ("surveillance.toml", "repeats = 3", "again = 3", "again"),
        ("surveillance.toml", "question_days = 93", "question_days = 6", "less than results_days"),
        ("surveillance.toml", "repeats = 3", "repeats =", "cannot be read"),
    ],
)
def test_rules_that_cannot_be_are_refused(folder, name, old, new, said):
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadRules, match=said):
        AccessRules.read(folder)


def test_a_folder_without_them_is_refused(tmp_path):
    with pytest.raises(BadRules, match=r"purposes\.toml cannot be read"):
        AccessRules.read(tmp_path)
