"""The log is read by people: each act that can be in it has words."""

import pytest

from governance.access.operations import OPERATIONS
from ingest.web.act_words import WORDS, act_in_words


def test_every_act_has_words_and_no_other() -> None:
    assert WORDS.keys() == OPERATIONS.keys()


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("list.publish", "Published a list to the cars"),
        ("list.publish.not-done", "Did not happen: Published a list to the cars"),
        ("new.act", "new.act"),
    ],
)
def test_an_act_in_words(act: str, said: str) -> None:
    assert act_in_words(act) == said
