"""One whole, plain message, for tests that break it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ingest.contract.messages import Answer, AnswerMessage, Outcome


@pytest.fixture
def answer_message() -> AnswerMessage:
    at = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)
    body = Answer(
        answer_id=UUID(int=1), hit_id=UUID(int=2), outcome=Outcome.EN_ROUTE, answered_at=at, answered_by="PC 1234"
    )
    return AnswerMessage(id=UUID(int=3), device="car-7", stream=UUID(int=4), seq=7, made_at=at, body=body)
