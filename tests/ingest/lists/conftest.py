"""A register on each engine, a list under an authority, and a vehicle to put on it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from governance.log import Log
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists, VoiList
from tests.ingest.granting import Grants


@pytest.fixture
def lists(engine: Engine, log: Log, clock: Any, grants: Grants) -> Lists:
    return Lists(engine, log, clock, grants.authorities)


@pytest.fixture
def reference(grants: Grants) -> str:
    """An authority for the lists of these tests."""
    return grants.lists("Burglary", "Other", days=300)


@pytest.fixture
def made(lists: Lists, reference: str) -> VoiList:
    return lists.create("Burglary", "Find vehicles used in burglaries", "DI 1", reference, "manager")


@pytest.fixture
def draft(clock: Any) -> EntryDraft:
    return EntryDraft("ab12 cde", "Seen", "ACT", "Stop", ("Violent",), "DC 2", clock() + timedelta(days=7), "AO-7")
