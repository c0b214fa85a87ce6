"""What tests of lists are made of: a CSV file and its rows, and what the log says."""

import io
from typing import Any

from governance.log import Act, Log
from ingest.lists.register import Lists, VoiList

HEADER = "vrm,reason,marker,action,risk_warnings,owner,expires,authority\n"


def row(vrm: str, authority: str = "AO-7", expires: str = "2026-12-31") -> str:
    return f"{vrm},Seen,ACT,Stop,Violent,DC 2,{expires},{authority}\n"


def acts(log: Log) -> list[Act]:
    """What was done with lists; what was done with authorities for it stands beside that."""
    return [entry.act for entry in log.read() if entry.act.act.startswith("list.")]


def load(lists: Lists, made: VoiList, text: str) -> Any:
    return lists.import_csv(made.list_id, io.BytesIO(text.encode()), "manager")
