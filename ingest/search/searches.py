"""Searches of reads: each is decided, recorded and only then shown.

A search is an entry in the log before anybody sees a result: who, why, under which reference and authority, how far
back, how many. The log holds a commitment to what was asked for, never a mark. A refusal is an entry as well.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID

from sqlalchemy import Engine, or_, select

from governance.access.decision import Fault, Reason, tier_of
from governance.access.rules import AccessRules, Tier
from governance.access.surveillance import Looked, judge, targets_of
from governance.commitments import commit, new_salt
from governance.log import Act, Log
from ingest.accounts import Person
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import image, search, search_refusal, search_use
from ingest.database.statements import insert
from ingest.errors import NotFound, SearchRefused
from ingest.pictures import PictureBytes, Pictures
from ingest.search import history
from ingest.search.authority import Register, covers
from ingest.search.question import Grounds, Question, asked, checked, to_json
from ingest.search.reads import Extent, FoundRead, extent, find, find_one, finds
from ingest.search.record import ACT, Search, act_of, row_of, search_of, words_of

PAGE_READS: Final = 50
MOST_PAGE_READS: Final = 200
MOST_MINE: Final = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Some results of a search, newest first, from the one numbered start (from 0) on."""

    search: Search
    start: int
    reads: tuple[FoundRead, ...]


