"""Every act of the product is said to be one of the six operations, or none: derived from the source itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.access.operations import OPERATIONS, RECIPIENTS, marked
from governance.acts import Act, Operation
from governance.authority.acts import ACTS as NEED_AUTHORITY
from governance.authority.states import Step
from governance.errors import BadAct

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("governance", "ingest", "lanthorn", "edge")
SUBJECTS = "account|alert|audit|authority|device|list|log|page|reads|retention|sample"
NAME = re.compile(rf"(?:{SUBJECTS})(?:\.[a-z-]+)+")
FILE_ENDINGS = frozenset({"acl", "crl", "crt", "css", "csv", "db", "html", "js", "json", "pem", "vkey"})


def names() -> Iterator[str]:
    """Every text of the source that has the form of an act's name and is not a file's."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
                    yield node.value


def test_every_act_in_the_source_is_in_the_table() -> None:
    found = {name for name in names() if name.rpartition(".")[2] not in FILE_ENDINGS}
    asked_only = {"list.match"}
    assert asked_only <= NEED_AUTHORITY.keys()
    assert found - asked_only <= OPERATIONS.keys()


def test_every_step_with_an_authority_is_in_the_table() -> None:
    assert {f"authority.{step}" for step in Step} <= OPERATIONS.keys()


def test_an_act_is_marked_when_it_is_written() -> None:
    assert marked(Act("a", "reads.search", "p")).operation is Operation.CONSULTATION
    assert marked(Act("a", "list.create", "p")).operation is None


def test_what_an_act_says_itself_counts() -> None:
    assert marked(Act("a", "page.view", "p", operation=Operation.COLLECTION)).operation is Operation.COLLECTION


def test_a_list_is_disclosed_to_the_devices() -> None:
    assert marked(Act("a", "list.publish", "p")).recipients == RECIPIENTS["list.publish"]


def test_a_disclosure_to_nobody_is_refused() -> None:
    with pytest.raises(BadAct, match="say who its recipients are"):
        marked(Act("a", "reads.export", "p"))
