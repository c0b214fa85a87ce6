"""Whatever the contract lets a device say, the centre reads back the same, and the other way round."""

import hashlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.contract.codec import decode, decode_entries, encode, encode_entries
from ingest.contract.messages import (
    Answer,
    AnswerMessage,
    Hit,
    HitMessage,
    ImageMessage,
    ImageRef,
    ImageRole,
    ListEntry,
    ListManifest,
    Message,
    Outcome,
    Picture,
    Read,
    ReadMessage,
    Receipt,
    SeqRange,
    Status,
    WireCharacter,
    WirePosition,
)

FIRST = datetime(2000, 1, 1)  # noqa: DTZ001 - Hypothesis wants a naive bound and adds the zone
LAST = datetime(2100, 1, 1)  # noqa: DTZ001

ids = st.uuids(version=4)
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
marks = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=12)
probabilities = st.floats(0, 1)
digests = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
times = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
# Text as JSON can carry it: every character but half of a surrogate pair.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
numbers = st.integers(1, 2**63 - 1)

positions = st.builds(
    WirePosition,
    latitude_deg=st.floats(-90, 90),
    longitude_deg=st.floats(-180, 180),
    accuracy_m=st.none() | st.floats(0, 1e6),
    source=texts,
)
reads = st.builds(
    Read,
    read_id=ids,
    camera_id=names,
    vrm=marks,
    as_read=texts,
    mark_kind=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    confidence=probabilities,
    characters=st.lists(
        st.builds(WireCharacter, char=st.sampled_from("ABCXYZ0189"), confidence=probabilities), min_size=1, max_size=12
    ).map(tuple),
    captured_at=times,
    first_seen=times,
    last_seen=times,
    frames_read=st.integers(1, 10_000),
    position=st.none() | positions,
    clock_error_ms=st.none() | st.floats(-1e9, 1e9),
    images=st.lists(st.builds(ImageRef, image_id=ids, role=st.sampled_from(ImageRole), sha256=digests), max_size=2).map(
        tuple
    ),
    models=st.dictionaries(texts, digests, max_size=2),
    software=texts,
)
hits = st.builds(
    Hit,
    hit_id=ids,
    read=reads,
    list_id=ids,
    list_version=st.integers(1, 1_000_000),
    entry_id=ids,
    probability=probabilities,
    matched=st.just("exact"),
    made_at=times,
)
answers = st.builds(
    Answer,
    answer_id=ids,
    hit_id=ids,
    outcome=st.sampled_from(Outcome),
    answered_at=times,
    answered_by=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80),
)
entries = st.builds(
    ListEntry,
    entry_id=ids,
    vrm=marks,
    reason=texts,
    marker=texts,
    action=texts,
    risk_warnings=st.lists(texts, max_size=3).map(tuple),
    owner=texts,
    expires_at=times,
    authority=texts,
)
_envelope = {"id": ids, "device": names, "stream": ids, "seq": numbers, "made_at": times}
plain_messages = st.one_of(
    st.builds(ReadMessage, body=reads, **_envelope),
    st.builds(HitMessage, body=hits, **_envelope),
    st.builds(AnswerMessage, body=answers, **_envelope),
)


@st.composite
def pictured(draw: st.DrawFn) -> tuple[ImageMessage, bytes]:
    """An ImageMessage with the bytes that its header describes."""
    data = draw(st.binary(min_size=1, max_size=2_000))
    body = draw(
        st.builds(
            Picture,
            image_id=ids,
            read_id=ids,
            role=st.sampled_from(ImageRole),
            sha256=st.just(hashlib.sha256(data).hexdigest()),
            media_type=st.just("image/jpeg"),
            width_px=st.integers(1, 20_000),
            height_px=st.integers(1, 20_000),
            size_bytes=st.just(len(data)),
        )
    )
    return draw(st.builds(ImageMessage, body=st.just(body), **_envelope)), data


receipts = st.builds(
    Receipt,
    device=names,
    stream=ids,
    ranges=st.lists(st.builds(SeqRange, first=numbers, last=numbers), max_size=5).map(tuple),
)
statuses = st.builds(
    Status,
    device=names,
    online=st.booleans(),
    at=times,
    stream=st.none() | ids,
    made=st.integers(0, 2**63 - 1),
    waiting=st.integers(0, 2**63 - 1),
    lists=st.dictionaries(texts, st.integers(1, 1_000), max_size=3),
    counters=st.dictionaries(texts, st.integers(0, 2**63 - 1), max_size=3),
    software=texts,
)
manifests = st.builds(
    ListManifest,
    list_id=ids,
    name=texts,
    version=st.integers(1, 1_000_000),
    entries=st.integers(0, 1_000_000),
    chunks=st.integers(0, 1_000),
    sha256=digests,
    published_at=times,
)


@given(plain_messages)
def test_a_message_comes_back_the_same(message: Message) -> None:
    assert decode(encode(message)) == (message, None)


@given(pictured())
def test_a_picture_comes_back_the_same_with_its_header(sent: tuple[ImageMessage, bytes]) -> None:
    message, data = sent
    assert decode(encode(message, data)) == (message, data)


@given(st.lists(entries, max_size=20))
def test_a_list_chunk_comes_back_the_same_and_is_the_same_bytes_each_time(sent: list[ListEntry]) -> None:
    chunk = encode_entries(sent)
    assert decode_entries(chunk) == sent
    assert encode_entries(sent) == chunk


@given(receipts | statuses | manifests)
def test_what_is_not_numbered_comes_back_the_same(sent: Receipt | Status | ListManifest) -> None:
    assert type(sent).model_validate_json(sent.model_dump_json()) == sent
