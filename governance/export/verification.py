"""The check of a whole export, part by part; each part's problems name their places.

1. The log: every tile from every entry, the checkpoint's signature, that it begins with a head written down before, and
   what it says did not happen.
2. Authorities: the list of trusted keys, every document and statement, each in the log; and every act that the log says
   was done under one, held against what that allowed at that moment.
3. What needs an authority: every change of a list, and every search, has one, each search is within its tier, and each
   alert names a list as it was published.
4. Devices: every link of every chain, its signature and its key, and that it reaches the heads that the log names.
5. Sets of retention rules: signed, in the log, none in force without its authority and its wait.
6. Receipts of disposal: signed, in the log, none missing, each over exactly its items, and by the rules in force then.
7. Draws by lot: every sample and every draw for audit gives what the log says that it was drawn from.
8. Rows that the log commits to: none changed, none slipped in, none gone without a receipt.

It reads files and nothing else. What it cannot see: what was never written down anywhere, and, in the rows, whether the
force computed what it exported from the rows that it really holds (governance.export.rows).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from governance.access.rules import AccessRules
from governance.authority.ranks import Rules
from governance.authority.replay import History
from governance.entry import Entry, read_entry
from governance.errors import BadExport, GovernanceError, LogDamaged
from governance.export.alerts import check_alerts
from governance.export.authorities import check_authorities
from governance.export.devices import check_devices
from governance.export.disposals import Gone, check_disposals
from governance.export.draws import check_draws
from governance.export.gathering import gather
from governance.export.layout import (
    AUTHORITIES_FOLDER,
    DEVICES_FOLDER,
    KEYS_FILE,
    LOG_FOLDER,
    MADE_FILE,
    RECEIPTS_FOLDER,
    ROWS_FILE,
    RULES_FOLDER,
    TRUST_FILE,
    Keys,
    Made,
    strangers,
)
from governance.export.logged import Logged
from governance.export.overdue import Overdue
from governance.export.part import Part
from governance.export.relied import Uses, check_lists
from governance.export.row import read_rows
from governance.export.rows import check_rows
from governance.export.rulesets import check_rules
from governance.export.searches import check_searches
from governance.fsck import check_folder
from governance.merkle.checkpoint import Head
from governance.merkle.notes import Verifier
from governance.merkle.tiles import TILE_WIDTH, read_entries, tile_at

LONGEST_EXPORT: Final = timedelta(hours=1)
"""How long entries may have come in while an export was made: what older ones name must be in it."""

MOST_TAKEN_BACK: Final = 100_000
"""What is said not to have happened is all shown: a word that hides among a hundred others would be the one to read."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it. pinned says whether the keys came from elsewhere; otherwise they are the export's own word."""

    keys: Keys
    pinned: bool
    head: Head
    parts: tuple[Part, ...]

    @property
    def holds(self) -> bool:
        """Whether everything holds."""
        return all(part.holds for part in self.parts)


def verify(
    folder: Path,
    pinned: Keys | None = None,
    at_least: Head | None = None,
    access: Sequence[AccessRules] = (),
    log_key: Verifier | None = None,
) -> Report:
    """Check an export. Raises BadExport where there is none, or where its keys cannot be read and none are pinned.

    access are the force's own rules of access that its searches were judged by, besides those of this program. log_key
    is the key of the log, where it alone was had from elsewhere.
    """
    own = _own_keys(folder, pinned)
    keys = pinned or own
    log = Part("entries of the log")
    if pinned is not None and own != pinned:
        log.problem(f"{KEYS_FILE} does not hold the keys that you pinned; what follows was checked with yours")
    if log_key is not None and log_key != keys.log:
        log.problem("the key of the log that you gave is another than the keys say; the log was checked with yours")
        keys = replace(keys, log=log_key)
    for name in strangers(folder):
        log.note(f"{name} is no part of an export: nobody signed it, and it was not looked at")
    head = _check_log(folder / LOG_FOLDER, keys, at_least, log)
    logged = _gathered(folder / LOG_FOLDER, head, _settled(folder, keys, head, log), log)
    for fault in logged.faults:
        log.problem(fault)
    taken_back = Part("acts that the log says did not happen", logged.taken_back.number, most=MOST_TAKEN_BACK)
    logged.taken_back.tell(taken_back)
    authorities, histories = check_authorities(
        folder / AUTHORITIES_FOLDER, folder / TRUST_FILE, keys, logged, Rules.read()
    )
    relied = _check_relied(logged, histories, [AccessRules.read(), *access])
    devices = check_devices(folder / DEVICES_FOLDER, keys.devices_ca, logged)
    rulesets, in_force = check_rules(folder / RULES_FOLDER, keys.receipts, logged)
    disposals, disposed = check_disposals(folder / RECEIPTS_FOLDER, keys.receipts, logged, in_force)
    draws = check_draws(logged, disposed)
    rows = _check_rows(folder / ROWS_FILE, logged, disposed, Overdue(logged, in_force))
    return Report(
        keys,
        pinned is not None,
        head,
        (log, taken_back, authorities, relied, devices, rulesets, disposals, draws, rows),
    )


