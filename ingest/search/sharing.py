"""Results that leave the hands of whoever searched: a file for named recipients, or a look for a colleague.

Both are disclosures (DPA 2018 s.62): the log names the recipients before anything is given.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, select

from governance.access.rules import AccessRules
from governance.roles import Permission, Role, may
from ingest.accounts import Person
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms
from ingest.database.engine import read_transaction
from ingest.database.schema import account
from ingest.errors import BadInput, NotFound
from ingest.logged_text import logged_text
from ingest.search.question import Question, names_a_mark
from ingest.search.reads import FoundRead
from ingest.search.record import Search, words_of
from ingest.search.searches import Searches

MOST_RECIPIENTS: Final = 20
LONGEST_RECIPIENT: Final = 120
LONGEST_WHY: Final = 500

COLUMNS: Final = (
    "read_id",
    "captured_at_utc",
    "mark",
    "as_read",
    "confidence",
    "device",
    "camera",
    "latitude_deg",
    "longitude_deg",
    "accuracy_m",
    "clock_error_ms",
    "received_at_utc",
    "software",
)

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Export:
    """A ZIP file with reads.csv and cover.txt. sha256 is of reads.csv."""

    name: str
    data: bytes
    reads: int
    sha256: str


class Sharing:
    """Exports and shares of one centre's searches."""

    def __init__(self, engine: Engine, clock: Clock, searches: Searches) -> None:
        self._engine = engine
        self._clock = clock
        self._searches = searches

    def export(self, search_id: UUID, person: Person, recipients: Sequence[str], why: str) -> Export:
        """Make a file of every result. Raises NotFound, or BadInput without a recipient and a reason."""
        made, question = self._searches.opened(search_id, person)
        named = _recipients(recipients)
        reason = _reason(why, question)
        if any(names_a_mark(each, question.marks) for each in named):
            raise BadInput("a recipient holds a mark: recipients go into the log, where no mark is")
        reads = self._searches.all_reads(made, question)
        table = to_csv(reads)
        sha256 = hashlib.sha256(table).hexdigest()
        now = self._clock()
        details: dict[str, str | int] = {"reads": len(reads), "sha256": sha256}
        self._searches.use(made, person, "export", "reads.export", why=reason, details=details, recipients=named)
        cover = cover_note(made, person, named, reason, now, len(reads), sha256, self._searches.rules)
        name = f"reads-{made.search_id}.zip"
        return Export(name, _zipped({"cover.txt": cover.encode(), "reads.csv": table}, now), len(reads), sha256)

    def share(self, search_id: UUID, person: Person, with_account: str, why: str) -> None:
        """Let another person who may search open these results. Raises NotFound, or BadInput for anybody else."""
        made, question = self._searches.opened(search_id, person)
        reason = _reason(why, question)
        name = with_account.strip().lower()
        with read_transaction(self._engine) as connection:
            roles = connection.execute(
                select(account.c.roles).where(account.c.name == name, account.c.disabled_at.is_(None))
            ).scalar()
        if roles is None:
            raise NotFound("there is no open account of that name to share with")
        if not may([Role(role) for role in roles], Permission.SEARCH_READS):
            raise BadInput("that account may not search reads, so it may not see results: export them instead")
        if name == person.name:
            raise BadInput("these results are yours already")
        self._searches.use(made, person, "share", "reads.share", why=reason, recipients=[name])


def to_csv(reads: Sequence[FoundRead]) -> bytes:
    """The reads as CSV (RFC 4180), UTF-8, one to a line, newest first."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for read in reads:
        place = read.position
        writer.writerow(
            (
                read.read_id,
                format_utc_ms(read.captured_at),
                _plain(read.vrm),
                _plain(read.as_read),
                read.confidence,
                _plain(read.device),
                _plain(read.camera),
                "" if place is None else place.latitude_deg,
                "" if place is None else place.longitude_deg,
                "" if place is None or place.accuracy_m is None else place.accuracy_m,
                "" if read.clock_error_ms is None else read.clock_error_ms,
                format_utc_ms(read.received_at),
                _plain(read.software),
            )
        )
    return text.getvalue().encode()


def cover_note(
    made: Search,
    person: Person,
    recipients: Sequence[str],
    why: str,
    at: datetime,
    reads: int,
    sha256: str,
    rules: AccessRules,
) -> str:
    """Who gives what to whom, why and when, and how to check that it is what was given."""
    grounds = made.grounds
    lines = (
        "READS FROM AN ANPR SEARCH: PERSONAL DATA",
        "",
        f"Given by       {person.display_name} ({person.name})",
        f"Given to       {'; '.join(recipients)}",
        f"On             {format_utc_ms(at)}",
        f"Why            {why}",
        "",
        f"Search         {made.search_id}",
        f"Made on        {format_utc_ms(made.made_at)} by {made.account}, on behalf of {grounds.on_behalf_of}",
        f"Purpose        {words_of(grounds, rules)}",
        f"Reference      {grounds.reference}",
        f"Authority      {grounds.authority or 'none needed for reads of this age'}",
        f"Surveillance   {grounds.surveillance or 'no directed surveillance authority was given'}",
        f"Reads          {reads}{', the most that one search gives: there are more' if made.more else ''}",
        "",
        "reads.csv has one read to a line, newest first; times are UTC. Its SHA-256 is",
        f"{sha256}",
        "Work it out again (sha256sum reads.csv) to see that the file is the one that was given.",
        "The same figure stands in the log of the service, with the search and the recipients.",
        "A read is what a machine read. Look at its picture before you act on it.",
        "",
    )
    return "\n".join(lines)


def _recipients(recipients: Sequence[str]) -> list[str]:
    named = list(dict.fromkeys(" ".join(each.split()) for each in recipients if each.strip()))
    if not 1 <= len(named) <= MOST_RECIPIENTS:
        raise BadInput(f"say who gets the file: 1 to {MOST_RECIPIENTS} recipients, by name or office")
    return [logged_text("a recipient", each, LONGEST_RECIPIENT) for each in named]


def _reason(why: str, question: Question) -> str:
    reason = logged_text("why", why, LONGEST_WHY)
    if names_a_mark(reason, question.marks):
        raise BadInput("the reason holds a mark: it goes into the log, where no mark is")
    return reason


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _zipped(files: dict[str, bytes], at: datetime) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()
