"""The topics are as the design draws them, and a device's name is read back from its own."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contract import topics

LIST = UUID(int=9)
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


@pytest.mark.parametrize(
    ("made", "topic"),
    [
        (topics.message("met", "car-7", "hits"), "lanthorn/v1/met/car-7/hits"),
        (topics.message("met", "+", "reads"), "lanthorn/v1/met/+/reads"),
        (topics.status("met", "car-7"), "lanthorn/v1/met/car-7/status"),
        (topics.receipts("met", "car-7"), "lanthorn/v1/met/car-7/receipts"),
        (topics.list_manifest("met", LIST), f"lanthorn/v1/met/lists/{LIST}/manifest"),
        (topics.list_chunk("met", LIST, 3, 0), f"lanthorn/v1/met/lists/{LIST}/chunks/3/0"),
        (topics.authority("met", LIST), f"lanthorn/v1/met/authorities/{LIST}"),
        (topics.trust("met"), "lanthorn/v1/met/trust"),
    ],
)
def test_the_topics(made: str, topic: str) -> None:
    assert made == topic


@given(names, names, st.sampled_from(topics.NUMBERED_KINDS))
def test_a_topic_names_its_device(force: str, device: str, kind: str) -> None:
    assert topics.device_of(topics.message(force, device, kind)) == device


@pytest.mark.parametrize(
    "topic", ["", "lanthorn/v1/met/car-7", "lanthorn/v2/met/car-7/hits", "a/b/c/d/e", "lanthorn/v1/met/car-7/hits/x"]
)
def test_a_topic_of_another_shape_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        topics.device_of(topic)


def test_a_topic_of_the_centres_own_is_not_taken_for_a_device() -> None:
    own = (topics.list_manifest("met", LIST), topics.list_chunk("met", LIST, 1, 0))
    for topic in (*own, topics.authority("met", LIST), topics.trust("met")):
        with pytest.raises(ValueError, match="is not of the form"):
            topics.device_of(topic)
