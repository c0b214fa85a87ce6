from pathlib import Path
from typing import Any

import pytest

from governance.authority.question import Kind
from governance.authority.ranks import RANKS_FILE, Rules
from governance.errors import BadRules
from tests.governance.authority.drawn import RULES, request


@pytest.mark.parametrize(
    ("kind", "rank", "on_paper", "by_word"),
    [
        (Kind.ANPR_SEARCH, "sergeant", False, False),
        (Kind.ANPR_SEARCH, "inspector", True, True),
        (Kind.ANPR_SEARCH, "commissioner", True, True),
        (Kind.FACE_DEPLOYMENT, "inspector", False, True),
        (Kind.FACE_DEPLOYMENT, "superintendent", True, True),
        (Kind.FACE_WATCHLIST, "superintendent", True, False),
        (Kind.DISCLOSURE, "commissioner", True, False),
        (Kind.ANPR_LIST, "wizard", False, False),
        (Kind.ANPR_LIST, "", False, False),
    ],
)
def test_which_rank_may_grant_what(kind: Kind, rank: str, on_paper: bool, by_word: bool) -> None:
    assert RULES.suffices(rank, kind) is on_paper
    assert RULES.suffices_verbally(rank, kind) is by_word


def test_each_rule_says_how_firm_it_is() -> None:
    assert {rule.standing for rule in RULES.kinds.values()} <= {"firm", "reported", "assumed"}
    assert all(rule.note for rule in RULES.kinds.values())


BOWTIE = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [3.0, 0.0]]
LATE = {"ends_at": "2026-12-01T08:00:00Z"}


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        (Kind.FACE_DEPLOYMENT, LATE, "may run for 1 days"),
        (Kind.ANPR_LIST, {"ends_at": "2027-11-25T08:00:00Z"}, "366 days"),
        (Kind.ANPR_LIST, {"ends_at": "2027-01-25T08:00:00Z", "review_at": "2026-12-22T08:00:00Z"}, "within 28 days"),
        (Kind.FACE_DEPLOYMENT, {"place": {"kind": "force-wide"}}, "an area or boroughs"),
        (Kind.FACE_DEPLOYMENT, {"place": {"kind": "boroughs", "names": ["Camden"]}}, "need their outlines"),
        (Kind.FACE_DEPLOYMENT, {"devices": "all"}, "must be named"),
        (Kind.FACE_DEPLOYMENT, {"documents": []}, "community-impact, dpia, equality-impact"),
        (Kind.ANPR_LIST, {"place": {"kind": "area", "outlines": [BOWTIE]}}, "crosses itself"),
    ],
)
def test_what_a_request_lacks_is_said(kind: Kind, change: dict[str, Any], said: str) -> None:
    assert RULES.faults(request(kind)) == ()
    (fault,) = RULES.faults(request(kind, **change))
    assert said in fault


TEXT = RANKS_FILE.read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('least_rank = "inspector"', 'least_rank = "wizard"', "wizard"),
        ('kind = "disclosure"', 'kind = "drone-flight"', "each of"),
        ('"sergeant",', '"constable",', "twice"),
        ("confirm_within_h = 72\n", "", "go together"),
        ("longest_days = 366", "longest_days = 0", "longest_days"),
        ('standing = "assumed"', 'standing = "certain"', "standing"),
        ("ranks = [", "ranks = ", "cannot be read"),
        ("[[kind]]", "[[kinds]]", "kinds"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    path = tmp_path / "ranks.toml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(BadRules, match=said):
        Rules.read(path)


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match=r"ranks\.toml cannot be read"):
        Rules.read(tmp_path / "ranks.toml")
