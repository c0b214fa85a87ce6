"""A change of the retention rules by commands alone: asked for, granted with a key, previewed, waiting, in force."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.retention.rules import FILE
from lanthorn.errors import CentreRefused
from tests.lanthorn.site import Site, opened

REQUEST = """
rank = "constable"
title = "Six months for reads"
kind = "retention-change"
legal_basis = "The fifth data protection principle, DPA 2018 s.39"
legitimate_aim = "Keeping reads no longer than they are needed for"
necessity = "The review found that reads over six months old were never used"
less_intrusive_means = "Looking at single items was tried and takes too long"
proportionality = "Nothing that a case needs is touched by the change"
collateral_intrusion = "None beyond what the rules already hold"
collateral_limits = "Holds and classes of single items stay as they are"
starts_at = 2026-11-23T03:00:00Z
ends_at = 2026-12-21T03:00:00Z
review_at = 2026-12-14T03:00:00Z
devices = "all"

[place]
kind = "force-wide"

[scope]
kind = "retention-change"
rules_sha256 = "{}"
"""
WHY = "Necessary for the reasons given"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site")) as site:
        fingerprint = site.run("authority", "keys", "make", user="authorising-officer").stdout.splitlines()[0]
        site.run("authority", "keys", "trust", fingerprint, "--rank", "superintendent", user="admin")
        yield site


def test_rules_change_by_commands_alone(site: Site, tmp_path: Path) -> None:
    file, request = tmp_path / "rules.toml", tmp_path / "request.toml"
    file.write_text(
        FILE.read_text().replace('class = "anpr-read"\ndelete_by = "P12M"', 'class = "anpr-read"\ndelete_by = "P6M"')
    )
    site.seen("AB12CDE")
    said = site.run("retention", "change", "preview", str(file), user="admin").stdout
    assert "0 would go at once, 1 sooner, 0 would be kept longer" in said
    digest = re.search(r'must name rules_sha256 = "([0-9a-f]{64})"', said)
    assert digest is not None
    request.write_text(REQUEST.format(digest[1]))
    asked = site.run("authority", "request", str(request), user="investigator").stdout
    reference = asked.split()[0]
    propose = ("retention", "change", "propose", str(file), "--why", "Six months are enough", "--authority", reference)
    with pytest.raises(CentreRefused, match=f"not authorised: {reference} is submitted"):
        site.run(*propose, user="admin")
    site.run("authority", "decide", reference, "--grant", "--reason", WHY, user="authorising-officer")
    assert "set 2 comes into force at 2026-11-30T03:04:05.678Z" in site.run(*propose, user="admin").stdout
    assert "set 2: waiting" in site.run("retention", "rules", user="oversight").stdout
    site.house.clock.forward(days=7)
    # 1: the strays of a store that is away are not known.
    site.run("retention", "run", user="admin", ends=1)
    said = site.run("retention", "rules", user="oversight").stdout
    assert "anpr-read                    deleted by 6 months from capture" in said
    assert f"set 2: in-force, from 2026-11-30T03:04:05.678Z, by admin under {reference}" in said
