"""Accounts on both engines, with a key to seal with."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from governance.log import Log
from governance.roles import Role
from governance.sealing import Sealer
from ingest.accounts import SEALED_FOR, Accounts

PASSWORD = "three random words"


@pytest.fixture
def accounts(engine: Engine, log: Log, clock: Any) -> Accounts:
    sealer = Sealer(bytes(32), SEALED_FOR)
    accounts = Accounts(engine, log, clock, sealer, idle=timedelta(hours=1), longest=timedelta(hours=12))
    accounts.create("alice", "Alice Archer", [Role.PATROL, Role.FOOTAGE], PASSWORD, "system:setup")
    return accounts
