"""Gathers what the log says of everything else, in one pass over its entries, in their order.

An entry that was taken back (governance.export.taken_back) counts for nothing where that is certain, and may or may not
have happened where it is not. But what was relied on an authority for is judged in any case: to say afterwards that it
came to nothing makes nothing allowed. What is said first of a thing counts: nothing is changed by logging it again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from governance.devices.verification import StreamHead
from governance.entry import Entry
from governance.errors import BadExport
from governance.export.logged import Logged, LoggedRow, LoggedStatement, LoggedUse
from governance.export.row import RowKey, held_by_answer
from governance.export.taken_back import TakenBack
from governance.export.times import time_of
from governance.not_done import is_not_done
from governance.unreadable import why_unreadable

_SIGNED: Final = ("grant", "grant-verbally", "refuse", "confirm", "suspend", "resume", "end", "review")
"""The steps with an authority that a statement is signed for (governance.authority.states)."""


def gather(entries: Iterable[Entry], settled: int) -> Logged:
    """Read entries in order. One that lacks what its act always has is a fault, and counts for nothing else."""
    taken_back = TakenBack()
    kept: list[Entry] = []
    ends_at: datetime | None = None
    for entry in entries:
        ends_at = entry.at
        taken_back.see(entry)
        if not is_not_done(entry) and _READERS.get(entry.act.act) is not None:
            kept.append(entry)
    logged = Logged(taken_back=taken_back, settled=settled, ends_at=ends_at)
    for entry in kept:
        read = _READERS.get(entry.act.act)
        if read is None or (read is not _use and entry.index in taken_back.void):
            continue
        try:
            read(logged, entry)
        except (KeyError, ValueError, BadExport) as error:
            why = why_unreadable(error)
            logged.faults.append(f"entry {entry.index} ({entry.act.act}) does not say what such an act says: {why}")
    return logged


def _statement(logged: Logged, entry: Entry) -> None:
    details = entry.act.details
    said = LoggedStatement(
        _object(entry, "authority"),
        _number(details, "number"),
        _text(details, "document"),
        _text(details, "statement"),
        entry,
    )
    logged.statements.append(said)


def _use(logged: Logged, entry: Entry) -> None:
    act = _text(entry.act.details, "act")
    logged.uses.append(LoggedUse(_object(entry, "authority"), act, _object(entry, "object"), entry))


def _trust_list(logged: Logged, entry: Entry) -> None:
    number, digest = _number(entry.act.details, "trust_list"), _text(entry.act.details, "sha256")
    first = logged.trust_lists.get(number)
    if first is None or first[1] in logged.taken_back.doubtful:
        logged.trust_lists[number] = (digest, entry.index)
    elif first[0] != digest:
        logged.faults.append(f"entry {entry.index} names another list of keys {number} than entry {first[1]} did")


def _trusted_key(logged: Logged, entry: Entry) -> None:
    _trust_list(logged, entry)
    logged.trusted_keys.setdefault(_object(entry, "key"), entry)


def _receipt(logged: Logged, entry: Entry) -> None:
    batch, digest = _object(entry, "batch"), _text(entry.act.details, "receipt_sha256")
    first = logged.receipts.get(batch)
    if first is None or first[1].index in logged.taken_back.doubtful:
        logged.receipts[batch] = (digest, entry)
    elif first[0] != digest:
        logged.faults.append(
            f"entry {entry.index} names another receipt of the batch {batch} than entry {first[1].index} did"
        )


def _rule_step(logged: Logged, entry: Entry) -> None:
    digest = _text(entry.act.details, "rules_sha256")
    logged.rule_steps.append(entry)
    if entry.act.authority is not None:
        logged.uses.append(LoggedUse(entry.act.authority, "retention.change", digest, entry))


def _hold(logged: Logged, entry: Entry) -> None:
    logged.holds.append(entry)


def _class(logged: Logged, entry: Entry) -> None:
    logged.classes.append(entry)


def _relied(logged: Logged, entry: Entry) -> None:
    logged.relied.append(entry)


def _draw(logged: Logged, entry: Entry) -> None:
    logged.draws.append(entry)


def _head(logged: Logged, entry: Entry) -> None:
    seq, link = _number(entry.act.details, "seq"), bytes.fromhex(_text(entry.act.details, "link"))
    head = StreamHead(_object(entry, "device"), UUID(_object(entry, "stream")), seq, link)
    known = logged.links.setdefault((head.device, head.stream, seq), (link, entry.index))
    if known[0] != link:
        logged.faults.append(f"entry {entry.index} gives another head of a chain than entry {known[1]}, for one number")
    logged.heads.append(head)


def _device_key(logged: Logged, entry: Entry) -> None:
    logged.device_keys.setdefault(_object(entry, "key"), entry)


def _revoked_key(logged: Logged, entry: Entry) -> None:
    logged.revoked_keys.setdefault(_object(entry, "key"), entry)


def _chain_export(logged: Logged, entry: Entry) -> None:
    logged.chain_files = {name: said for name, said in entry.act.details.items() if isinstance(said, str)}


def _alarm(logged: Logged, entry: Entry) -> None:
    logged.alarms.append(entry)


def _entry_rows(logged: Logged, entry: Entry) -> None:
    if not entry.act.commitments:
        raise KeyError("commitments")
    logged.relied.append(entry)
    for entry_id, commitment in entry.act.commitments.items():
        _row(logged, RowKey("entry", entry_id), LoggedRow(commitment, entry.index, entry.at))


def _entries_off(logged: Logged, entry: Entry) -> None:
    for entry_id in entry.act.commitments:
        key = RowKey("entry", entry_id)
        if key in logged.rows:
            logged.rows[key] = replace(logged.rows[key], clock=entry.at)


def _alert_row(logged: Logged, entry: Entry) -> None:
    clock = min(entry.at, time_of(entry.act.details.get("made_at")))
    said = LoggedRow(entry.act.commitments["alert"], entry.index, entry.at, clock)
    logged.relied.append(entry)
    _row(logged, RowKey("alert", _object(entry, "alert")), said)


def _answer_row(logged: Logged, entry: Entry) -> None:
    alert = _object(entry, "alert")
    held = held_by_answer(alert, entry.act.details)
    said = LoggedRow(held, entry.index, entry.at, belongs_to=RowKey("alert", alert))
    _row(logged, RowKey("answer", _object(entry, "answer")), said)


def _search_row(logged: Logged, entry: Entry) -> None:
    logged.relied.append(entry)
    said = LoggedRow(entry.act.commitments["question"], entry.index, entry.at, entry.at)
    _row(logged, RowKey("search", _object(entry, "search")), said)


def _row(logged: Logged, key: RowKey, said: LoggedRow) -> None:
    """What the log said first of a row counts: nobody changes a row by logging it once more. Only where nobody knows
    whether the first time happened, the second may be the one that did.
    """
    first = logged.rows.get(key)
    if first is None or first.index in logged.taken_back.doubtful:
        logged.rows[key] = said
    elif first.holds != said.holds:
        logged.faults.append(f"entry {said.index} commits to another content of {key} than entry {first.index} did")


def _object(entry: Entry, name: str) -> str:
    return entry.act.objects[name]


def _text(details: Mapping[str, object], name: str) -> str:
    if not isinstance(value := details[name], str):
        raise ValueError(f"{name} is no text")
    return value


def _number(details: Mapping[str, object], name: str) -> int:
    if not isinstance(value := details[name], int):
        raise ValueError(f"{name} is no number")
    return value


_Reader = Callable[[Logged, Entry], None]

_READERS: Final[Mapping[str, _Reader]] = {
    **{f"authority.{step}": _statement for step in _SIGNED},
    "authority.key-retire": _trust_list,
    "authority.key-trust": _trusted_key,
    "authority.use": _use,
    "list.authority": _relied,
    "list.create": _relied,
    "list.import": _relied,
    "list.publish": _relied,
    "list.shorten": _relied,
    "list.withdraw": _relied,
    "retention.change": _rule_step,
    "retention.classify": _class,
    "retention.declassify": _class,
    "retention.end-hold": _hold,
    "retention.hold": _hold,
    "retention.renew-hold": _hold,
    "retention.propose": _rule_step,
    "retention.start": _rule_step,
    "retention.dispose": _receipt,
    "device.chain.alarm": _alarm,
    "device.chain.head": _head,
    "device.chain.export": _chain_export,
    "device.enrol": _device_key,
    "device.revoke": _revoked_key,
    "list.entry.add": _entry_rows,
    "list.entry.expire": _entries_off,
    "list.entry.remove": _entries_off,
    "alert.raise": _alert_row,
    "alert.answer": _answer_row,
    "reads.search": _search_row,
    "sample.announce": _draw,
    "sample.open": _draw,
    "audit.draw": _draw,
}
