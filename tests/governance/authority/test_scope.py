import pytest
from pydantic import TypeAdapter, ValidationError

from governance.authority.question import Kind
from governance.authority.scope import Scope
from tests.governance.authority.drawn import LIST, SCOPES

OBJECTS = {
    Kind.ANPR_LIST: LIST,
    Kind.ANPR_SEARCH: "OP-LAMP",
    Kind.FACE_WATCHLIST: "W-1",
    Kind.FACE_DEPLOYMENT: "W-1",
    Kind.DRONE_FLIGHT: "CAD-7",
    Kind.DISCLOSURE: "item-1",
    Kind.RETENTION_CHANGE: "ab" * 32,
}


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_covers_what_it_names_and_nothing_else(kind: Kind) -> None:
    scope = TypeAdapter(Scope).validate_python({"kind": kind, **SCOPES[kind]})
    assert scope.covers(OBJECTS[kind])
    for other in ("", OBJECTS[kind] + " ", OBJECTS[kind].swapcase(), OBJECTS[kind][:-1], "*"):
        assert not scope.covers(other)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Kind.ANPR_LIST, {"lists": []}),
        (Kind.ANPR_SEARCH, {"oldest_days": 367}),
        (Kind.ANPR_SEARCH, {"oldest_days": 0}),
        (Kind.FACE_DEPLOYMENT, {"least_threshold": 1.01}),
        (Kind.FACE_DEPLOYMENT, {"least_threshold": float("nan")}),
        (Kind.FACE_WATCHLIST, {"most_faces": 0}),
        (Kind.RETENTION_CHANGE, {"rules_sha256": "AB" * 32}),
        (Kind.DISCLOSURE, {"also": "more"}),
    ],
)
def test_a_scope_that_says_too_little_or_too_much_is_refused(kind: Kind, change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Scope).validate_python({"kind": kind, **SCOPES[kind], **change})
