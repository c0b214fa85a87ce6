import pytest
from pydantic import TypeAdapter, ValidationError

from governance.authority.fields import Id, Reason, Reference, UtcTime, time_text
from tests.governance.authority.drawn import ID


@pytest.mark.parametrize(
    "text",
    ["", "   ", "Burglary", "as discussed", "a b c d e f", "yes yes yes yes yes", "1 22 333 4444 55555", "x" * 4_001],
)
def test_a_reason_without_substance_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Reason).validate_python(text)


@pytest.mark.parametrize("text", ["Four different words suffice", "  Prévenir les cambriolages ici \n"])
def test_a_reason_with_words_is_taken(text: str) -> None:
    assert TypeAdapter(Reason).validate_python(text) == text.strip()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-11-23T03:04:05.678901Z", "2026-11-23T03:04:05.678Z"),
        ("2026-07-01T01:30:00+01:00", "2026-07-01T00:30:00.000Z"),
        ("2028-02-29T23:59:59.999Z", "2028-02-29T23:59:59.999Z"),
    ],
)
def test_a_time_has_one_form(given: str, kept: str) -> None:
    assert time_text(TypeAdapter(UtcTime).validate_python(given)) == kept


@pytest.mark.parametrize("given", ["2026-11-23T03:04:05", "0001-01-01T00:00:00+14:00", "2027-02-29T00:00:00Z"])
def test_what_is_no_moment_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(UtcTime).validate_python(given)


@pytest.mark.parametrize("given", ["", ID.upper(), ID.replace("-", ""), "019a0000-0000-4000-8000-000000000001", "x"])
def test_an_id_is_a_uuid7_in_its_one_form(given: str) -> None:
    assert TypeAdapter(Id).validate_python(ID) == ID
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(given)


@pytest.mark.parametrize("given", ["AUTH-26-1", "auth-2026-0001", "AUTH-2026-0001\n", "AUTH-2026-"])
def test_a_reference_has_one_form(given: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Reference).validate_python(given)