class Searches:
    """The searches of one centre. key is that of the mark digests; without a register the upper tiers are closed."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        *,
        rules: AccessRules,
        key: bytes,
        pictures: Pictures,
        register: Register | None,
    ) -> None:
        self.rules = rules
        self._engine = engine
        self._log = log
        self._clock = clock
        self._key = key
        self._pictures = pictures
        self._register = register

    def ask(self, question: Question, grounds: Grounds, person: Person) -> Search:
        """Make a search. Raises QuestionRefused, or SearchRefused, which is in the log."""
        question, grounds = checked(question, grounds)
        now = self._clock()
        tier, authority_id = self._decided(question, grounds, person, now)
        with read_transaction(self._engine) as connection:
            found = extent(connection, question, now, self.rules.keeping.most_results)
        made = Search(
            new_id(), person.name, now, grounds, tier.name, authority_id, found.results, found.more, False, question
        )
        return self._record(made, question, self._targets(question, found), person)

    def page(self, search_id: UUID, person: Person, start: int = 0, limit: int = PAGE_READS) -> ResultPage:
        """Show some results to who made the search, or who it was shared with.

        Raises NotFound for a search of others, and for one whose results may no longer be opened.
        """
        made, question = self.opened(search_id, person)
        room = max(0, min(limit, MOST_PAGE_READS, self.rules.keeping.most_results - start))
        with read_transaction(self._engine) as connection:
            reads = find(connection, question, made.made_at, start, room)
        self.use(made, person, "page", "reads.view-results", details={"start": start, "shown": len(reads)})
        return ResultPage(made, start, tuple(reads))

    def read(self, search_id: UUID, read_id: UUID, person: Person) -> tuple[Search, FoundRead]:
        """Show one of the results. Raises NotFound for any other read, and as page does."""
        made, question = self.opened(search_id, person)
        with read_transaction(self._engine) as connection:
            found = find_one(connection, question, made.made_at, read_id)
        if found is None:
            raise NotFound(f"there is no read {read_id} among the results of this search")
        objects = {"read": str(read_id)}
        self.use(made, person, "page", "reads.view-results", objects=objects, details={"shown": 1})
        return made, found

    def all_reads(self, made: Search, question: Question) -> list[FoundRead]:
        """Every result of an opened search, for a file. Whoever calls this records the use."""
        with read_transaction(self._engine) as connection:
            return find(connection, question, made.made_at, 0, self.rules.keeping.most_results)

    def picture(self, search_id: UUID, image_id: UUID, person: Person) -> PictureBytes:
        """Show a picture of one of the results. Raises NotFound for any other, StoreUnavailable, PictureDamaged."""
        made, question = self.opened(search_id, person)
        with read_transaction(self._engine) as connection:
            read_id = connection.execute(select(image.c.read_id).where(image.c.image_id == image_id)).scalar()
            if read_id is None or not finds(connection, question, made.made_at, read_id):
                raise NotFound(f"there is no picture {image_id} among the results of this search")
        self.use(made, person, "picture", "reads.view-picture", objects={"image": str(image_id)})
        return self._pictures.get(image_id)

    def mine(self, person: Person) -> list[Search]:
        """The latest searches that this person made or was given, newest first, whose results may still be opened."""
        since = self._clock() - timedelta(days=self.rules.keeping.results_days)
        query = select(search).where(_visible(person), search.c.made_at > since)
        latest = query.order_by(search.c.made_at.desc(), search.c.search_id.desc()).limit(MOST_MINE)
        with read_transaction(self._engine) as connection:
            return [search_of(row) for row in connection.execute(latest)]

    def opened(self, search_id: UUID, person: Person) -> tuple[Search, Question]:
        """A search whose results this person may see now, and its question. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(
                select(search).where(search.c.search_id == search_id, _visible(person))
            ).one_or_none()
        if row is None:
            raise NotFound(f"there is no search {search_id} of yours")
        made = search_of(row)
        if made.question is None or not made.may_be_opened(self._clock(), self.rules):
            days = self.rules.keeping.results_days
            raise NotFound(f"the results of a search can be opened for {days} days: search anew, with a reason")
        return made, made.question

    def use(
        self,
        made: Search,
        person: Person,
        kind: str,
        act: str,
        *,
        why: str = "",
        objects: Mapping[str, str] | None = None,
        details: Mapping[str, str | int] | None = None,
        recipients: Sequence[str] = (),
    ) -> None:
        """Record what is about to be done with a search's results. Without why it is what the search was for."""
        now = self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            for recipient in recipients or (None,):
                row = {"use_id": new_id(), "search_id": made.search_id, "kind": kind, "account": person.name}
                connection.execute(insert(connection, search_use), row | {"at": now, "recipient": recipient})
            acts.add(
                Act(
                    person.name,
                    act,
                    why or words_of(made.grounds, self.rules),
                    made.authority_id,
                    {"search": str(made.search_id), **(objects or {})},
                    {"reference": made.grounds.reference, **(details or {})},
                    recipients=tuple(recipients),
                )
            )

    def _decided(self, question: Question, grounds: Grounds, person: Person, now: datetime) -> tuple[Tier, str | None]:
        tier = tier_of(asked(question, grounds), now, self.rules)
        if not isinstance(tier, Tier):
            self._refuse(tier, grounds, person, now)
        if not tier.authority and not grounds.authority:
            return tier, None
        if self._register is None:
            words = "this centre cannot check an authority: ask whoever runs it"
            self._refuse([Fault(Reason.NOT_AUTHORISED, words)], grounds, person, now)
        covered = covers(self._register, question, grounds, now)
        if not covered.allowed:
            without = "" if tier.authority else f"; reads {tier.words} need none, so give one that does, or none"
            words = f"the authority does not allow this search: {covered.reason}{without}"
            self._refuse([Fault(Reason.NOT_AUTHORISED, words)], grounds, person, now)
        return tier, covered.authority_id

    def _targets(self, question: Question, found: Extent) -> frozenset[str]:
        others = () if question.is_exact or found.more else found.marks
        return history.digests(targets_of(question.exact, others, self.rules.surveillance), self._key)

    def _record(self, made: Search, question: Question, targets: frozenset[str], person: Person) -> Search:
        rule, grounds, now = self.rules.surveillance, made.grounds, made.made_at
        looked = Looked(now, made.account, grounds.reference, targets, question.until, grounds.again)
        with recorded(self._engine, self._log) as (connection, acts):
            history.one_at_a_time(connection)
            history.forget(connection, acts, self.rules, now)
            before = history.earlier(connection, targets, made.account, grounds.reference, now - rule.window)
            finding = judge(looked, before, rule)
            stopped = finding.directed and not grounds.surveillance
            if not stopped:
                made = replace(made, repeated=finding.times > 1)
                text, salt = to_json(question), new_salt()
                commitment = commit(text, salt)
                connection.execute(insert(connection, search), row_of(made, question, text, salt, commitment))
                history.remember(connection, made.search_id, targets, now)
                if self._register is not None and made.authority_id is not None:
                    under, on = grounds.authority, grounds.reference
                    self._register.use(connection, acts, act=ACT, on=on, under=under, by=made.account)
                acts.add(act_of(made, question, commitment, finding.times, self.rules))
        if stopped:
            words = (
                f"it is search {finding.times} within {rule.window_days} days for the same vehicle, or is to be made"
                " again, and asks for reads up to now: that is directed surveillance (RIPA 2000 s.26). Give the"
                " reference of the directed surveillance authority, or ask only for reads of a time that is over"
            )
            self._refuse([Fault(Reason.DIRECTED_SURVEILLANCE, words)], grounds, person, now)
        return made

    def _refuse(self, faults: Collection[Fault], grounds: Grounds, person: Person, now: datetime) -> NoReturn:
        names = tuple(fault.reason.value for fault in faults)
        _log.warning("a search was refused: %s", ", ".join(names))
        with recorded(self._engine, self._log) as (connection, acts):
            rows = [{"refusal_id": new_id(), "account": person.name, "at": now, "reason": name} for name in names]
            connection.execute(insert(connection, search_refusal), rows)
            details = {"rules": " ".join(names), "reference": grounds.reference or None}
            purpose = words_of(grounds, self.rules)
            acts.add(Act(person.name, "reads.search-refused", purpose, grounds.authority or None, details=details))
        raise SearchRefused(names, tuple(fault.words for fault in faults))


def _visible(person: Person) -> Any:
    """Whose results these are: the person's own, or ones that were shared with them."""
    u = search_use.c
    shared = select(u.search_id).where(u.kind == "share", u.recipient == person.name)
    return or_(search.c.account == person.name, search.c.search_id.in_(shared))