def _own_keys(folder: Path, pinned: Keys | None) -> Keys:
    try:
        return Keys.read(folder / KEYS_FILE)
    except BadExport:
        if pinned is None or not (folder / LOG_FOLDER).is_dir():
            raise
        return Keys(pinned.force, pinned.log, pinned.trust, pinned.receipts, "")


def _check_log(folder: Path, keys: Keys, at_least: Head | None, part: Part) -> Head:
    found = check_folder(folder, keys.log, at_least)
    part.checked = found.size
    for problem in found.problems:
        part.problem(str(problem))
    for note in found.notes:
        part.note(str(note))
    part.left_out += found.problems_left_out + found.notes_left_out
    return found.head


def _settled(folder: Path, keys: Keys, head: Head, part: Part) -> int:
    """From which entry on the export may lack what the log names; the whole log is settled where nothing says so."""
    try:
        made = Made.read(folder / MADE_FILE, keys.receipts)
    except BadExport as error:
        part.problem(str(error))
        return head.size
    if made.force != keys.force:
        part.problem(f"{MADE_FILE} is of the force {made.force}, the keys are of {keys.force}")
    if made.settled > head.size:
        part.problem(f"{MADE_FILE} says that the log had {made.settled} entries: it has {head.size} here")
    if made.settled < 0 or made.settled > head.size:
        return head.size
    if made.settled < head.size:
        count = head.size - made.settled
        try:
            took = (
                _entry(folder / LOG_FOLDER, head.size, head.size - 1).at
                - _entry(folder / LOG_FOLDER, head.size, made.settled).at
            )
        except (GovernanceError, OSError, ValueError):
            return head.size  # what is wrong with the entries is named where they are all read
        if took > LONGEST_EXPORT:
            part.problem(
                f"{MADE_FILE} says that the last {count} entries came while the export was made, and they came within"
                f" {took}: no export takes so long, so what they name must be in it"
            )
            return head.size
        part.note(f"the last {count} entries came while the export was made: what they name is checked next time")
    return made.settled


def _gathered(folder: Path, head: Head, settled: int, part: Part) -> Logged:
    """What the log says; where its entries cannot be read, that is a problem of the log, and the rest is checked."""
    try:
        return gather(_entries(folder, head.size), settled)
    except (GovernanceError, OSError, ValueError) as error:
        part.problem(f"its entries cannot all be read, so nothing else can be held against them: {error}")
        return Logged()


def _entry(folder: Path, size: int, index: int) -> Entry:
    tile = tile_at(None, index // TILE_WIDTH, size)
    data = read_entries(lambda path: (folder / path).read_bytes(), tile)[index % TILE_WIDTH]
    return read_entry(data, index)


def _entries(folder: Path, size: int) -> Iterator[Entry]:
    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    for number in range(-(-size // TILE_WIDTH)):
        tile = tile_at(None, number, size)
        for index, data in enumerate(read_entries(read, tile), number * TILE_WIDTH):
            try:
                yield read_entry(data, index)
            except ValueError as error:
                raise LogDamaged(f"entry {index}, in {tile.path}: {error}") from error


def _check_relied(logged: Logged, histories: Mapping[str, History], access: Sequence[AccessRules]) -> Part:
    part, uses = Part("acts that need an authority, searches and alerts", checked=len(logged.relied)), Uses(logged.uses)
    check_lists(logged.relied, uses, part)
    check_alerts(logged.relied, part)
    check_searches(logged.relied, uses, histories, access, part)
    return part


def _check_rows(path: Path, logged: Logged, disposed: Mapping[bytes, Gone], overdue: Overdue) -> Part:
    try:
        return check_rows(read_rows(path), logged, disposed, path.name, overdue)
    except BadExport as error:
        part = Part("rows that the log commits to")
        part.problem(str(error))
        return part
