"""What the log says of everything else: gathered in one pass over its entries, in their order.

An entry that was taken back (governance.export.taken_back) counts for nothing where that is certain, and may or may not
have happened where it is not. But what was relied on an authority for is judged in any case: to say afterwards that it
came to nothing makes nothing allowed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from governance.devices.verification import StreamHead
from governance.entry import Entry
from governance.export.row import RowKey, held_by_answer
from governance.export.taken_back import TakenBack
from governance.not_done import is_not_done

_AUTHORITY: Final = "authority."


@dataclass(frozen=True, slots=True)
class LoggedStatement:
    """A step with an authority: the number of its statement, and the digests of document and statement."""

    authority: str
    number: int
    document: str
    statement: str
    index: int


@dataclass(frozen=True, slots=True)
class LoggedUse:
    """Something that was done under an authority."""

    authority: str
    act: str
    on: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """A row that the log commits to. holds is what the row must give; with belongs_to it may go when that goes."""

    holds: str
    index: int
    belongs_to: RowKey | None = None


@dataclass(slots=True)
class Logged:
    """Everything that the log says about what is outside it.

    relied are the acts that may need an authority, rule_steps those with sets of retention rules. chain_files are the
    SHA-256 of the newest export of the devices' chains, by the files' names. taken_back are the entries that did not
    happen, or may not have. Entries from settled on were written while the export was made: what they name may be in it
    or not.
    """

    statements: list[LoggedStatement] = field(default_factory=list)
    uses: list[LoggedUse] = field(default_factory=list)
    trust_lists: dict[int, tuple[str, int]] = field(default_factory=dict)
    relied: list[Entry] = field(default_factory=list)
    rule_steps: list[Entry] = field(default_factory=list)
    receipts: dict[str, tuple[str, Entry]] = field(default_factory=dict)
    rows: dict[RowKey, LoggedRow] = field(default_factory=dict)
    heads: list[StreamHead] = field(default_factory=list)
    chain_files: dict[str, str] = field(default_factory=dict)
    taken_back: TakenBack = field(default_factory=TakenBack)
    settled: int = 0

    def must_be_there(self, index: int) -> bool:
        """Whether what this entry names must be in the export."""
        return index < self.settled and index not in self.taken_back.doubtful


def gather(entries: Iterable[Entry], settled: int) -> Logged:
    """Read entries in order. An entry that lacks what its act always has is passed over: the parts then miss it."""
    taken_back = TakenBack()
    kept: list[Entry] = []
    for entry in entries:
        taken_back.see(entry)
        if not is_not_done(entry) and _reader_of(entry.act.act) is not None:
            kept.append(entry)
    logged = Logged(taken_back=taken_back, settled=settled)
    for entry in kept:
        read = _reader_of(entry.act.act)
        if read is not None and (read is _use or entry.index not in taken_back.void):
            read(logged, entry)
    return logged


def _statement(logged: Logged, entry: Entry) -> None:
    details, authority = entry.act.details, entry.act.objects.get("authority")
    number, document, statement = details.get("number"), details.get("document"), details.get("statement")
    if authority and isinstance(number, int) and isinstance(document, str) and isinstance(statement, str):
        logged.statements.append(LoggedStatement(authority, number, document, statement, entry.index))


def _use(logged: Logged, entry: Entry) -> None:
    act, objects = entry.act.details.get("act"), entry.act.objects
    if isinstance(act, str) and "authority" in objects and "object" in objects:
        logged.uses.append(LoggedUse(objects["authority"], act, objects["object"], entry))


def _trust_list(logged: Logged, entry: Entry) -> None:
    number, digest = entry.act.details.get("trust_list"), entry.act.details.get("sha256")
    if isinstance(number, int) and isinstance(digest, str):
        logged.trust_lists[number] = (digest, entry.index)


def _receipt(logged: Logged, entry: Entry) -> None:
    batch, digest = entry.act.objects.get("batch"), entry.act.details.get("receipt_sha256")
    if batch is not None and isinstance(digest, str):
        logged.receipts[batch] = (digest, entry)


def _rule_step(logged: Logged, entry: Entry) -> None:
    logged.rule_steps.append(entry)
    digest = entry.act.details.get("rules_sha256")
    if entry.act.authority is not None and isinstance(digest, str):
        logged.uses.append(LoggedUse(entry.act.authority, "retention.change", digest, entry))


def _relied(logged: Logged, entry: Entry) -> None:
    logged.relied.append(entry)


def _head(logged: Logged, entry: Entry) -> None:
    objects, details = entry.act.objects, entry.act.details
    seq, link = details.get("seq"), details.get("link")
    if isinstance(seq, int) and isinstance(link, str):
        logged.heads.append(StreamHead(objects["device"], UUID(objects["stream"]), seq, bytes.fromhex(link)))


def _chain_export(logged: Logged, entry: Entry) -> None:
    logged.chain_files = {name: said for name, said in entry.act.details.items() if isinstance(said, str)}


def _entry_rows(logged: Logged, entry: Entry) -> None:
    logged.relied.append(entry)
    for entry_id, commitment in entry.act.commitments.items():
        logged.rows[RowKey("entry", entry_id)] = LoggedRow(commitment, entry.index)


def _alert_row(logged: Logged, entry: Entry) -> None:
    commitment = entry.act.commitments.get("alert")
    if commitment is not None:
        logged.rows[RowKey("alert", entry.act.objects["alert"])] = LoggedRow(commitment, entry.index)


def _answer_row(logged: Logged, entry: Entry) -> None:
    objects = entry.act.objects
    held = held_by_answer(objects["alert"], entry.act.details)
    logged.rows[RowKey("answer", objects["answer"])] = LoggedRow(held, entry.index, RowKey("alert", objects["alert"]))


def _search_row(logged: Logged, entry: Entry) -> None:
    logged.relied.append(entry)
    commitment = entry.act.commitments.get("question")
    if commitment is not None:
        logged.rows[RowKey("search", entry.act.objects["search"])] = LoggedRow(commitment, entry.index)


_Reader = Callable[[Logged, Entry], None]

_READERS: Final[Mapping[str, _Reader]] = {
    "authority.use": _use,
    "list.authority": _relied,
    "list.create": _relied,
    "list.import": _relied,
    "list.publish": _relied,
    "retention.change": _rule_step,
    "retention.propose": _rule_step,
    "retention.start": _rule_step,
    "retention.dispose": _receipt,
    "device.chain.head": _head,
    "device.chain.export": _chain_export,
    "list.entry.add": _entry_rows,
    "alert.raise": _alert_row,
    "alert.answer": _answer_row,
    "reads.search": _search_row,
}


def _reader_of(act: str) -> _Reader | None:
    found = _READERS.get(act)
    if found is None and act.startswith(_AUTHORITY):
        return _trust_list if act.startswith(f"{_AUTHORITY}key") else _statement
    return found
