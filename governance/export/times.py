"""Times as documents and details of the log give them: 2026-11-23T03:04:05.678Z."""

from datetime import UTC, datetime

from governance.errors import BadExport


def time_of(text: object) -> datetime:
    """The time that a field gives, in UTC. Raises BadExport for anything else."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadExport(f"{str(text)[:40]!r} is not a time such as 2026-11-23T03:04:05.678Z") from error
