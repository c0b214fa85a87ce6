import pytest

from governance.authority.case import MAX_CASE_BYTES, Case
from governance.authority.states import Step
from governance.errors import BadDocument
from tests.governance.authority.drawn import INSPECTOR, NOON, Court, request


def test_a_case_reads_back() -> None:
    court = Court.sitting()
    case = court.then(court.decided(request()), Step.SUSPEND, INSPECTOR, NOON)
    assert Case.parse(case.to_bytes()) == case
    assert Case.of(case.document.to_bytes(), [each.to_bytes() for each in case.statements]) == case


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"document":{},"statements":[]}',
        b'{"document":{"body":{},"kind":"trust","signatures":[]},"statements":[]}',
        b'{"document":{"body":{},"kind":"authority","signatures":[]},"statements":{}}',
        b'{"document":{"body":{},"kind":"authority","signatures":[]},"more":1,"statements":[]}',
        b'{"document": {"body":{},"kind":"authority","signatures":[]},"statements":[]}',
        b"\xff\xfe",
        b"[" * 50_000,
        b" " * (MAX_CASE_BYTES + 1),
    ],
    ids=range(11),
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadDocument):
        Case.parse(data)


def test_a_case_continues_one_with_fewer_statements() -> None:
    court = Court.sitting()
    granted = court.decided(request())
    suspended = court.then(granted, Step.SUSPEND, INSPECTOR, NOON)
    ended = court.then(granted, Step.END, INSPECTOR, NOON)
    assert suspended.continues(granted)
    assert granted.continues(granted)
    assert not granted.continues(suspended)
    assert not ended.continues(suspended)
    assert not court.decided(request(title="Another")).continues(granted)
