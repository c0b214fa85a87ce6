import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.acts import Act, Operation
from governance.entry import Entry, draft_of, read_entry, time_of, to_ms
from governance.errors import BadAct
from governance.merkle.tiles import MAX_ENTRY_BYTES

AT = datetime(2026, 11, 23, 2, 14, 5, 123_456, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
name = text.filter(lambda value: bool(value.strip()))
details = (
    st.none()
    | st.booleans()
    | text
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer() or abs(x) < 2**53)
)
acts = st.builds(
    Act,
    actor=name,
    act=name,
    purpose=name,
    authority=st.none() | text,
    objects=st.dictionaries(text, text, max_size=3),
    details=st.dictionaries(text, details, max_size=3),
    commitments=st.dictionaries(text, st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=3),
    operation=st.none() | st.sampled_from(Operation),
    recipients=st.lists(name, max_size=3).map(tuple),
)


@given(acts, st.integers(0, 10**9), st.datetimes(timezones=st.just(UTC)))
def test_an_entry_reads_back_as_it_was_written(act, index, at):
    data = draft_of(act).to_bytes(to_ms(at))
    assert read_entry(data, index) == Entry(index, to_ms(at), act)
    assert len(data) <= MAX_ENTRY_BYTES


@given(acts, st.datetimes(timezones=st.just(UTC)))
def test_an_entry_is_canonical_json_and_its_time_is_found_without_reading_it(act, at):
    data = draft_of(act).to_bytes(to_ms(at))
    assert rfc8785.dumps(json.loads(data)) == data
    assert time_of(data) == json.loads(data)["at"]


def test_the_form_is_the_one_that_the_docstring_describes():
    """A second writer of the form, from the words of governance.entry alone."""
    act = Act(
        "élan",
        "list.publish",
        'why "now"\n',
        "AO/7",
        {"list": "7"},
        {"rows": 3, "share": 0.5, "ok": True, "none": None},
        {"mark": "ab" * 32},
        Operation.DISCLOSURE,
        ("Kent Police",),
    )
    assert (
        draft_of(act).to_bytes(to_ms(AT))
        == (
            '{"act":"list.publish","actor":"élan","at":"2026-11-23T02:14:05.123Z","authority":"AO/7",'
            '"commitments":{"mark":"' + "ab" * 32 + '"},"details":{"none":null,"ok":true,"rows":3,"share":0.5},'
            '"objects":{"list":"7"},"operation":"disclosure","purpose":"why \\"now\\"\\n","recipients":["Kent Police"]}'
        ).encode()
    )


def test_time_is_written_as_utc_whatever_the_clocks_zone():
    at = to_ms(AT.astimezone(timezone(timedelta(hours=1))))
    assert b'"at":"2026-11-23T02:14:05.123Z"' in draft_of(Act("a", "b", "c")).to_bytes(at)
    assert at == AT.replace(microsecond=123_000)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"actor": ""}, "actor"),
        ({"actor": None}, "actor"),
        ({"act": " "}, "act is"),
        ({"purpose": ""}, "purpose"),
        ({"authority": 7}, "authority"),
        ({"objects": {"list": 7}}, "object 'list'"),
        ({"objects": {7: "list"}}, "name 7"),
        ({"details": {"n": float("nan")}}, "detail 'n'"),
        ({"details": {"n": float("inf")}}, "detail 'n'"),
        ({"details": {"n": 2**53}}, "detail 'n'"),
        ({"details": {"n": 1e16}}, "detail 'n'"),
        ({"details": {"n": [1]}}, "detail 'n' is a list"),
        ({"details": {"n": b"x"}}, "detail 'n' is a bytes"),
        ({"details": {"n": "\ud800"}}, "UTF-8"),
        ({"actor": "\udfff"}, "UTF-8"),
        ({"commitments": {"mark": "AB" * 32}}, "commitment 'mark'"),
        ({"commitments": {"mark": "ab" * 31}}, "commitment 'mark'"),
        ({"commitments": {"mark": None}}, "commitment 'mark'"),
        ({"operation": "disclosure"}, "operation is 'disclosure'"),
        ({"recipients": "Kent Police"}, "recipients are 'Kent Police'"),
        ({"recipients": ("",)}, "recipients are"),
        ({"recipients": (7,)}, "recipients are"),
    ],
)
def test_an_act_that_cannot_be_written_is_refused(fields, fault):
    with pytest.raises(BadAct, match=fault):
        Act(**{"actor": "a", "act": "b", "purpose": "c", **fields})


@pytest.mark.parametrize("over", [0, 1])
def test_an_act_that_is_too_long_is_refused(over):
    room = MAX_ENTRY_BYTES - len(draft_of(Act("a", "b", "c")).to_bytes(AT)) + 1
    act = Act("a", "b", "c" * (room + over))
    if over:
        with pytest.raises(BadAct, match="takes 65536 bytes, over the limit of 65535"):
            draft_of(act)
    else:
        assert len(draft_of(act).to_bytes(to_ms(AT))) == MAX_ENTRY_BYTES


def test_an_act_does_not_change_with_the_mapping_that_it_was_made_from():
    objects = {"list": "7"}
    act = Act("a", "b", "c", objects=objects)
    objects["list"] = "8"
    assert act.objects == {"list": "7"}


GOOD = json.loads(draft_of(Act("a", "b", "c", details={"n": 1})).to_bytes(to_ms(AT)))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"more": 1}, "fields"),
        ({"at": "2026-11-23 02:14:05.123Z"}, "time"),
        ({"at": "2026-13-23T02:14:05.123Z"}, "month"),
        ({"at": None}, "time"),
        ({"objects": [["a", "b"]]}, "canonical"),
        ({"objects": None}, "not an entry"),
        ({"details": {"n": 2**53}}, "detail"),
        ({"details": {"n": 1e20}}, "detail"),
        ({"actor": ""}, "actor"),
        ({"operation": "theft"}, "theft"),
        ({"recipients": None}, "recipients"),
        ({"recipients": "Kent"}, "recipients"),
    ],
)
def test_json_that_is_no_entry_is_refused(change, fault):
    data = json.dumps(GOOD | change, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(ValueError, match=fault):
        read_entry(data, 0)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "not an entry"),
        (b"\xff{}", "not an entry"),
        (b"[" * 40_000, "not an entry"),
        (b"[]", "fields"),
        (rfc8785.dumps(GOOD).replace(b'"n":1', b'"n": 1'), "canonical"),
        (rfc8785.dumps(GOOD).replace(b'"n":1', b'"n":0,"n":1'), "canonical"),
        (rfc8785.dumps(GOOD).replace(b'"n":1', b'"n":1.0'), "canonical"),
        (rfc8785.dumps(GOOD) + b"\n", "canonical"),
    ],
)
def test_bytes_that_are_no_entry_are_refused(data, fault):
    with pytest.raises(ValueError, match=fault):
        read_entry(data, 0)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_entry_or_refused_with_words(data):
    with pytest.raises(ValueError, match="not an entry of this log"):
        read_entry(data, 0)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"act":"a","actor":"b","at":"yesterday",', b'{"act":"\\","at":"'])
def test_what_does_not_begin_as_an_entry_has_no_time(data):
    assert time_of(data) is None


def test_a_time_among_the_objects_is_not_taken_for_the_entrys():
    act = Act('"at":"x', "b", "c", objects={"at": "2020-01-01T00:00:00.000Z"})
    assert time_of(draft_of(act).to_bytes(to_ms(AT))) == "2026-11-23T02:14:05.123Z"
