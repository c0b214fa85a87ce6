"""A register on each engine, a list, and a vehicle to put on it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from governance.log import Log
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists, VoiList


@pytest.fixture
def lists(engine: Engine, log: Log, clock: Any) -> Lists:
    return Lists(engine, log, clock)


@pytest.fixture
def made(lists: Lists) -> VoiList:
    return lists.create("Burglary", "Find vehicles used in burglaries", "DI 1", "AO-LIST", "manager")


@pytest.fixture
def draft(clock: Any) -> EntryDraft:
    return EntryDraft("ab12 cde", "Seen", "ACT", "Stop", ("Violent",), "DC 2", clock() + timedelta(days=7), "AO-7")
