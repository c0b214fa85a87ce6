import hashlib
import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.acts import Act, Operation
from governance.entry import START, canonical, hash_of, line_of, parse
from governance.errors import BadAct

AT = datetime(2026, 11, 23, 2, 14, 5, 123_456, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
name = text.filter(lambda value: bool(value.strip()))
details = (
    st.none()
    | st.booleans()
    | text
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
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
def test_a_line_reads_back_as_its_entry(act, index, at):
    line, entry = line_of(index, at, act, START)
    assert parse(line) == entry
    assert entry.act == act
    assert line.count(b"\n") == 1


def test_the_form_is_the_one_that_the_docstring_describes():
    """A second writer of the format, from the words of governance.log alone."""
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
    line, _ = line_of(7, AT, act, "cd" * 32)
    body = (
        '{"act":"list.publish","actor":"élan","at":"2026-11-23T02:14:05.123Z","authority":"AO/7",'
        '"commitments":{"mark":"' + "ab" * 32 + '"},"details":{"none":null,"ok":true,"rows":3,"share":0.5},"index":7,'
        '"objects":{"list":"7"},"operation":"disclosure","previous":"' + "cd" * 32 + '",'
        '"purpose":"why \\"now\\"\\n","recipients":["Kent Police"]}'
    ).encode()
    digest = hashlib.sha256(b"lanthorn log entry v1\n" + body).hexdigest().encode()
    assert line == body[:-1] + b',"hash":"' + digest + b'"}\n'


def test_time_is_written_as_utc_whatever_the_clocks_zone():
    line, entry = line_of(0, AT.astimezone(timezone(timedelta(hours=1))), Act("a", "b", "c"), START)
    assert b'"at":"2026-11-23T02:14:05.123Z"' in line
    assert entry.at == AT.replace(microsecond=123_000)


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


def test_an_act_that_is_too_long_is_refused():
    with pytest.raises(BadAct, match="over the limit of 65536"):
        line_of(0, AT, Act("a", "b", "c" * 65_536), START)


def test_an_act_does_not_change_with_the_mapping_that_it_was_made_from():
    objects = {"list": "7"}
    act = Act("a", "b", "c", objects=objects)
    objects["list"] = "8"
    assert act.objects == {"list": "7"}


def _sealed(body: bytes) -> bytes:
    return body[:-1] + b',"hash":"' + hash_of(body).encode() + b'"}\n'


GOOD = json.loads(line_of(3, AT, Act("a", "b", "c", details={"n": 1}), START)[0])
del GOOD["hash"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"more": 1}, "fields"),
        ({"index": -1}, "index"),
        ({"index": True}, "index"),
        ({"index": 3.0}, "index"),
        ({"at": "2026-11-23 02:14:05.123Z"}, "time"),
        ({"at": "2026-13-23T02:14:05.123Z"}, "month"),
        ({"previous": "x"}, "previous"),
        ({"objects": [["a", "b"]]}, "canonical"),
        ({"objects": None}, "not an entry"),
        ({"details": {"n": 10**17}}, "detail"),
        ({"actor": ""}, "actor"),
        ({"operation": "theft"}, "theft"),
        ({"recipients": None}, "recipients"),
        ({"recipients": "Kent"}, "recipients"),
    ],
)
def test_a_line_with_a_right_hash_and_a_wrong_content_is_refused(change, fault):
    with pytest.raises(ValueError, match=fault):
        parse(_sealed(canonical(GOOD | change)))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"", "breaks off"),
        (b"\n", "does not end in a hash"),
        (b"x" * 65_536, "longer than any entry"),
        (b"x" * 80 + b"\n", "does not end in a hash"),
        (_sealed(canonical(GOOD))[:-1], "breaks off"),
        (_sealed(canonical(GOOD)).replace(b'"n":1', b'"n":2'), "does not give its hash"),
        (_sealed(canonical(GOOD).replace(b'"n":1', b'"n": 1')), "canonical"),
        (_sealed(canonical(GOOD).replace(b'"n":1', b'"n":0,"n":1')), "canonical"),
        (_sealed(b"[" * 40_000 + b"}"), "not an entry"),
        (_sealed(b"\xff{}"), "not an entry"),
        (_sealed(b"[]}"), "not an entry"),
    ],
)
def test_a_line_that_is_no_entry_is_refused(line, fault):
    with pytest.raises(ValueError, match=fault):
        parse(line)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_entry_or_refused_with_words(line):
    with pytest.raises(ValueError, match=re.compile("line|content")):
        parse(line + b"\n")
