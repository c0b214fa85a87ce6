"""Finding reads: what each kind of question finds, and that no statement reads the whole table."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text

from ingest.contract.base import new_id
from ingest.contract.messages import WirePosition
from ingest.database.schema import read
from ingest.intake.rows import read_row
from ingest.search.question import Box, Circle, Question
from ingest.search.reads import beyond, extent, find, statement_for

HOUR = timedelta(hours=1)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture
def filled(desk: Any) -> Any:
    desk.seen("AB12CDE", HOUR, "car-7", camera_id="front")
    desk.seen("AB12CDF", 2 * HOUR, "car-8", camera_id="rear")
    desk.seen("AZ12CDE", 3 * HOUR, "car-7", camera_id="front", position=None)
    away = WirePosition(latitude_deg=51.6, longitude_deg=-0.12, accuracy_m=5, source="gps")
    desk.seen("B1", 4 * HOUR, "car-9", position=away)
    desk.seen("AB12CDE", 5 * HOUR, "car-8", position=away)
    return desk


def found(desk: Any, **asked: Any) -> list[str]:
    question = Question(desk.clock() - 10 * HOUR, desk.clock(), **asked)
    with desk.engine.connect() as connection:
        return [one.vrm for one in find(connection, question, desk.clock(), 0, 100)]


QUESTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["AB12CDE", "AB12CDF", "AZ12CDE", "B1", "AB12CDE"]),
    ({"marks": ("AB12CDE",)}, ["AB12CDE", "AB12CDE"]),
    ({"marks": ("AB12CDE", "B1")}, ["AB12CDE", "B1", "AB12CDE"]),
    ({"marks": ("A?12CDE",)}, ["AB12CDE", "AZ12CDE", "AB12CDE"]),
    ({"marks": ("A*E",)}, ["AB12CDE", "AZ12CDE", "AB12CDE"]),
    ({"marks": ("*12CDF",)}, ["AB12CDF"]),
    ({"marks": ("AZ*",)}, ["AZ12CDE"]),
    ({"marks": ("?1", "*F")}, ["AB12CDF", "B1"]),
    ({"marks": ("B?",)}, ["B1"]),
    ({"marks": ("AB12CD",)}, []),
    ({"devices": ("car-7",)}, ["AB12CDE", "AZ12CDE"]),
    ({"devices": ("car-7", "car-9"), "marks": ("A*",)}, ["AB12CDE", "AZ12CDE"]),
    ({"cameras": ("rear",)}, ["AB12CDF"]),
    ({"place": Circle(51.5, -0.12, 500)}, ["AB12CDE", "AB12CDF"]),
    ({"place": Circle(51.6, -0.12, 11_000)}, ["B1", "AB12CDE"]),
    ({"place": Circle(51.6, -0.12, 11_200)}, ["AB12CDE", "AB12CDF", "B1", "AB12CDE"]),
    ({"place": Box(51.55, -0.2, 51.65, -0.1)}, ["B1", "AB12CDE"]),
    ({"place": Box(51.55, -0.1, 51.65, 0.1)}, []),
]


def test_a_question_finds_what_it_asks_for(filled: Any) -> None:
    assert [found(filled, **asked) for asked, _ in QUESTIONS] == [expected for _, expected in QUESTIONS]


def test_the_time_is_half_open(desk: Any) -> None:
    for ago in (HOUR, 2 * HOUR, 3 * HOUR):
        desk.seen(ago=ago)
    now = desk.clock()
    with desk.engine.connect() as connection:
        reads = find(connection, Question(now - 2 * HOUR, now - HOUR), now, 0, 10)
    assert [one.captured_at for one in reads] == [now - 2 * HOUR]


def test_the_extent_counts_no_further_than_it_must(filled: Any) -> None:
    question = Question(filled.clock() - 10 * HOUR, filled.clock())
    with filled.engine.connect() as connection:
        whole, part = (extent(connection, question, filled.clock(), most) for most in (5, 2))
    assert (whole.results, whole.more, whole.marks) == (5, False, {"AB12CDE", "AB12CDF", "AZ12CDE", "B1"})
    assert (part.results, part.more, part.marks) == (2, True, {"AB12CDE", "AB12CDF"})


@given(st.text(ALPHABET, min_size=1, max_size=5), st.text(ALPHABET, max_size=5), st.text(ALPHABET, min_size=1))
def test_a_range_holds_just_what_begins_so(prefix: str, rest: str, other: str) -> None:
    above = beyond(prefix)
    for mark in (prefix + rest, other):
        inside = prefix <= mark and (above is None or mark < above)
        assert inside == mark.startswith(prefix) or (above is None and mark > prefix)


BY_MARK, BY_DEVICE, BY_TIME = "ix_read_vrm_captured_at", "ix_read_device_captured_at", "ix_read_captured_at"
PLANS: list[tuple[dict[str, Any], float, str]] = [
    ({"marks": ("AB12CDE",)}, 13, BY_MARK),
    ({"marks": ("AB12CDE", "LD70XYZ")}, 13, BY_MARK),
    ({"marks": ("AB1*",)}, 13, BY_MARK),
    ({"marks": ("AB1*", "LD70XYZ", "X?12*")}, 13, BY_MARK),
    ({"devices": ("car-7",)}, 0.5, BY_DEVICE),
    ({"place": Circle(51.5, -0.12, 500)}, 0.5, BY_TIME),
    ({"marks": ("?B12CDE",)}, 0.5, BY_TIME),
]


def test_each_question_goes_by_an_index(desk: Any) -> None:
    fill(desk)
    for asked, days, index in PLANS:
        question = Question(desk.clock() - timedelta(days=days), desk.clock(), **asked)
        statement = statement_for(question, desk.clock(), read.c.read_id).order_by(read.c.captured_at.desc())
        plan = explain(desk.engine, statement.limit(50))
        assert index in plan, (asked, plan)
        assert "Seq Scan" not in plan, (asked, plan)
        assert "SCAN read" not in plan, (asked, plan)


def fill(desk: Any) -> None:
    """Reads of two weeks, one every two minutes, so that an index is worth its while."""
    rows = []
    for number in range(10_000):
        at = desk.clock() - timedelta(minutes=2 * number)
        mark = f"{ALPHABET[10 + number % 26]}{ALPHABET[10 + number // 26 % 26]}12{ALPHABET[10 + number // 676 % 26]}DE"
        made = desk.make_read(mark, captured_at=at)
        rows.append(read_row(made, f"car-{number % 50}", new_id(), at))
    with desk.engine.begin() as connection:
        connection.execute(insert(read), rows)
        connection.execute(text("ANALYZE"))


def explain(engine: Any, statement: Any) -> str:
    compiled = statement.compile(engine, compile_kwargs={"literal_binds": True})
    words = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with engine.connect() as connection:
        lines = connection.exec_driver_sql(f"{words} {str(compiled).replace('%', '%%')}").all()
    return "\n".join(str(line[-1]) for line in lines)
