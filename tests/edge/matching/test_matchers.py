"""A read is matched by the table of its own reader, and exactly where there is none."""

import pytest

from edge.counters import Counters
from edge.matching.matchers import Matchers
from edge.misreads.table import Misreads
from tests.edge.matching.conftest import READER


def test_each_reader_has_the_matcher_of_its_own_table(table: Misreads) -> None:
    other = table.model_copy(update={"reader": {"another": "cd" * 32}})
    matchers = Matchers([table, other], 4, Counters())

    assert matchers(READER) is not None
    assert matchers(READER) is matchers(dict(READER))
    assert matchers(READER) is not matchers({"another": "cd" * 32})


def test_a_reader_that_nobody_measured_has_none_and_it_is_said_once(
    table: Misreads, caplog: pytest.LogCaptureFixture
) -> None:
    counters = Counters()
    matchers = Matchers([table], 4, counters)

    assert [matchers({"reader": "00" * 32}) for _ in range(3)] == [None, None, None]
    assert counters.value("reads_of_unmeasured_reader") == 3
    assert caplog.text.count("nobody has measured what the reader reader misreads") == 1
